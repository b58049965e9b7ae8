/**
 * The two libraries behind {@link ./netlink.ts}: the functions of libnl-3 and libnl-route-3, their
 * one kind of error, and what every object of theirs has in common: it must be released once.
 *
 * libnl returns −NLE_* and not −errno (netlink/errno.h).
 *
 * @module
 */
import { openLibrary } from "./errno.ts";
import { LIBNL, LIBNL_ROUTE } from "./netlink_symbols.ts";

/** The kinds of failure that callers tell apart; netlink/errno.h of libnl 3. */
export const NetlinkErrorCode = {
  AGAIN: 4,
  NOMEM: 5,
  EXIST: 6,
  INVAL: 7,
  RANGE: 8,
  OPNOTSUPP: 10,
  OBJ_NOTFOUND: 12,
  NOADDR: 19,
  PERM: 28,
  NODEV: 31,
} as const;

const NAMES: ReadonlyMap<number, string> = new Map(
  Object.entries(NetlinkErrorCode).map(([name, code]) => [code, name]),
);

/** A request to the kernel's routing tables failed. `Cannot add route …: object exists (NLE_EXIST 6)`. */
export class NetlinkError extends Error {
  /** Always `NetlinkError`. */
  override readonly name: string = "NetlinkError";
  /** What was attempted, such as `add route 0.0.0.0/0`. */
  readonly operation: string;
  /** The positive NLE_* number, one of {@linkcode NetlinkErrorCode} as a rule. */
  readonly code: number;

  /**
   * Describes one failure.
   *
   * @param operation what was attempted
   * @param code positive NLE_* number
   * @param text libnl's own description of that number
   */
  constructor(operation: string, code: number, text: string) {
    super(`Cannot ${operation}: ${text} (NLE_${NAMES.get(code) ?? "?"} ${code})`);
    this.operation = operation;
    this.code = code;
  }
}

/** The functions of both libraries, by their C names. */
export type NetlinkLibrary =
  & Deno.DynamicLibrary<typeof LIBNL>["symbols"]
  & Deno.DynamicLibrary<typeof LIBNL_ROUTE>["symbols"];

let loaded: NetlinkLibrary | null = null;

/**
 * Opens the libraries at the first use, because a program that only runs a calf needs neither.
 *
 * @returns the functions of both
 * @throws {MissingLibraryError} when libnl-3.so.200 or libnl-route-3.so.200 is not installed
 */
export function netlinkLibrary(): NetlinkLibrary {
  if (loaded === null) {
    loaded = {
      ...openLibrary("libnl-3.so.200", LIBNL),
      ...openLibrary("libnl-route-3.so.200", LIBNL_ROUTE),
    };
  }
  return loaded;
}

/**
 * Passes a result through, or throws when it is an error.
 *
 * @param result what a libnl function returned
 * @param operation what was attempted, for the message
 * @returns `result`, 0 or more
 * @throws {NetlinkError} when `result` is negative
 */
export function checkNetlink(result: number, operation: string): number {
  if (result >= 0) return result;
  const text = Deno.UnsafePointerView.getCString(netlinkLibrary().nl_geterror(-result)!);
  throw new NetlinkError(operation, -result, text.toLowerCase());
}

/**
 * Lends a libnl object to a function and gives libnl its reference back, whatever happens.
 *
 * @param object what an `…_alloc()` returned
 * @param release the matching `…_put()` or `…_free()`
 * @param use what is done with it
 * @returns what `use` returned
 * @throws {NetlinkError} when libnl had no memory for the object
 */
export function lend<T>(
  object: Deno.PointerValue,
  release: (object: Deno.PointerValue) => void,
  use: (object: Deno.PointerObject) => T,
): T {
  if (object === null) return raiseNoMemory();
  try {
    return use(object);
  } finally {
    release(object);
  }
}

function raiseNoMemory(): never {
  throw new NetlinkError("allocate", NetlinkErrorCode.NOMEM, "out of memory");
}

/**
 * Lends the object that a function of libnl hands out through its last argument.
 *
 * @param operation what was attempted, for the message
 * @param get calls the function with a place for one pointer, and returns its result
 * @param release the matching `…_put()` or `…_free()`
 * @param use what is done with the object
 * @returns what `use` returned
 * @throws {NetlinkError} when the function failed
 */
export function lendOut<T>(
  operation: string,
  get: (place: Uint8Array<ArrayBuffer>) => number,
  release: (object: Deno.PointerValue) => void,
  use: (object: Deno.PointerObject) => T,
): T {
  const place = new BigUint64Array(1);
  checkNetlink(get(new Uint8Array(place.buffer)), operation);
  return lend(Deno.UnsafePointer.create(place[0]), release, use);
}

/**
 * The objects of a cache, in the kernel's order. Valid only while the cache is.
 *
 * @param cache a `struct nl_cache`
 */
export function* cached(cache: Deno.PointerObject): Generator<Deno.PointerObject, void, void> {
  const { nl_cache_get_first, nl_cache_get_next } = netlinkLibrary();
  let object = nl_cache_get_first(cache);
  while (object !== null) {
    yield object;
    object = nl_cache_get_next(object);
  }
}

/** AF_INET (linux/socket.h). */
export const AF_INET = 2;

/**
 * Lends a `struct nl_addr` made from text. libnl's own parser is not used because it takes nonsense
 * such as `192.0.2.0/24/8`.
 *
 * @param text `192.0.2.7` or `192.0.2.0/24`
 * @param use what is done with it; setters take a reference of their own
 * @returns what `use` returned
 * @throws {TypeError} when `text` is no IPv4 address or prefix
 */
export function lendAddress<T>(text: string, use: (address: Deno.PointerObject) => T): T {
  const { nl_addr_build, nl_addr_put, nl_addr_set_prefixlen } = netlinkLibrary();
  const parts = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})(?:\/(\d{1,2}))?$/.exec(text);
  const bytes = (parts ?? []).slice(1, 5).map(Number);
  const length = Number(parts?.[5] ?? 32);
  if (parts === null || bytes.some((byte) => byte > 255) || length > 32) {
    throw new TypeError(`Cannot use ${JSON.stringify(text)}: it is no IPv4 address or prefix`);
  }
  return lend(nl_addr_build(AF_INET, new Uint8Array(bytes), 4n), nl_addr_put, (address) => {
    nl_addr_set_prefixlen(address, length);
    return use(address);
  });
}

/**
 * The bytes of a `struct nl_addr`; none when there is no address.
 *
 * @param address a borrowed reference, or null
 * @returns a copy
 */
export function addressBytes(address: Deno.PointerValue): Uint8Array {
  const { nl_addr_get_len, nl_addr_get_binary_addr } = netlinkLibrary();
  const length = address === null ? 0 : nl_addr_get_len(address);
  const start = length === 0 ? null : nl_addr_get_binary_addr(address);
  if (start === null) return new Uint8Array(0);
  return new Uint8Array(Deno.UnsafePointerView.getArrayBuffer(start, length)).slice();
}

/**
 * A `struct nl_addr` with an IPv4 address as text.
 *
 * @param address a borrowed reference, or null
 * @returns `192.0.2.7`, or null when it holds no IPv4 address
 */
export function ipv4Text(address: Deno.PointerValue): string | null {
  const bytes = addressBytes(address);
  return bytes.length === 4 ? bytes.join(".") : null;
}
