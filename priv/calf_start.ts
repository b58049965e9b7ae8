/**
 * The start of a calf: its process, and the filter on its frames.
 *
 * @module
 */

import type { LinkState } from "../ffi/netlink.ts";
import { audited } from "./audit/audited.ts";
import type { AuditSink } from "./audit/event.ts";
import { calfFilter } from "./bpf/programs.ts";
import type { CalfProcess, StartCalf } from "./calf_process.ts";
import { macBytes } from "./mac.ts";
import { MAX_FRAME } from "./packet_relay.ts";

/**
 * Starts the calf of an interface, and locks the filter that lets DHCP and ARP of the interface's address
 * pass.
 *
 * @param link the interface
 * @param start starts the process
 * @param audit told of both steps
 * @throws {ErrnoError} when the kernel refuses a step; no calf is left running then
 */
export function startCalfProcess(
  { name, mac }: Pick<LinkState, "name" | "mac">,
  start: StartCalf,
  audit: AuditSink,
): CalfProcess {
  const pidText = ({ pid }: CalfProcess): string => `pid ${pid}`;
  const calf = audited(
    audit,
    { interface: name, action: "process-start" },
    () => start(name),
    pidText,
  );
  const lock = { interface: name, action: "filter-lock", detail: pidText(calf) } as const;
  audited(audit, lock, () => calf.admit(calfFilter(macBytes(mac), MAX_FRAME)));
  return calf;
}
