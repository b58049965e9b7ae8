/**
 * System handler of /domain, /search and /nameserver/NNN: resolv.conf(5).
 *
 * @module
 */

import { type AuditSink, NO_AUDIT } from "../audit/event.ts";
import type { Lease } from "../kv/lease.ts";
import { type Preference, PreferenceList } from "../preference.ts";
import { BorrowedFile, type BorrowResult, followLinks } from "./borrowed_file.ts";
import type { LoanRecord } from "./loan_record.ts";

const encoder = new TextEncoder();

/** Below this lies systemd-resolved's own file, which nobody else may write. */
const RESOLVED_DIRECTORY = "/run/systemd/resolve/";

/** The text for the leases of all interfaces, most preferred first; null when they name no resolver. */
export function resolvConfText(leases: ReadonlyMap<string, Lease>): string | null {
  const all = [...leases.values()];
  const domain = all.find((lease) => lease.domain !== null)?.domain ?? null;
  const search = [...new Set(all.flatMap((lease) => lease.search))];
  const nameservers = [...new Set(all.flatMap((lease) => lease.nameservers))];
  if (domain === null && search.length === 0 && nameservers.length === 0) return null;
  const lines = [`# Written by mirage-dhcp from the lease of ${[...leases.keys()].join(", ")}.`];
  // The resolver obeys the last of domain and search, so search comes second.
  if (domain !== null) lines.push(`domain ${domain}`);
  if (search.length > 0) lines.push(`search ${search.join(" ")}`);
  for (const nameserver of nameservers) lines.push(`nameserver ${nameserver}`);
  return lines.join("\n") + "\n";
}

/** The resolver configuration of the whole host, fed by every interface's lease. */
export class ResolvConf {
  readonly #path: string;
  readonly #file: BorrowedFile;
  readonly #leases = new PreferenceList<Lease>();

  /**
   * Takes over a predecessor's loan of the file, and touches nothing yet.
   *
   * @param path the file to write
   * @param record where its original is kept meanwhile
   * @param audit told of what is written and given back
   */
  constructor(path: string, record: LoanRecord, audit: AuditSink = NO_AUDIT) {
    this.#path = path;
    this.#file = new BorrowedFile(path, record, audit);
  }

  /**
   * Takes an interface's lease (null = it has none) and writes or gives back the file.
   *
   * @returns whether the file is ours to write
   * @throws {Error} when the file belongs to systemd-resolved, and file errors
   */
  apply(interfaceName: string, lease: Lease | null, preference: Preference): BorrowResult {
    this.#leases.set(interfaceName, lease, preference);
    const text = resolvConfText(this.#leases.sorted());
    if (text === null) return this.#file.restore();
    if (followLinks(this.#path).startsWith(RESOLVED_DIRECTORY)) {
      throw new Error(`${this.#path} belongs to systemd-resolved: left alone`);
    }
    return this.#file.write(encoder.encode(text));
  }
}
