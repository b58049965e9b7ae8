/**
 * What this process has inherited from its caller and Deno's permissions do not show: variables of the
 * environment, and which files it may execute.
 *
 * @module
 */

import { LIBC, openLibrary } from "./errno.ts";
import { cString } from "./memory.ts";

const X_OK = 1; // unistd.h

const libc = openLibrary(LIBC, {
  access: { parameters: ["buffer", "i32"], result: "i32" },
  getenv: { parameters: ["buffer"], result: "pointer" },
});

/**
 * A variable of the environment (getenv(3)). Needs the `ffi` permission.
 *
 * @param name its name
 * @returns its value as UTF-8, or null when it is not set
 */
export function environmentVariable(name: string): string | null {
  const value = libc.getenv(cString(name, "name"));
  return value === null ? null : Deno.UnsafePointerView.getCString(value);
}

/**
 * Whether this process may execute a file (access(2)). Says true of a directory, too.
 *
 * @param path its path
 */
export function isExecutable(path: string): boolean {
  return libc.access(cString(path, "path"), X_OK) === 0;
}
