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

/** Clients at a time. */
export const MAX_CLIENTS = 32;
/** Of these, clients of users other than root: there is always room for root. */
export const MAX_CLIENTS_OF_OTHERS = 24;
/** Clients at a time of one user who is not root. */
export const MAX_CLIENTS_OF_USER = 16;

/**
 * Why a client is turned away, or null.
 *
 * @param peer who it is
 * @param present user ids of the clients that are there
 * @param rule who may come at all
 */
export function objection(
  peer: PeerCredentials,
  present: readonly number[],
  rule: AccessRule,
): string | null {
  if (!mayOperate(peer, rule)) return "permission denied";
  if (present.length >= MAX_CLIENTS) return "too many clients";
  if (peer.uid === ROOT) return null;
  const others = present.filter((uid) => uid !== ROOT);
  if (others.length >= MAX_CLIENTS_OF_OTHERS) return "too many clients";
  const own = others.filter((uid) => uid === peer.uid);
  return own.length >= MAX_CLIENTS_OF_USER ? "too many clients of one user" : null;
}

/** An operator as the log and the audit log name it: `operator uid=0 pid=4711`. */
export type OperatorName = `operator ${string}`;

/** Names who is at the other end. */
export function operatorName({ uid, pid }: PeerCredentials): OperatorName {
  return `operator uid=${uid} pid=${pid}`;
}
