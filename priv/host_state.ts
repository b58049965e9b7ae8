/**
 * What all interfaces share of the host: its resolver configuration, its name, its DUID.
 *
 * @module
 */

import { getHostName, setHostName } from "../ffi/host_name.ts";
import type { AuditSink } from "./audit/event.ts";
import { hostDuid } from "./duid.ts";
import { errorText } from "./error_text.ts";
import { HostNameHandler } from "./handlers/host_name.ts";
import { LoanRecord } from "./handlers/loan_record.ts";
import { ResolvConf } from "./handlers/resolv_conf.ts";
import { privLogger } from "./log.ts";
import type { PrivOptions } from "./options.ts";
import type { HostIdentity } from "./settings.ts";

/** No interface's name has a colon, so that these are not directories of one. */
const HOST_NAME_RECORD = ":hostname";
const RESOLV_CONF_RECORD = ":resolv.conf.saved";

/** See the module's description. */
export class HostState {
  /** The resolver configuration; null = not managed. */
  readonly resolvConf: ResolvConf | null;
  /** The host's name. */
  readonly hostName: HostNameHandler;
  /** What calves are told of the host. */
  readonly identity: HostIdentity = { name: getHostName, duid: () => this.#hostDuid() };
  readonly #log = privLogger();
  readonly #stateDir: string;
  readonly #audit: AuditSink;
  #duid: string | null = null;

  /** Takes over what a predecessor has left. */
  constructor(options: PrivOptions, audit: AuditSink) {
    const { resolvConf, runDir, stateDir, applyHostName } = options;
    this.#stateDir = stateDir;
    this.#audit = audit;
    this.resolvConf = resolvConf === null
      ? null
      : new ResolvConf(resolvConf, this.#resolvConfRecord(resolvConf, runDir), audit);
    this.hostName = new HostNameHandler({
      mode: applyHostName,
      record: `${runDir}/${HOST_NAME_RECORD}`,
      kernel: { get: getHostName, set: setHostName },
      info: (text) => this.#log.info("{text}", { text }),
      warn: (text) => this.#log.warning("{text}", { text }),
      audit,
    });
  }

  /**
   * On a read-only system the original of resolv.conf is kept as long as the machine runs; so it is beside
   * a file in the run directory, which does not outlive the machine, and is one of several there.
   */
  #resolvConfRecord(resolvConf: string, runDir: string): LoanRecord {
    const stateDir = this.#stateDir;
    const paths = resolvConf.startsWith(`${runDir}/`)
      ? [`${resolvConf}.saved`]
      : [`${stateDir}/resolv.conf.saved`, `${runDir}/${RESOLV_CONF_RECORD}`];
    return new LoanRecord(paths, (_, error) => {
      const reason = errorText(error);
      this.#log.warning("nothing can be kept in {stateDir}: {reason}", { stateDir, reason });
    }, this.#audit);
  }

  /** Null when there can be none now: it may come with the next interface. */
  #hostDuid(): string | null {
    const path = `${this.#stateDir}/duid`;
    const warn = (warning: string) => this.#log.warning("{warning}", { warning });
    try {
      this.#duid ??= hostDuid(path, warn, this.#audit);
    } catch (error) {
      this.#log.error("Cannot keep {path}, the hardware address is sent instead: {reason}", {
        path,
        reason: errorText(error),
      });
    }
    return this.#duid;
  }
}
