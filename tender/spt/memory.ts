/**
 * The memory of an spt guest: what is where when it begins (spt_abi.h of Solo5).
 *
 *     0x10000   begins
 *     0x11000   boot info, arguments, manifest: read-only
 *     0x100000  the guest's segments, as their flags say
 *               heap
 *     its end   stack, downwards
 *
 * @module
 */

import { TenderError } from "../error.ts";
import { type Guest, SegmentFlag } from "../guest/guest.ts";

/** Where the memory begins. */
export const MEMORY_START = 0x10000;
/** Where the boot info is; the guest's only argument. */
export const BOOT_INFO = 0x11000;
const ARGUMENTS = 0x12000;
const ARGUMENTS_SIZE = 8192;
const MANIFEST = 0x14000;
/** A manifest has at most 8 + 64 × 104 bytes. */
const INFO_END = 0x16000;
const PAGE_SIZE = 4096;

/** Bits of mprotect(2); asm-generic/mman-common.h. */
export const Protection = { READ: 1, WRITE: 2, EXECUTE: 4 } as const;

/** Bytes that are put into the memory. */
export interface Piece {
  /** Where. */
  readonly address: number;
  /** Which. */
  readonly bytes: Uint8Array;
}

/** Pages that are not like the heap. */
export interface ProtectedPages {
  /** Where they begin. */
  readonly start: number;
  /** Where they end. */
  readonly end: number;
  /** Sum of {@linkcode Protection}. */
  readonly protection: number;
}

/** A guest's memory. */
export interface GuestMemory {
  /** Where it ends: its size, as the guest is told. */
  readonly end: number;
  /** Of what is no piece: heap and stack. Sum of {@linkcode Protection}. */
  readonly protection: number;
  /** Everything that is not zero. */
  readonly pieces: readonly Piece[];
  /** The others. */
  readonly pages: readonly ProtectedPages[];
}

/** What a guest is told. */
export interface GuestStart {
  /** Size of its memory in bytes. */
  readonly memorySize: number;
  /** Whether heap and stack can be executed. */
  readonly execHeap: boolean;
  /** Its arguments. */
  readonly args: readonly string[];
  /** A `struct mft` with all devices attached. */
  readonly manifest: Uint8Array;
  /** Descriptor to wait with. */
  readonly epoll: number;
  /** Descriptor of the timer. */
  readonly timer: number;
}

/**
 * Lays a guest's memory out.
 *
 * @param guest the guest
 * @param file its file
 * @param start what it is told
 * @throws {TenderError} when something is too large
 */
export function layOutMemory(guest: Guest, file: Uint8Array, start: GuestStart): GuestMemory {
  if (guest.kernelEnd + PAGE_SIZE > start.memorySize) {
    throw new TenderError(
      `Cannot run the guest: it does not fit into ${start.memorySize / 2 ** 20} MB (--mem)`,
    );
  }
  const args = new TextEncoder().encode(start.args.join(" "));
  if (args.length >= ARGUMENTS_SIZE) {
    throw new TenderError(
      `Cannot run the guest: its arguments are longer than ${ARGUMENTS_SIZE - 1} bytes`,
    );
  }
  return {
    end: start.memorySize,
    protection: Protection.READ | Protection.WRITE | (start.execHeap ? Protection.EXECUTE : 0),
    pieces: [
      { address: BOOT_INFO, bytes: bootInfo(guest, start) },
      { address: ARGUMENTS, bytes: args },
      { address: MANIFEST, bytes: start.manifest },
      ...guest.segments.map(({ vaddr, fileOffset, fileSize }) => ({
        address: vaddr,
        bytes: file.subarray(fileOffset, fileOffset + fileSize),
      })),
    ],
    pages: [
      { start: BOOT_INFO, end: INFO_END, protection: Protection.READ },
      ...guest.segments.map(({ start, end, flags }) => ({
        start,
        end,
        protection: protectionOf(flags),
      })),
    ],
  };
}

function protectionOf(flags: number): number {
  return (flags & SegmentFlag.READ ? Protection.READ : 0) |
    (flags & SegmentFlag.WRITE ? Protection.WRITE : 0) |
    (flags & SegmentFlag.EXECUTE ? Protection.EXECUTE : 0);
}

/** struct spt_boot_info { u64 mem_size, kernel_end; char *cmdline; void *mft; int epollfd, timerfd; } */
function bootInfo(guest: Guest, { memorySize, epoll, timer }: GuestStart): Uint8Array {
  const view = new DataView(new ArrayBuffer(40));
  view.setBigUint64(0, BigInt(memorySize), true);
  view.setBigUint64(8, BigInt(guest.kernelEnd), true);
  view.setBigUint64(16, BigInt(ARGUMENTS), true);
  view.setBigUint64(24, BigInt(MANIFEST), true);
  view.setInt32(32, epoll, true);
  view.setInt32(36, timer, true);
  return new Uint8Array(view.buffer);
}
