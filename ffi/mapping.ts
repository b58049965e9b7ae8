/**
 * Memory outside of V8's heap, mapped by mmap(2) for the life of the process.
 *
 * @module
 */

import { Errno, errno, ErrnoError, LIBC, openLibrary } from "./errno.ts";

const PROT_READ_WRITE = 3; // asm-generic/mman-common.h
const MAP_SHARED = 0x01; // linux/mman.h
const MAP_PRIVATE = 0x02; // linux/mman.h
const MAP_ANONYMOUS = 0x20; // asm-generic/mman-common.h
const MAP_NORESERVE = 0x4000; // asm-generic/mman.h
const MAP_FAILED = 2n ** 64n - 1n;

const libc = openLibrary(LIBC, {
  mmap: {
    parameters: ["usize", "usize", "i32", "i32", "i32", "i64"],
    result: "pointer",
  },
});

/** Mapped memory. */
export interface Mapping {
  /** Where it is in this process. */
  readonly address: bigint;
  /** The memory. */
  readonly bytes: Uint8Array<ArrayBuffer>;
}

function map(size: number, flags: number, fd: number): Mapping {
  const pointer = libc.mmap(0n, BigInt(size), PROT_READ_WRITE, flags, fd, 0n);
  if (pointer === null) throw new ErrnoError(`map ${size} bytes`, Errno.ENOMEM);
  const address = BigInt.asUintN(64, Deno.UnsafePointer.value(pointer));
  if (address === MAP_FAILED) throw new ErrnoError(`map ${size} bytes`, errno());
  const buffer = Deno.UnsafePointerView.getArrayBuffer(pointer, size);
  return { address, bytes: new Uint8Array(buffer) };
}

/**
 * Maps zeros, which take memory only where they are written to. Needs the `ffi` permission.
 *
 * @param size bytes, more than 0
 * @throws {ErrnoError} ENOMEM
 */
export function mapMemory(size: number): Mapping {
  return map(size, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1);
}

/**
 * Maps what a descriptor shares with the kernel. Needs the `ffi` permission.
 *
 * @param fd descriptor
 * @param size bytes, more than 0
 * @throws {ErrnoError} as mmap(2) says
 */
export function mapShared(fd: number, size: number): Mapping {
  return map(size, MAP_SHARED, fd);
}
