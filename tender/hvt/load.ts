/**
 * Puts an hvt guest and what it is told into its memory (hvt_abi.h of Solo5).
 *
 *     0x1000    descriptors of segments, page tables: the guest does not see them
 *     0x10000   boot info
 *     0x11000   arguments
 *     0x13000   manifest
 *     0x20000   more page tables
 *     0x100000  the guest's segments, heap
 *     its end   stack, downwards
 *
 * @module
 */

import { TenderError } from "../error.ts";
import type { Guest } from "../guest/guest.ts";
import { type EntryState, writeGdt } from "./cpu.ts";
import { writePageTables } from "./page_tables.ts";

const BOOT_INFO = 0x10000;
const ARGUMENTS = 0x11000;
const ARGUMENTS_SIZE = 8192;
const MANIFEST = 0x13000;
const PAGE = 4096;

/** What a guest is told. */
export interface GuestStart {
  /** Its arguments. */
  readonly args: readonly string[];
  /** A `struct mft` with all devices attached. */
  readonly manifest: Uint8Array;
  /** How fast its clock counts, in Hz. */
  readonly cycleFrequency: bigint;
  /** Whether the processor knows pages that cannot be executed. */
  readonly noExecute: boolean;
}

/**
 * Checks what does not depend on the machine, before anything is opened.
 *
 * @param guest the guest
 * @param memorySize size of its memory in bytes
 * @param args its arguments
 * @throws {TenderError} when the guest does not fit, or its arguments are too long
 */
export function checkFits(guest: Guest, memorySize: number, args: readonly string[]): void {
  if (guest.kernelEnd + PAGE > memorySize) {
    throw new TenderError(
      `Cannot run the guest: it does not fit into ${memorySize / 2 ** 20} MB (--mem)`,
    );
  }
  if (argumentsText(args).length >= ARGUMENTS_SIZE) {
    throw new TenderError(
      `Cannot run the guest: its arguments are longer than ${ARGUMENTS_SIZE - 1} bytes`,
    );
  }
}

function argumentsText(args: readonly string[]): Uint8Array {
  return new TextEncoder().encode(args.join(" "));
}

/**
 * Fills a guest's memory.
 *
 * @param memory all of it, zero
 * @param guest the guest
 * @param file its file
 * @param start what it is told
 * @returns where it begins
 * @throws {TenderError} as {@linkcode checkFits} and {@linkcode writePageTables} do
 */
export function loadGuest(
  memory: Uint8Array<ArrayBuffer>,
  guest: Guest,
  file: Uint8Array,
  start: GuestStart,
): EntryState {
  checkFits(guest, memory.length, start.args);
  writeGdt(memory);
  writePageTables(memory, { segments: guest.segments, noExecute: start.noExecute });
  for (const { vaddr, fileOffset, fileSize } of guest.segments) {
    memory.set(file.subarray(fileOffset, fileOffset + fileSize), vaddr);
  }
  memory.set(argumentsText(start.args), ARGUMENTS);
  memory.set(start.manifest, MANIFEST);
  // struct hvt_boot_info; host_features, guest_features and net_ring behind it stay 0: plain hypercalls.
  const info = new DataView(memory.buffer, memory.byteOffset + BOOT_INFO, 56);
  info.setBigUint64(0, BigInt(memory.length), true);
  info.setBigUint64(8, BigInt(guest.kernelEnd), true);
  info.setBigUint64(16, start.cycleFrequency, true);
  info.setBigUint64(24, BigInt(ARGUMENTS), true);
  info.setBigUint64(32, BigInt(MANIFEST), true);
  return { entry: guest.entry, stack: memory.length - 8, bootInfo: BOOT_INFO };
}
