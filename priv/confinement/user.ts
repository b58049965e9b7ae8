/**
 * Another user for priv (`--user`): what belongs to root is closed to it.
 *
 * @module
 */

import {
  Capability,
  keepCapabilities,
  permittedCapabilities,
  setCapabilities,
  setGid,
  setGroups,
  setUid,
} from "../../ffi/capabilities.ts";

/** Those of `neededCapabilities()`, and two that are needed to give up the others. */
const KEPT = [
  ...["NET_ADMIN", "NET_RAW", "NET_BIND_SERVICE", "SYS_ADMIN", "SETPCAP", "SETGID"] as const,
].reduce((set, name) => set | 1n << BigInt(Capability[name]), 0n);

const PASSWORD_FILE = "/etc/passwd";
/** The largest id; the one after it means "no change" to setresuid(2). */
const MAX_ID = 0xfffffffe;

/** A user and his group. */
export interface User {
  /** User id. */
  readonly uid: number;
  /** Id of his primary group. */
  readonly gid: number;
}

/**
 * Finds a user.
 *
 * @param name his name in /etc/passwd, or `UID:GID` in decimal digits
 * @param text what /etc/passwd holds; read when not given
 * @throws {Error} when there is no such user. Users that only a directory service knows are not found: give
 * their numbers.
 */
export function findUser(name: string, text?: string): User {
  const numbers = /^([0-9]{1,10}):([0-9]{1,10})$/.exec(name)?.slice(1).map(Number);
  if (numbers !== undefined && numbers.every((id) => id <= MAX_ID)) {
    return { uid: numbers[0], gid: numbers[1] };
  }
  const line = (text ?? Deno.readTextFileSync(PASSWORD_FILE)).split("\n")
    .map((each) => each.split(":"))
    .find(([user, , uid, gid]) =>
      user === name && /^[0-9]+$/.test(uid ?? "") && /^[0-9]+$/.test(gid ?? "")
    );
  if (line === undefined) throw new Error(`Cannot find the user ${JSON.stringify(name)}`);
  return { uid: Number(line[2]), gid: Number(line[3]) };
}

/**
 * Becomes another user, who keeps the capabilities that priv may need: not those by which root passes over
 * the permissions of files.
 *
 * @throws {ErrnoError} EPERM without CAP_SETUID and CAP_SETGID
 */
export function becomeUser({ uid, gid }: User): void {
  const held = permittedCapabilities() & KEPT;
  keepCapabilities();
  setGroups([]);
  setGid(gid);
  setUid(uid);
  setCapabilities(held, held);
}
