/**
 * Becoming another program: execveat(2).
 *
 * @module
 */

import { check, LIBC, openLibrary } from "./errno.ts";
import { cString } from "./memory.ts";
import { stringVector } from "./spawn.ts";

const SYS_EXECVEAT = 322n; // asm/unistd_64.h; glibc has a function for it only since 2.34
const AT_EMPTY_PATH = 0x1000n; // linux/fcntl.h

const libc = openLibrary(LIBC, {
  syscall: { parameters: ["i64", "i64", "buffer", "buffer", "buffer", "i64"], result: "i32" },
});

/**
 * Replaces this process, all of its threads, by a program. It inherits what this thread has (user,
 * capabilities, namespaces, restrictions), what is not close-on-exec, and which signals are ignored:
 * Deno ignores SIGPIPE.
 *
 * @param fd the program: an executable in a file or in memory; may be close-on-exec
 * @param argv the arguments, argv[0] included
 * @param env the environment as `NAME=value`; nothing is inherited
 * @throws {TypeError} when a string holds a zero byte
 * @throws {ErrnoError} ENOEXEC, EACCES, ENOMEM and others; nothing has changed then
 */
export function becomeProgram(
  fd: number,
  argv: readonly string[],
  env: readonly string[],
): never {
  const argvBlock = stringVector(argv, "argument");
  const envBlock = stringVector(env, "environment");
  check(
    libc.syscall(
      SYS_EXECVEAT,
      BigInt(fd),
      cString("", "path"),
      argvBlock,
      envBlock,
      AT_EMPTY_PATH,
    ),
    "execveat",
  );
  throw new Error("unreachable: execveat returned");
}
