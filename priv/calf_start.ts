/**
 * The start of a calf: its process, and the filter on its frames, which follows the interface's address.
 *
 * @module
 */

import type { LinkState } from "../ffi/netlink.ts";
import { audited } from "./audit/audited.ts";
import type { AuditSink } from "./audit/event.ts";
import { calfFilter } from "./bpf/programs.ts";
import type { CalfProcess, StartCalf } from "./calf_process.ts";
import { toNumber } from "./handlers/ipv4.ts";
import { macBytes } from "./mac.ts";
import { MAX_FRAME } from "./packet_relay.ts";

/**
 * Starts the calf of an interface, and lets pass what {@link admitCalf} does.
 *
 * @param link the interface
 * @param start starts the process
 * @param audit told of both steps
 * @param own the address that a calf before has given the interface; null = none
 * @throws {ErrnoError} when the kernel refuses a step; no calf is left running then
 */
export function startCalfProcess(
  link: Pick<LinkState, "name" | "mac">,
  start: StartCalf,
  audit: AuditSink,
  own: string | null = null,
): CalfProcess {
  const { name } = link;
  const pidText = ({ pid }: CalfProcess): string => `pid ${pid}`;
  const calf = audited(
    audit,
    { interface: name, action: "process-start" },
    () => start(name),
    pidText,
  );
  try {
    admitCalf(calf, link, audit, own);
  } catch (error) {
    calf.endAndClose();
    throw error;
  }
  return calf;
}

/**
 * Lets DHCP and ARP of an interface pass that speak for its hardware address, and for no IPv4 address
 * but its own.
 *
 * @param own that address, as in `192.0.2.7`; null = none
 * @throws {ErrnoError} when the kernel refuses it; what passed before does so still
 */
export function admitCalf(
  calf: CalfProcess,
  { name, mac }: Pick<LinkState, "name" | "mac">,
  audit: AuditSink,
  own: string | null,
): void {
  const filter = calfFilter(macBytes(mac), MAX_FRAME, own === null ? null : toNumber(own));
  const detail = `pid ${calf.pid}, ${own ?? "no address"}`;
  audited(audit, { interface: name, action: "filter-set", detail }, () => calf.admit(filter));
}
