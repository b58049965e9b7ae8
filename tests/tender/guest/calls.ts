/**
 * What a guest asks of its tender, in the words of solo5.h, for guests of either kind.
 *
 * A call is a piece of code in the place where it is written. It takes what it needs from the
 * registers that its description names, gives what it says in RAX, and may change RAX, RCX, RDX,
 * RSI, RDI and R8 to R11. R15 is the boot info all the time.
 *
 * @module
 */
import type { Assembler } from "./assembler.ts";

/** Where a guest's bytes are: a label, and how many there are. */
export interface Buffer {
  /** Its label. */
  label: string;
  /** Its size in bytes. */
  size: number;
}

/** Calls of a guest. */
export interface Calls {
  /** Prints RDX bytes from RSI on. */
  puts(): void;
  /** Ends the guest. */
  exit(status: number): void;
  /** RAX = time in ns, never going back. */
  monotonic(): void;
  /** RAX = time in ns since 1970. */
  wall(): void;
  /** Waits for RAX ns at most (at least 1). RAX = handles that are ready, as bits. */
  yield(): void;
  /** RAX = bytes that were read, negative when there were none. */
  netRead(handle: number, buffer: Buffer): void;
  /** Sends RDX bytes of the buffer. RAX = 0 when all went. */
  netWrite(handle: number, buffer: Buffer): void;
  /** Reads or writes the whole buffer at the offset RDX. RAX = 0 when all was done. */
  block(action: "read" | "write", handle: number, buffer: Buffer): void;
}

/** Offsets in the boot info, which both kinds have in other places. */
export interface BootInfo {
  /** u64, bytes. */
  memorySize: number;
  /** u64, address. */
  kernelEnd: number;
  /** u64, address of a string with a terminator. */
  commandLine: number;
  /** u64, address. */
  manifest: number;
}

/** The boot info of each kind (hvt_abi.h, spt_abi.h). */
export const BOOT_INFO: Record<"hvt" | "spt", BootInfo> = {
  hvt: { memorySize: 0, kernelEnd: 8, commandLine: 24, manifest: 32 },
  spt: { memorySize: 0, kernelEnd: 8, commandLine: 16, manifest: 24 },
};

/** Prints a text. */
export function say(a: Assembler, calls: Calls, text: string): void {
  const bytes = new TextEncoder().encode(text);
  a.mov("rsi", a.data(bytes));
  a.mov("rdx", bytes.length);
  calls.puts();
}

/** Ends the guest with a status unless the flags are so. */
export function expectFlags(
  a: Assembler,
  calls: Calls,
  condition: Parameters<Assembler["jcc"]>[0],
  status: number,
): void {
  const good = a.unique("good");
  a.jcc(condition, good);
  calls.exit(status);
  a.label(good);
}
