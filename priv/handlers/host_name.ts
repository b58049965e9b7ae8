/**
 * System handler of /hostname: the name of this host, given back when the lease ends.
 *
 * What was before is kept in a file beside the results, for a daemon that is started after a crash. It
 * need not outlive the machine, whose name is set anew at each boot.
 *
 * @module
 */

import { audited, auditedRemove, auditedWrite } from "../audit/audited.ts";
import { type AuditAction, type AuditSink, NO_AUDIT } from "../audit/event.ts";
import type { ApplyHostName } from "../options.ts";
import { errorText } from "../error_text.ts";
import type { Lease } from "../kv/lease.ts";
import { type Preference, PreferenceList } from "../preference.ts";
import { isNoName } from "../settings.ts";
import { readIfThere, writeAtomically } from "./files.ts";

/** The kernel's side; see `ffi/host_name.ts`. */
export interface HostNameKernel {
  /** The present name. */
  readonly get: () => string;
  /** Sets it. @throws {ErrnoError} */
  readonly set: (name: string) => void;
}

/** What the handler says, and where. */
export interface HostNameContext {
  /** Whether to take a name. */
  readonly mode: ApplyHostName;
  /** Path of the file that tells a successor what was before; its directory must exist. */
  readonly record: string;
  /** The kernel's side. */
  readonly kernel: HostNameKernel;
  /** Told of a name that was set or given back. */
  readonly info: (text: string) => void;
  /** Told, once, of what cannot be done. */
  readonly warn: (text: string) => void;
  /** Told of each change; none by default. */
  readonly audit?: AuditSink;
}

interface Loan {
  readonly version: 1;
  /** The name before us. */
  readonly original: string;
  /** The one that we have set. */
  readonly applied: string;
  /** The one that we had set before, which the host may still have: it is replaced after this is written. */
  readonly before?: string;
}

/** What Linux takes (HOST_NAME_MAX, linux/utsname.h). */
const MAX_LENGTH = 64;

/** LinuxKit names a host that has no name after its first interface's address. */
const LINUXKIT = /^linuxkit-[0-9a-f]{12}$/;

/** A longer name is the host's within its domain; a label has 63 characters at most. */
function fitting(name: string): string {
  return name.length <= MAX_LENGTH ? name : name.slice(0, name.indexOf("."));
}

function isLoan(value: unknown): value is Loan {
  if (typeof value !== "object" || value === null) return false;
  const { version, original, applied } = value as Record<string, unknown>;
  return version === 1 && typeof original === "string" && typeof applied === "string";
}

/** The name of the whole host, fed by every interface's lease. */
export class HostNameHandler {
  readonly #context: HostNameContext;
  readonly #audit: AuditSink;
  readonly #names = new PreferenceList<string>();
  /** Null while the name is not ours. */
  #loan: Loan | null;
  /** Whether a successor would know of the loan. */
  #noted = true;
  /** Somebody else has named the host since we did: it is theirs until no lease names it. */
  #yielded = false;
  #refused = false;
  /** The name that could not be set: it would fail, and be written down, with each renewal. */
  #refusedName: string | null = null;
  #hasWarned = false;

  /** Takes over a predecessor's name, if the host still has it. */
  constructor(context: HostNameContext) {
    this.#context = context;
    this.#audit = context.audit ?? NO_AUDIT;
    this.#loan = this.#load();
  }

  /** Takes an interface's lease (null = it has none), and names the host or gives the name back. */
  apply(interfaceName: string, lease: Lease | null, preference: Preference): void {
    this.#names.set(interfaceName, lease?.hostName ?? null, preference);
    const [wanted] = this.#names.sorted().values();
    try {
      this.#converge(wanted === undefined ? null : fitting(wanted));
    } catch (error) {
      // Without CAP_SYS_ADMIN it would fail each time.
      if (!this.#refused) this.#context.warn(errorText(error));
      this.#refused = true;
    }
  }

  /** Whether the name may be changed as things are: by a lease, or because it has to be given back. */
  get mayChange(): boolean {
    return this.#loan !== null || this.#mayName(this.#context.kernel.get());
  }

  #converge(wanted: string | null): void {
    const current = this.#context.kernel.get();
    if (this.#loan !== null && current !== this.#loan.applied) {
      this.#context.info(`host name changed to ${current} by somebody else: left alone`);
      this.#forget();
      this.#yielded = true;
    }
    if (wanted !== this.#refusedName) this.#refusedName = null;
    if (wanted === null) this.#giveBack();
    else if (wanted === this.#refusedName) return;
    else if (!this.#yielded && current !== wanted && this.#mayName(current)) {
      this.#take(wanted, current);
    } else if (!this.#noted && this.#loan !== null) {
      this.#note(this.#loan);
    }
  }

  #mayName(current: string): boolean {
    return this.#mayReplace(this.#loan?.original ?? current);
  }

  #mayReplace(original: string): boolean {
    const { mode } = this.#context;
    return mode === "always" ||
      (mode === "auto" && (isNoName(original) || LINUXKIT.test(original)));
  }

  #take(name: string, current: string): void {
    const before = this.#loan;
    const loan: Loan = { version: 1, original: before?.original ?? current, applied: name };
    // First, so that a successor of a daemon that was killed in between knows whose name it is.
    this.#note(before === null ? loan : { ...loan, before: current });
    try {
      this.#set("host-name-set", current, name);
    } catch (error) {
      if (before === null) this.#forget();
      else this.#note(before);
      this.#refusedName = name;
      throw error;
    }
    this.#loan = loan;
    this.#context.info(`host name set to ${name}`);
  }

  #giveBack(): void {
    this.#yielded = false;
    if (this.#loan === null) return;
    const { original, applied } = this.#loan;
    this.#set("host-name-restore", applied, original);
    this.#context.info(`host name set back to ${original}`);
    this.#forget();
  }

  #set(action: AuditAction, old: string, name: string): void {
    const { kernel } = this.#context;
    audited(this.#audit, { action, old, new: name }, () => kernel.set(name));
  }

  #forget(): void {
    this.#loan = null;
    this.#noted = true;
    auditedRemove(this.#audit, this.#context.record);
  }

  /** On a full disk a successor will know less, until the next renewal: no reason to go without a name. */
  #note(loan: Loan): void {
    const bytes = new TextEncoder().encode(JSON.stringify(loan) + "\n");
    try {
      auditedWrite(this.#audit, this.#context.record, bytes, () => {
        writeAtomically(this.#context.record, bytes, { mode: 0o600, durable: false });
      });
      this.#noted = true;
    } catch (error) {
      this.#noted = false;
      if (!this.#hasWarned) this.#context.warn(`host name: ${errorText(error)}`);
      this.#hasWarned = true;
    }
  }

  /** A file that cannot be understood is as good as none. */
  #load(): Loan | null {
    try {
      const bytes = readIfThere(this.#context.record);
      const value: unknown = bytes === null ? null : JSON.parse(new TextDecoder().decode(bytes));
      // What we would not have replaced is not believed to have been.
      if (!isLoan(value) || !this.#mayReplace(value.original)) return null;
      const { original, applied, before } = value;
      const current = this.#context.kernel.get();
      if (current === applied || current === before) {
        return { version: 1, original, applied: current };
      }
      // The predecessor was killed before it named the host, or after it gave the name back.
      auditedRemove(this.#audit, this.#context.record);
      return null;
    } catch {
      return null;
    }
  }
}
