/**
 * hvt guests that ask for what there is not, or give addresses that are not theirs. Each prints
 * `before`, asks, and when it lives on prints `after` and ends with 1.
 *
 * @module
 */
import type { Assembler } from "../assembler.ts";
import { BOOT_INFO, expectFlags, say } from "../calls.ts";
import type { GuestPlan } from "../guest.ts";
import { HvtCalls, Hypercall, PORT } from "../hvt_calls.ts";

type Attempt = (a: Assembler, calls: HvtCalls) => void;

/** RAX = the size of the memory. */
function loadMemorySize(a: Assembler, plus: number): void {
  a.load("rax", "r15", BOOT_INFO.hvt.memorySize);
  a.op("add", "rax", plus);
}

/** A hypercall with its struct at an address. */
function structAt(number: number, address: number): Attempt {
  return (a, calls) => {
    a.mov("rax", address);
    calls.hypercall(number);
  };
}

/** A hypercall with its struct so far from the end of the memory. */
function structNearEnd(number: number, plus: number): Attempt {
  return (a, calls) => {
    loadMemorySize(a, plus);
    calls.hypercall(number);
  };
}

/** A hypercall with these fields of 64 bits; `fromEnd` means so many bytes from the end of the memory. */
function fields(number: number, ...values: (number | bigint | { fromEnd: number })[]): Attempt {
  return (a, calls) =>
    calls.with(number, 40, () => {
      for (const [i, value] of values.entries()) {
        if (typeof value === "object") loadMemorySize(a, value.fromEnd);
        else a.mov("rax", value);
        a.store("r8", 8 * i, "rax");
      }
    });
}

const [ALL_BITS, HUGE] = [2n ** 64n - 1n, 2n ** 63n];
/** Of the manifest of these guests. */
const [NET, BLOCK] = [1, 2];

/** Addresses that are not the guest's: the tender ends it. */
const OUT_OF_RANGE = {
  "a struct at the end of the memory": structNearEnd(Hypercall.PUTS, 0),
  "a struct across the end of the memory": structNearEnd(Hypercall.PUTS, -8),
  "a result across the end of the memory": structNearEnd(Hypercall.WALLTIME, -4),
  "a struct at the end of 32 bits": structAt(Hypercall.PUTS, 0xfffffff8),
  "a poll across the end of the memory": structNearEnd(Hypercall.POLL, -16),
  "a halt across the end of the memory": structNearEnd(Hypercall.HALT, -8),
  "text behind the memory": fields(Hypercall.PUTS, { fromEnd: 0 }, 1),
  "text across the end": fields(Hypercall.PUTS, { fromEnd: -4 }, 8),
  "text far away": fields(Hypercall.PUTS, HUGE, 1),
  "text longer than the memory": fields(Hypercall.PUTS, 0x100000, HUGE),
  "text that overflows": fields(Hypercall.PUTS, 0x100000, ALL_BITS),
  "text that wraps to its beginning": fields(Hypercall.PUTS, ALL_BITS, 2),
  "a frame behind the memory": fields(Hypercall.NET_WRITE, NET, { fromEnd: 0 }, 60),
  "a frame that overflows": fields(Hypercall.NET_READ, NET, 0x100000, ALL_BITS),
  "a buffer across the end": fields(Hypercall.NET_READ, NET, { fromEnd: -512 }, 1514),
  "a block across the end": fields(Hypercall.BLOCK_READ, BLOCK, 0, { fromEnd: -256 }, 512),
  "a block far away": fields(Hypercall.BLOCK_WRITE, BLOCK, 0, HUGE, 512),
  // What the tender keeps below the guest: page tables, boot info.
  "a struct at 0": structAt(Hypercall.PUTS, 0),
  "a struct in the page tables": structAt(Hypercall.PUTS, 0x2000),
  "a result over the page tables": structAt(Hypercall.WALLTIME, 0x2000),
  "a poll over the page tables": structAt(Hypercall.POLL, 0x4000),
  "a result over the boot info": structAt(Hypercall.WALLTIME, 0x10000),
  "a result across the beginning of the guest": structAt(Hypercall.WALLTIME, 0xffffc),
  "a block over the page tables": fields(Hypercall.BLOCK_READ, BLOCK, 0, 0x8000, 512),
  "a block below the guest": fields(Hypercall.BLOCK_READ, BLOCK, 0, 0x20000, 512),
  "a frame over the page tables": fields(Hypercall.NET_READ, NET, 0x2000, 1514),
  "text of the page tables": fields(Hypercall.PUTS, 0x2000, 4096),
} satisfies Record<string, Attempt>;

/** Calls that there are not: the tender ends the guest. */
const NO_CALLS = {
  "hypercall 0": structAt(0, 0x100000),
  "hypercall 9": structAt(9, 0x100000),
  "hypercall 255": structAt(255, 0x100000),
  "port 0x80": (a) => {
    a.mov("rdx", 0x80);
    a.out();
  },
  "a hypercall of 16 bits": (a) => {
    a.mov("rax", 0x100000);
    a.mov("rdx", PORT + Hypercall.PUTS);
    a.raw(0x66, 0xef); // out dx, ax
  },
  "a hypercall of 8 bits": (a) => {
    a.mov("rdx", PORT + Hypercall.PUTS);
    a.raw(0xee); // out dx, al
  },
  "in from a hypercall's port": (a) => {
    a.mov("rdx", PORT + Hypercall.PUTS);
    a.in();
  },
} satisfies Record<string, Attempt>;

const ENDING: Record<string, Attempt> = { ...OUT_OF_RANGE, ...NO_CALLS };

/** What an hvt guest must not be able to ask for. */
export type BadHypercall = keyof typeof OUT_OF_RANGE | keyof typeof NO_CALLS;

/** All that are tried. */
export const BAD_HYPERCALLS = Object.keys(ENDING) as BadHypercall[];

/** Devices of these guests: `net` is 1, `storage` is 2. */
export const HOSTILE_DEVICES = [
  { name: "net", type: "net" },
  { name: "storage", type: "block" },
] as const;

/** See the module's description; the tender must end the guest with a message. */
export function asksBadly(name: BadHypercall): GuestPlan {
  return {
    abi: "hvt",
    manifest: HOSTILE_DEVICES,
    code: (a, calls) => {
      say(a, calls, "before\n");
      ENDING[name](a, new HvtCalls(a));
      say(a, calls, "after\n");
      calls.exit(1);
    },
  };
}

/** What a tender sees of these, when it looks at the lower 32 bits only, is a device. */
const ALIAS = 2 ** 32;

/** Handles that are of no device, or one of another type; and where the answer is. */
const INVALID: readonly (readonly [Attempt, ret: number])[] = [
  ...[0, BLOCK, 3, 63, 64, 65, ALIAS + NET, ALL_BITS].flatMap((handle) => [
    [fields(Hypercall.NET_READ, handle, 0x100000, 0, 0), 24] as const,
    [fields(Hypercall.NET_WRITE, handle, 0x100000, 60, 0), 24] as const,
  ]),
  ...[0, NET, 3, 64, ALIAS + BLOCK, ALL_BITS].flatMap((handle) => [
    [fields(Hypercall.BLOCK_READ, handle, 0, 0x101000, 512), 32] as const,
    [fields(Hypercall.BLOCK_WRITE, handle, 0, 0x101000, 512), 32] as const,
  ]),
];

/**
 * Asks with handles that are of no device or of another type. Ends well when each answer is 2
 * (invalid), or else with the number of the first call whose answer is not, from 1.
 */
export function asksInvalidly(): GuestPlan {
  return {
    abi: "hvt",
    manifest: HOSTILE_DEVICES,
    code: (a, calls) => {
      for (const [i, [attempt, ret]] of INVALID.entries()) {
        attempt(a, new HvtCalls(a));
        a.load32("rax", "r8", ret);
        a.op("cmp", "rax", 2);
        expectFlags(a, calls, "e", i + 1);
      }
      calls.exit(0);
    },
  };
}

/** Ends with 7, and a cookie that is nowhere: a hint for core dumps, which is not looked at. */
export function haltsWithFarCookie(): GuestPlan {
  return {
    abi: "hvt",
    code: (a) => {
      fields(Hypercall.HALT, HUGE, 7)(a, new HvtCalls(a));
      a.hlt();
    },
  };
}
