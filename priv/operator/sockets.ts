/**
 * Finding the daemons: their sockets in the run directory.
 *
 * @module
 */

import { Errno, ErrnoError } from "../../ffi/errno.ts";
import { errorText } from "../error_text.ts";
import { ExitCode, ExitError } from "../exit_code.ts";
import { Connection, denied } from "./connection.ts";

/** A socket's name; those of further daemons with the same run directory have a number from 2 on. */
const SOCKET_NAME = /^:control(?:\.([1-9][0-9]{0,5}))?$/;

/**
 * The sockets in a directory, in the order of their numbers.
 *
 * @returns paths; none when there is no directory
 * @throws {ExitError} NOPERM when it cannot be read
 */
export function findSockets(runDir: string): string[] {
  try {
    return [...Deno.readDirSync(runDir)]
      .map(({ name }) => SOCKET_NAME.exec(name)).filter((match) => match !== null)
      .sort((a, b) => Number(a[1] ?? 1) - Number(b[1] ?? 1))
      .map(([name]) => `${runDir}/${name}`);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw new ExitError(ExitCode.NOPERM, `Cannot look into ${runDir}: ${errorText(error)}`);
  }
}

/** A socket that nobody listens at any more, or that has gone meanwhile. */
function isStale(error: unknown): boolean {
  return error instanceof ErrnoError &&
    (error.code === Errno.ECONNREFUSED || error.code === Errno.ENOENT);
}

function isDenied(error: unknown): boolean {
  return error instanceof ErrnoError &&
    (error.code === Errno.EACCES || error.code === Errno.EPERM);
}

/**
 * Connects to every daemon of a run directory.
 *
 * @param warn told of daemons that cannot be reached while others can
 * @returns one connection at least
 * @throws {ExitError} UNAVAILABLE without a daemon, NOPERM when this user may not ask it, TEMPFAIL
 */
export function connectDaemons(runDir: string, warn: (text: string) => void): Connection[] {
  const connections: Connection[] = [];
  const failures: ExitError[] = [];
  for (const path of findSockets(runDir)) {
    try {
      connections.push(Connection.open(path));
    } catch (error) {
      if (isStale(error)) continue;
      failures.push(
        isDenied(error)
          ? denied(path)
          : error instanceof ExitError
          ? error
          : new ExitError(ExitCode.UNAVAILABLE, `Cannot use ${path}: ${errorText(error)}`),
      );
    }
  }
  if (connections.length > 0) {
    for (const { message } of failures) warn(message);
    return connections;
  }
  throw failures[0] ?? new ExitError(
    ExitCode.UNAVAILABLE,
    `Cannot reach a daemon: none listens in ${runDir} (is mirage-dhcp running?)`,
  );
}
