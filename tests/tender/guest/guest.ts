/**
 * Makes guests: code, data and a manifest become an executable for hvt or spt.
 *
 * Segments, each from a page of its own: notes (read), code (read, execute), data and zeros (read,
 * write).
 *
 * @module
 */
import type { Abi } from "../../../tender/guest/guest.ts";
import { Assembler } from "./assembler.ts";
import type { Calls } from "./calls.ts";
import { type Executable, type LoadedPart, writeExecutable } from "./executable.ts";
import { HvtCalls } from "./hvt_calls.ts";
import { abiNote, type Device, manifestNote } from "./notes.ts";
import { SptCalls } from "./spt_calls.ts";

/** What a guest is. */
export interface GuestPlan {
  /** The tender that it is for. */
  abi: Abi;
  /** Its devices; handles are 1, 2, …. None unless given. */
  manifest?: readonly Device[];
  /** Notes instead of the right ones. */
  notes?: readonly Uint8Array[];
  /**
   * Writes the code. RDI is the boot info at the beginning; `calls` keeps it in R15, so that is left
   * alone.
   */
  code(a: Assembler, calls: Calls): void;
  /** Changes the executable before it is written. */
  change?(executable: Executable): Executable;
}

/** Where guests begin. */
export const GUEST_BASE = 0x100000;
const PAGE = 4096;

/** Calls of the tender's kind. */
export function callsOf(abi: Abi, a: Assembler): Calls {
  return abi === "hvt" ? new HvtCalls(a) : new SptCalls(a);
}

/**
 * Makes a guest.
 *
 * @returns the file
 */
export function guest(plan: GuestPlan): Uint8Array {
  const executable = planned(plan);
  return writeExecutable(plan.change === undefined ? executable : plan.change(executable));
}

/** The code of a guest, for a disassembler, and its address. */
export function codeOf(plan: GuestPlan): [code: Uint8Array, address: number] {
  const { entry, parts } = planned(plan);
  return [parts[1].bytes, entry];
}

function planned({ abi, manifest = [], notes, code }: GuestPlan): Executable {
  const a = new Assembler();
  const calls = callsOf(abi, a);
  a.copy("r15", "rdi");
  code(a, calls);
  const noted = notePart(notes ?? [abiNote(abi), manifestNote(manifest)]);
  const { sizes } = a;
  const text = GUEST_BASE + pages(noted.bytes.length);
  const data = text + pages(sizes.text);
  const space = data + Math.ceil(sizes.data / 8) * 8;
  const linked = a.link({ text, data, space });
  const parts: LoadedPart[] = [noted, { vaddr: text, bytes: linked.text, flags: 5 }];
  if (sizes.data + sizes.space > 0) {
    // A segment without bytes in the file would not be loaded.
    const bytes = sizes.data === 0 ? new Uint8Array(1) : linked.data;
    const memorySize = Math.max(1, space + sizes.space - data);
    parts.push({ vaddr: data, bytes, memorySize, flags: 6 });
  }
  return { entry: text, parts };
}

/** A segment of notes, each from a multiple of 4. */
export function notePart(notes: readonly Uint8Array[], vaddr: number = GUEST_BASE): LoadedPart {
  const places: { offset: number; size: number }[] = [];
  const bytes: number[] = [];
  for (const each of notes) {
    while (bytes.length % 4 !== 0) bytes.push(0);
    places.push({ offset: bytes.length, size: each.length });
    bytes.push(...each);
  }
  return { vaddr, bytes: Uint8Array.from(bytes), flags: 4, notes: places };
}

function pages(size: number): number {
  return Math.max(1, Math.ceil(size / PAGE)) * PAGE;
}
