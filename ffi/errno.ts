/**
 * How a failed system call is reported: `errno`, its names, and the one exception made of it. Also
 * the one place where a shared library is opened, so that a missing one is reported in one way.
 *
 * Set-up calls throw {@linkcode ErrnoError}; calls in the packet path return `−errno` and never
 * throw, because an exception per lost frame would be slow and could end the daemon.
 *
 * Variadic C functions (`fcntl`, `ioctl`, `open`, `prctl`, `syscall`) are called throughout this
 * folder as if they were not variadic. On x86-64 that is the same calling convention as long as
 * every argument is an integer or a pointer; a floating-point argument would need AL set.
 *
 * @module
 */

/** The soname of the C library whose functions this folder calls (glibc). */
export const LIBC = "libc.so.6";

/** Error numbers by name; asm-generic/errno-base.h and asm-generic/errno.h. */
export const Errno = {
  EPERM: 1,
  ENOENT: 2,
  ESRCH: 3,
  EINTR: 4,
  EIO: 5,
  ENXIO: 6,
  E2BIG: 7,
  ENOEXEC: 8,
  EBADF: 9,
  ECHILD: 10,
  EAGAIN: 11,
  ENOMEM: 12,
  EACCES: 13,
  EFAULT: 14,
  ENOTBLK: 15,
  EBUSY: 16,
  EEXIST: 17,
  EXDEV: 18,
  ENODEV: 19,
  ENOTDIR: 20,
  EISDIR: 21,
  EINVAL: 22,
  ENFILE: 23,
  EMFILE: 24,
  ENOTTY: 25,
  ETXTBSY: 26,
  EFBIG: 27,
  ENOSPC: 28,
  ESPIPE: 29,
  EROFS: 30,
  EMLINK: 31,
  EPIPE: 32,
  EDOM: 33,
  ERANGE: 34,
  EDEADLK: 35,
  ENAMETOOLONG: 36,
  ENOLCK: 37,
  ENOSYS: 38,
  ENOTEMPTY: 39,
  ELOOP: 40,
  ENODATA: 61,
  ETIME: 62,
  EPROTO: 71,
  EBADMSG: 74,
  EOVERFLOW: 75,
  EUSERS: 87,
  ENOTSOCK: 88,
  EDESTADDRREQ: 89,
  EMSGSIZE: 90,
  EPROTOTYPE: 91,
  ENOPROTOOPT: 92,
  EPROTONOSUPPORT: 93,
  ESOCKTNOSUPPORT: 94,
  EOPNOTSUPP: 95,
  EPFNOSUPPORT: 96,
  EAFNOSUPPORT: 97,
  EADDRINUSE: 98,
  EADDRNOTAVAIL: 99,
  ENETDOWN: 100,
  ENETUNREACH: 101,
  ENETRESET: 102,
  ECONNABORTED: 103,
  ECONNRESET: 104,
  ENOBUFS: 105,
  EISCONN: 106,
  ENOTCONN: 107,
  ESHUTDOWN: 108,
  ETOOMANYREFS: 109,
  ETIMEDOUT: 110,
  ECONNREFUSED: 111,
  EHOSTDOWN: 112,
  EHOSTUNREACH: 113,
  EALREADY: 114,
  EINPROGRESS: 115,
  ECANCELED: 125,
} as const;

/**
 * The name of an error number, such as `EADDRINUSE`.
 *
 * @param code positive error number
 * @returns the name, or `errno` when this module has no name for it
 */
export function errnoName(code: number): string {
  // No map: every start would make it, and hardly any needs it.
  return Object.entries(Errno).find(([, value]) => value === code)?.[0] ?? "errno";
}

/** A system call failed. The message reads `Cannot bind: EADDRINUSE (98)`. */
export class ErrnoError extends Error {
  /** Always `ErrnoError`. */
  override readonly name: string = "ErrnoError";
  /** What was called, such as `bind`. */
  readonly syscall: string;
  /** The positive error number, one of {@linkcode Errno} as a rule. */
  readonly code: number;

  /**
   * Describes one failure.
   *
   * @param syscall what was called
   * @param code positive error number
   */
  constructor(syscall: string, code: number) {
    super(`Cannot ${syscall}: ${errnoName(code)} (${code})`);
    this.syscall = syscall;
    this.code = code;
  }
}

/** A shared library is not installed, or is too old to have a function that is needed. */
export class MissingLibraryError extends Error {
  /** Always `MissingLibraryError`. */
  override readonly name: string = "MissingLibraryError";
  /** The soname that was asked for, such as `libseccomp.so.2`. */
  readonly library: string;

  /**
   * Describes one library.
   *
   * @param library the soname that was asked for
   * @param reason what the dynamic loader said
   */
  constructor(library: string, reason: string) {
    super(`Cannot load ${library}: ${reason}`);
    this.library = library;
  }
}

/**
 * A structure of one `int`, passed after the arguments that a function takes. The System V calling
 * convention lets a callee ignore what it does not know.
 *
 * Why: Deno compiles machine code for each symbol whose types are all scalar, which costs 125 µs a
 * symbol (some 20 ms for all of them) and is of no use without a JIT to call it from. A structure
 * among the parameters keeps it from doing so.
 */
const SPARE_TYPE: Deno.NativeStructType = { struct: ["i32"] };
const SPARE = new Uint8Array(4);

type Callable = (...args: unknown[]) => unknown;

function withSpareArgument(symbol: Callable): Callable {
  return (...args) => symbol(...args, SPARE);
}

/**
 * Opens a shared library for the life of the process and resolves functions in it.
 *
 * Must be called before the process gives up its file system or its `ffi` permission; the functions
 * it returns go on working afterwards.
 *
 * @param library soname
 * @param symbols the functions and their types, as for `Deno.dlopen`; blocking ones, no variables
 * @returns the functions by name
 * @throws {MissingLibraryError} when the library, or one of the functions, is missing
 * @throws {Deno.errors.NotCapable} when the `ffi` permission is not granted
 */
export function openLibrary<const S extends Record<string, Deno.ForeignFunction>>(
  library: string,
  symbols: S,
): Deno.DynamicLibrary<S>["symbols"] {
  const padded = Object.fromEntries(
    Object.entries(symbols).map(([name, symbol]) => [
      name,
      { ...symbol, parameters: [...symbol.parameters, SPARE_TYPE] },
    ]),
  );
  try {
    const opened = Deno.dlopen(library, padded).symbols as Record<string, Callable>;
    return Object.fromEntries(
      Object.entries(opened).map(([name, symbol]) => [name, withSpareArgument(symbol)]),
    ) as Deno.DynamicLibrary<S>["symbols"];
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) throw error;
    throw new MissingLibraryError(library, error instanceof Error ? error.message : String(error));
  }
}

// errno is thread-local. Synchronous foreign calls run on this thread, so its address never
// changes; one view made here spares every later call the `ffi` permission and an allocation.
const location = openLibrary(LIBC, {
  __errno_location: { parameters: [], result: "pointer" },
}).__errno_location();
if (location === null) throw new MissingLibraryError(LIBC, "__errno_location() returned null");
const current = new Int32Array(Deno.UnsafePointerView.getArrayBuffer(location, 4));

/**
 * The error number of the last foreign call that failed. Valid only straight after a call whose
 * result said that it failed.
 */
export function errno(): number {
  return current[0];
}

/**
 * Passes a result through, or throws when it is −1.
 *
 * @param result what the call returned
 * @param syscall what was called, for the message
 * @returns `result`
 * @throws {ErrnoError} when `result` is −1
 */
export function check(result: number, syscall: string): number {
  if (result === -1) throw new ErrnoError(syscall, current[0]);
  return result;
}
