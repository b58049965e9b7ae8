/**
 * Guests that print, end, and look at what they were given.
 *
 * @module
 */
import type { Abi } from "../../../../tender/guest/guest.ts";
import { BOOT_INFO, expectFlags, say } from "../calls.ts";
import type { GuestPlan } from "../guest.ts";

/** Prints `Hello, world`, and ends well. */
export function hello(abi: Abi): GuestPlan {
  return {
    abi,
    code: (a, calls) => {
      say(a, calls, "Hello, world\n");
      calls.exit(0);
    },
  };
}

/** Ends with a status. */
export function exits(abi: Abi, status: number): GuestPlan {
  return { abi, code: (_, calls) => calls.exit(status) };
}

/** Does as solo5_abort() does: says so, and ends with 255. */
export function aborts(abi: Abi): GuestPlan {
  return {
    abi,
    code: (a, calls) => {
      say(a, calls, "solo5_abort() called\n");
      calls.exit(255);
    },
  };
}

/** Longest command line with its terminator (hvt_abi.h, spt_abi.h). */
const COMMAND_LINE_SIZE = 8192;

/**
 * Prints its command line and a line feed, and ends well. It prints a copy: of what is below the
 * guest, hvt takes nothing.
 */
export function echoesArguments(abi: Abi): GuestPlan {
  return {
    abi,
    code: (a, calls) => {
      const copy = a.space(COMMAND_LINE_SIZE);
      a.load("rsi", "r15", BOOT_INFO[abi].commandLine);
      a.mov("rdi", copy);
      a.mov("rdx", 0);
      a.label("next");
      a.load8("rax", "rsi");
      a.test("rax", "rax");
      a.jcc("e", "end");
      a.store8("rdi", 0, "rax");
      a.op("add", "rsi", 1);
      a.op("add", "rdi", 1);
      a.op("add", "rdx", 1);
      a.jmp("next");
      a.label("end");
      a.mov("rsi", copy);
      calls.puts();
      say(a, calls, "\n");
      calls.exit(0);
    },
  };
}

/** Prints `spinning`, and does nothing more for ever. */
export function spins(abi: Abi): GuestPlan {
  return {
    abi,
    code: (a, calls) => {
      say(a, calls, "spinning\n");
      a.label("for ever");
      a.pause();
      a.jmp("for ever");
    },
  };
}

/** Bytes of a line of {@linkcode floods}. */
export const FLOOD_LINE = 4096;

/** Prints `count` lines of 4096 bytes, and ends well. */
export function floods(abi: Abi, count: number): GuestPlan {
  return {
    abi,
    code: (a, calls) => {
      const line = a.data("x".repeat(FLOOD_LINE - 1) + "\n");
      a.mov("rbx", count);
      a.label("again");
      a.mov("rsi", line);
      a.mov("rdx", FLOOD_LINE);
      calls.puts();
      a.op("sub", "rbx", 1);
      a.jcc("ne", "again");
      calls.exit(0);
    },
  };
}

/**
 * Looks at its boot info and its memory, and ends well, or with:
 * 1 – the stack is not at the end of the memory; 2 – the kernel does not end at a page behind its
 * zeros; 3 – its zeros are not zero; 4 – its data is not as it was; 5, 6 – the first or last bytes
 * of the heap are not zero; 7 – the manifest is not of this version; 8 – the manifest has not one entry.
 */
export function examines(abi: Abi): GuestPlan {
  const at = BOOT_INFO[abi];
  return {
    abi,
    code: (a, calls) => {
      const expect = (status: number) => expectFlags(a, calls, "e", status);
      const data = a.data("ABCDEFGH");
      const zeros = a.space(4096, "zeros");
      const last = a.space(8, "last");
      a.load("rbx", "r15", at.memorySize);
      a.lea("rax", "rsp", 8);
      a.op("cmp", "rax", "rbx");
      expect(1);
      a.load("r12", "r15", at.kernelEnd);
      a.mov("rax", last, 8 + 4095);
      a.op("and", "rax", -4096);
      a.op("cmp", "rax", "r12");
      expect(2);
      for (const label of [zeros, last]) {
        a.mov("rsi", label);
        a.load("rax", "rsi");
        a.test("rax", "rax");
        expect(3);
        a.store("rsi", 0, "rsi");
      }
      a.mov("rsi", data);
      a.load("rax", "rsi");
      a.mov("rcx", 0x4847464544434241n);
      a.op("cmp", "rax", "rcx");
      expect(4);
      a.copy("rsi", "r12");
      a.load("rax", "rsi");
      a.test("rax", "rax");
      expect(5);
      a.store("rsi", 0, "rsi");
      a.load("rax", "rbx", -4096);
      a.test("rax", "rax");
      expect(6);
      a.store("rbx", -4096, "rbx");
      a.store("rbx", -8, "rbx");
      a.load("rsi", "r15", at.manifest);
      a.load32("rax", "rsi");
      a.op("cmp", "rax", 1);
      expect(7);
      a.load32("rax", "rsi", 4);
      a.op("cmp", "rax", 1);
      expect(8);
      calls.exit(0);
    },
  };
}

/**
 * Has so many bytes of zeros, and ends well. A tender must refuse it when it gives a guest no more
 * memory than that.
 */
export function needsMemory(abi: Abi, size: number): GuestPlan {
  return {
    abi,
    code: (a, calls) => {
      a.space(size);
      calls.exit(0);
    },
  };
}

/** A day in 2020, ns since 1970. */
const YEAR_2020 = 1_577_836_800_000_000_000n;

/**
 * Waits for `ns`, and ends well, or with: 1 – it did not wait so long; 2 – a device was ready, and
 * there is none; 3 – the time of day is before 2020; 4 – that time went back.
 */
export function waits(abi: Abi, ns: number): GuestPlan {
  return {
    abi,
    code: (a, calls) => {
      calls.wall();
      a.copy("r13", "rax");
      a.mov("rcx", YEAR_2020);
      a.op("cmp", "rax", "rcx");
      expectFlags(a, calls, "ae", 3);
      calls.monotonic();
      a.copy("rbx", "rax");
      a.mov("rax", ns);
      calls.yield();
      a.test("rax", "rax");
      expectFlags(a, calls, "e", 2);
      calls.monotonic();
      a.op("sub", "rax", "rbx");
      // hvt's clock is the processor's, and not to the nanosecond as fast as the tender's.
      a.mov("rcx", ns - Math.floor(ns / 64));
      a.op("cmp", "rax", "rcx");
      expectFlags(a, calls, "ae", 1);
      calls.wall();
      a.op("cmp", "rax", "r13");
      expectFlags(a, calls, "ae", 4);
      say(a, calls, "waited\n");
      calls.exit(0);
    },
  };
}
