/**
 * What the audit log is made of: one event, one line.
 *
 * A line is a JSON object (RFC 8259) in printable ASCII with these members in this order; one that has
 * nothing to say is left out:
 *
 * | member      | value                                                                               |
 * | ----------- | ----------------------------------------------------------------------------------- |
 * | `seq`       | number of the line in the chain, from 1, across all files                           |
 * | `time`      | when it happened: UTC with milliseconds (RFC 3339), by the wall clock               |
 * | `actor`     | `priv`, `calf:SERVICE`, or `operator uid=UID pid=PID`                               |
 * | `interface` | the interface that it concerns                                                      |
 * | `action`    | one of {@link AUDIT_ACTIONS}                                                        |
 * | `key`       | what it was done to: a key, a path, an address, a route                             |
 * | `old`       | what was before; null = nothing                                                     |
 * | `new`       | what is now; null = nothing                                                         |
 * | `result`    | `ok`, `denied` (by priv) or `failed` (by the system)                                |
 * | `detail`    | a reason, a number, or whatever else there is to say                                |
 * | `prev`      | SHA-256 of the line before without its newline, in hexadecimal; 64 zeros in line 1  |
 *
 * So each line vouches for all before it. Who can write the file can make a new chain, too; what gives
 * that away is a hash that was kept elsewhere, such as the one that the daemon knows
 * (`/daemon/audit/head`).
 *
 * @module
 */

/** What can happen, and what it means. */
export const AUDIT_ACTIONS = {
  // Keys.
  "write": "a key was set, or was to be set",
  "delete": "a key was removed, or was to be removed",
  "rewrite": "keys were set again to the values that they had, as with each renewal",
  "commit": "several keys were to be changed at once",
  "read": "a key was to be read",
  "watch": "a key was to be watched",
  "subscribe": "keys were to be subscribed to",
  "unknown": "something was asked for that priv does not know",
  // The kernel.
  "address-add": "an address was added to an interface",
  "address-renew": "the lifetimes of an address began anew",
  "address-remove": "an address was taken from an interface",
  "route-add": "a route was added",
  "route-remove": "a route was removed",
  "mtu-set": "the MTU of an interface was set, in bytes",
  "link-up": "an interface was switched on",
  "host-name-set": "the host was given a name",
  "host-name-restore": "the host was given its name back",
  // Files. Results in the run directory are keys, and no events of their own.
  "file-write": "a file was written",
  "file-restore": "a borrowed file was made what it was before",
  "file-remove": "a file was removed",
  // Processes.
  "daemon-start": "the daemon began",
  "daemon-end": "the daemon ended",
  "config-load": "the configuration file was read",
  "process-start": "a calf was started",
  "process-kill": "priv killed a calf",
  "process-end": "a calf ended",
  "calf-confined": "a calf gave up its privileges",
  "filter-set": "what a calf may send was limited to the interface's own addresses",
  "privilege-drop": "priv gave up privileges",
  "connect": "an operator connected",
  "disconnect": "an operator's connection ended",
  // The log itself.
  "rotated": "this file goes on where the one before ended",
  "torn": "the line before is what was left of one that could not be written whole",
  "suppressed": "an actor did so much that some of it was left out",
  "audit-resumed": "the log can be written again",
} as const;

/** One of {@link AUDIT_ACTIONS}. */
export type AuditAction = keyof typeof AUDIT_ACTIONS;

/** Who did it. */
export type AuditActor = "priv" | `calf:${string}` | `operator ${string}`;

/** How it ended. */
export type AuditResult = "ok" | "denied" | "failed";

/** Something that happened; see the module's description. */
export interface AuditEvent {
  /** Who did it. */
  readonly actor: AuditActor;
  /** The interface that it concerns. */
  readonly interface?: string;
  /** What was done. */
  readonly action: AuditAction;
  /** What it was done to. */
  readonly key?: string;
  /** What was before; null = nothing. */
  readonly old?: string | null;
  /** What is now; null = nothing. */
  readonly new?: string | null;
  /** How it ended. */
  readonly result: AuditResult;
  /** Whatever else there is to say. */
  readonly detail?: string;
}

/** Takes events. */
export interface AuditSink {
  /** Takes one. Costs next to nothing, and never throws. */
  record(event: AuditEvent): void;
}

/** Keeps nothing. */
export const NO_AUDIT: AuditSink = { record: () => {} };
