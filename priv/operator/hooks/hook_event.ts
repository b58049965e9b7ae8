/**
 * What a change of an interface's keys is called in a hook script: the reasons of dhcpcd-run-hooks(8), as far as
 * they have a meaning here.
 *
 * @module
 */

import type { KeyTexts } from "../snapshot.ts";

/** A change of one interface's keys, as one commit made it. */
export interface StoreChange {
  /** The keys before; empty when the interface is new. */
  readonly before: KeyTexts;
  /** The keys after; empty when it has gone. */
  readonly after: KeyTexts;
  /** The keys that were written, with another value or the same. */
  readonly written: ReadonlySet<string>;
}

/** Why a script is run. */
export type HookReason =
  | "PREINIT"
  | "CARRIER"
  | "NOCARRIER"
  | "BOUND"
  | "RENEW"
  | "REBIND"
  | "REBOOT"
  | "INFORM"
  | "IPV4LL"
  | "STATIC"
  | "EXPIRE"
  | "RELEASE"
  | "STOP";

/** One reason: what it means, and when it holds. */
export interface ReasonRow {
  /** The value of `$reason`. */
  readonly reason: HookReason;
  /** What has happened, for the manual page. */
  readonly meaning: string;
  /** Whether a change is one. */
  readonly holds: (change: StoreChange) => boolean;
}

function originOf(keys: KeyTexts): string {
  return keys.get("/origin") ?? "dhcp";
}

/** An address has come, or the one that there is was written again. */
function isConfigured({ after, written }: StoreChange, origin: string): boolean {
  return after.has("/ip") && written.has("/ip") && originOf(after) === origin;
}

function hadAddress({ before }: StoreChange): boolean {
  return before.has("/ip");
}

/** A server has confirmed an address that there was before, while the client was in one of these states. */
function isConfirmed(change: StoreChange, states: readonly string[]): boolean {
  return isConfigured(change, "dhcp") && hadAddress(change) &&
    originOf(change.before) === "dhcp" && states.includes(change.before.get("/state") ?? "");
}

/** The client was asking for the address of its last lease. */
function isReboot(change: StoreChange): boolean {
  const state = change.before.get("/state") ?? "";
  return isConfigured(change, "dhcp") && (state === "REBOOTING" || state === "INIT-REBOOT");
}

function isSameAddress({ before, after }: StoreChange): boolean {
  return before.get("/ip") === after.get("/ip");
}

function isRenewal(change: StoreChange): boolean {
  // A renewal that was over before anybody saw RENEWING leads from BOUND to BOUND.
  return isConfirmed(change, ["RENEWING"]) ||
    (isConfirmed(change, ["BOUND"]) && isSameAddress(change));
}

function isLost(change: StoreChange): boolean {
  return hadAddress(change) && !change.after.has("/ip") && change.after.size > 0;
}

function isReleased(change: StoreChange): boolean {
  return isLost(change) && change.after.get("/state") === "RELEASED";
}

/**
 * All reasons, in the order in which they are told when one change has several. dhcpcd's others have no
 * counterpart: NAK and TIMEOUT are EXPIRE or nothing, FAIL and TEST do not happen, DEPARTED is STOP.
 */
export const REASON_TABLE: readonly ReasonRow[] = [
  {
    reason: "PREINIT",
    meaning: "the daemon has begun to manage the interface, or this command to watch it",
    holds: ({ before, after }) => before.size === 0 && after.size > 0,
  },
  {
    reason: "CARRIER",
    meaning: "the interface has a carrier",
    holds: ({ before, after }) => before.get("/link") !== "up" && after.get("/link") === "up",
  },
  {
    reason: "NOCARRIER",
    meaning: "it has none (any more)",
    holds: ({ before, after }) => before.get("/link") !== "down" && after.get("/link") === "down",
  },
  {
    reason: "REBOOT",
    meaning: "a server has confirmed the address of an earlier lease",
    holds: isReboot,
  },
  {
    reason: "RENEW",
    meaning: "the server has renewed the lease",
    holds: isRenewal,
  },
  {
    reason: "REBIND",
    meaning: "a server has renewed the lease after T2, or after the carrier was gone",
    holds: (change) => isConfirmed(change, ["REBINDING"]),
  },
  {
    reason: "BOUND",
    meaning: "there is a new lease",
    holds: (change) =>
      isConfigured(change, "dhcp") && !isReboot(change) && !isRenewal(change) &&
      !isConfirmed(change, ["REBINDING"]),
  },
  {
    reason: "INFORM",
    meaning: "a server has told the rest for an address that is ours (--inform)",
    holds: (change) => isConfigured(change, "inform"),
  },
  {
    reason: "IPV4LL",
    meaning: "there is a link-local address, or it has gone",
    holds: (change) =>
      isConfigured(change, "ipv4ll") ||
      (isLost(change) && !isReleased(change) && originOf(change.before) === "ipv4ll"),
  },
  {
    reason: "STATIC",
    meaning: "the address of --static is in use",
    holds: (change) => isConfigured(change, "static"),
  },
  {
    reason: "RELEASE",
    meaning: "the lease was given back",
    holds: isReleased,
  },
  {
    reason: "EXPIRE",
    meaning: "the lease is over, or was refused, and there is no other",
    holds: (change) =>
      isLost(change) && !isReleased(change) && originOf(change.before) !== "ipv4ll",
  },
  {
    reason: "STOP",
    meaning: "the interface has gone, or the daemon does not manage it any more",
    holds: ({ before, after }) => before.size > 0 && after.size === 0,
  },
];

/** Why a script is to be run after a change; none for most. */
export function reasonsOf(change: StoreChange): HookReason[] {
  return REASON_TABLE.filter(({ holds }) => holds(change)).map(({ reason }) => reason);
}
