/**
 * Who may speak at the operator's socket. The file's mode says it already; this is asked besides, of the
 * kernel, because modes get changed and descriptors handed on.
 *
 * @module
 */

import type { PeerCredentials } from "../../ffi/unix_socket.ts";

/** What is allowed. */
export interface AccessRule {
  /** The daemon's own effective user id. */
  readonly user: number;
  /** The group of the socket; null = none. */
  readonly group: number | null;
}

const ROOT = 0;

/** Whether root, the daemon's own user or a member of the socket's group is at the other end. */
export function mayOperate({ uid, gid, groups }: PeerCredentials, rule: AccessRule): boolean {
  if (uid === ROOT || uid === rule.user) return true;
  return rule.group !== null && (gid === rule.group || groups.includes(rule.group));
}

/** An operator as the log and the audit log name it: `operator uid=0 pid=4711`. */
export type OperatorName = `operator ${string}`;

/** Names who is at the other end. */
export function operatorName({ uid, pid }: PeerCredentials): OperatorName {
  return `operator uid=${uid} pid=${pid}`;
}
