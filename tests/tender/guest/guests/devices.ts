/**
 * Guests that use devices.
 *
 * @module
 */
import type { Abi } from "../../../../tender/guest/guest.ts";
import type { Assembler } from "../assembler.ts";
import { BOOT_INFO, type Calls, expectFlags, say } from "../calls.ts";
import type { GuestPlan } from "../guest.ts";

/** A frame whose byte at {@linkcode MARK_AT} is this one is the last that is answered. */
export const LAST_FRAME = 0xff;
/** The first byte behind the Ethernet header. */
export const MARK_AT = 14;
/** Byte of an answer that says on which device it came: 1, 2, …. */
export const HANDLE_AT = 15;

/** A minute: the guest ends with 9 when so long nothing has come. */
const PATIENCE_NS = 60_000_000_000;
/** Longest frame: MTU 1500 and an Ethernet header. */
const FRAME_SIZE = 1514;
const ENTRY_SIZE = 104;
const MAC_AT = 72;
const CAPACITY_AT = 72;

/**
 * Prints `ready`, and answers each frame on the device where it came: to its sender, from the MAC
 * address of the manifest, with the handle in byte 15. Ends well after a frame with the mark; with
 * 1 when a frame cannot be sent, 9 after a minute without frames.
 *
 * @param names its devices
 */
export function echoesFrames(abi: Abi, names: readonly string[]): GuestPlan {
  return {
    abi,
    manifest: names.map((name) => ({ name, type: "net" })),
    code: (a, calls) => {
      say(a, calls, "ready\n");
      a.label("wait");
      a.mov("rax", PATIENCE_NS);
      calls.yield();
      a.copy("rbx", "rax");
      a.test("rbx", "rbx");
      expectFlags(a, calls, "ne", 9);
      for (const index of names.keys()) answer(a, calls, abi, index + 1);
      a.jmp("wait");
    },
  };
}

/** Answers all frames of a device whose bit is set in RBX. */
function answer(a: Assembler, calls: Calls, abi: Abi, handle: number): void {
  const frame = { label: a.space(FRAME_SIZE + 6), size: FRAME_SIZE };
  const [next, none] = [a.unique("next"), a.unique("none")];
  a.copy("rax", "rbx");
  a.op("and", "rax", 1 << handle);
  a.jcc("e", none);
  a.label(next);
  calls.netRead(handle, frame);
  a.test("rax", "rax");
  a.jcc("s", none);
  a.copy("r12", "rax");
  a.mov("rdi", frame.label);
  a.load8("r13", "rdi", MARK_AT);
  // The sender becomes the receiver; 8 bytes at a time, the last 2 of which are written again.
  a.load("rax", "rdi", 6);
  a.store("rdi", 0, "rax");
  a.load("rsi", "r15", BOOT_INFO[abi].manifest);
  const mac = 8 + handle * ENTRY_SIZE + MAC_AT;
  for (const i of [0, 1, 2, 3, 4, 5]) {
    a.load8("rax", "rsi", mac + i);
    a.store8("rdi", 6 + i, "rax");
  }
  a.mov("rax", handle);
  a.store8("rdi", HANDLE_AT, "rax");
  a.copy("rdx", "r12");
  calls.netWrite(handle, frame);
  a.test("rax", "rax");
  expectFlags(a, calls, "e", 1);
  a.op("cmp", "r13", LAST_FRAME);
  a.jcc("ne", next);
  calls.exit(0);
  a.label(none);
}

/** Bytes of a block. */
export const BLOCK_SIZE = 512;
/** What {@linkcode usesBlocks} writes. */
export const BLOCK_PATTERN: Uint8Array = Uint8Array.from(
  { length: BLOCK_SIZE },
  (_, i) => 65 + i % 26,
);

/**
 * Prints the first block of its device `storage`; writes a pattern into the second and the last
 * one, and reads them. Ends well, or with: 1 – cannot read; 2 – cannot write; 3 – reads something
 * else than it wrote; 4 – the capacity is no multiple of 512, or smaller than 1024.
 */
export function usesBlocks(abi: Abi): GuestPlan {
  return {
    abi,
    manifest: [{ name: "storage", type: "block" }],
    code: (a, calls) => {
      const pattern = { label: a.data(BLOCK_PATTERN), size: BLOCK_SIZE };
      const buffer = { label: a.space(BLOCK_SIZE), size: BLOCK_SIZE };
      const expect = (status: number) => {
        a.test("rax", "rax");
        expectFlags(a, calls, "e", status);
      };
      loadCapacity(a, abi, 1);
      a.copy("rax", "rbx");
      a.op("and", "rax", BLOCK_SIZE - 1);
      expect(4);
      a.op("cmp", "rbx", 2 * BLOCK_SIZE);
      expectFlags(a, calls, "ae", 4);
      a.mov("rdx", 0);
      calls.block("read", 1, buffer);
      expect(1);
      a.mov("rsi", buffer.label);
      a.mov("rdx", BLOCK_SIZE);
      calls.puts();
      const second = () => a.mov("rdx", BLOCK_SIZE);
      const last = () => a.lea("rdx", "rbx", -BLOCK_SIZE);
      for (const place of [second, last]) {
        place();
        calls.block("write", 1, pattern);
        expect(2);
        place();
        calls.block("read", 1, buffer);
        expect(1);
        a.mov("rsi", pattern.label);
        a.mov("rdi", buffer.label);
        a.mov("rcx", BLOCK_SIZE / 8);
        const next = a.unique("next");
        a.label(next);
        a.load("rax", "rsi");
        a.load("rdx", "rdi");
        a.op("cmp", "rax", "rdx");
        expectFlags(a, calls, "e", 3);
        a.mov("rax", 0);
        a.store("rdi", 0, "rax");
        a.op("add", "rsi", 8);
        a.op("add", "rdi", 8);
        a.op("sub", "rcx", 1);
        a.jcc("ne", next);
      }
      calls.exit(0);
    },
  };
}

/** Accesses to a block device that must not succeed: offset, from RBX = the capacity; size of the buffer. */
const WRONG_ACCESSES = {
  "at the end": [(a) => a.copy("rdx", "rbx"), BLOCK_SIZE],
  "across the end": [(a) => a.lea("rdx", "rbx", -BLOCK_SIZE), 2 * BLOCK_SIZE],
  "far behind the end": [(a) => a.mov("rdx", 2n ** 63n - 512n), BLOCK_SIZE],
  "at 2^64": [(a) => a.mov("rdx", -BLOCK_SIZE), BLOCK_SIZE],
  "of less than a block": [(a) => a.mov("rdx", 0), 8],
  "of two blocks": [(a) => a.mov("rdx", 0), 2 * BLOCK_SIZE],
  "of nothing": [(a) => a.mov("rdx", 0), 0],
} satisfies Record<string, [offset: (a: Assembler) => void, size: number]>;

/** An access to a block device that must not succeed. */
export type WrongAccess = keyof typeof WRONG_ACCESSES;

/** All that are tried. hvt's calls take any size, and leave it to the guest to ask for blocks only. */
export function wrongAccesses(abi: Abi): WrongAccess[] {
  const names = Object.keys(WRONG_ACCESSES) as WrongAccess[];
  return abi === "spt" ? names : names.filter((name) => !name.startsWith("of "));
}

/**
 * Makes one wrong access to its device `storage`: hvt says that it is invalid, spt kills the guest
 * (its own library would have refused). Ends well when the access has failed, with 1 when not. The
 * device must have two blocks or more.
 */
export function accessesWrongly(
  abi: Abi,
  name: WrongAccess,
  action: "read" | "write",
): GuestPlan {
  const [offset, size] = WRONG_ACCESSES[name];
  return {
    abi,
    manifest: [{ name: "storage", type: "block" }],
    code: (a, calls) => {
      const buffer = { label: a.space(2 * BLOCK_SIZE), size };
      loadCapacity(a, abi, 1);
      offset(a);
      calls.block(action, 1, buffer);
      a.test("rax", "rax");
      expectFlags(a, calls, "ne", 1);
      calls.exit(0);
    },
  };
}

/** RBX = the capacity of a block device, of the manifest. */
function loadCapacity(a: Assembler, abi: Abi, handle: number): void {
  a.load("rbx", "r15", BOOT_INFO[abi].manifest);
  a.load("rbx", "rbx", 8 + handle * ENTRY_SIZE + CAPACITY_AT);
}
