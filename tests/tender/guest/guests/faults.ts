/**
 * Guests that the processor must stop. Each prints `before`, does its misdeed, and when it lives on
 * prints `after` and ends with 1.
 *
 * @module
 */
import type { Abi } from "../../../../tender/guest/guest.ts";
import type { Assembler } from "../assembler.ts";
import { BOOT_INFO, say } from "../calls.ts";
import { GUEST_BASE, type GuestPlan } from "../guest.ts";

/** Signal of which a process dies that does the same. */
type FaultSignal = "SIGFPE" | "SIGILL" | "SIGSEGV";

/** A misdeed. */
interface Fault {
  signal: FaultSignal;
  commit(a: Assembler, abi: Abi): void;
}

const RET = 0xc3;

const FAULTS = {
  "divides by zero": {
    signal: "SIGFPE",
    commit: (a) => {
      a.mov("rcx", 0);
      a.mov("rdx", 0);
      a.div("rcx");
    },
  },
  "runs a bad opcode": { signal: "SIGILL", commit: (a) => a.ud2() },
  "reads behind its memory": {
    signal: "SIGSEGV",
    commit: (a, abi) => {
      a.load("rsi", "r15", BOOT_INFO[abi].memorySize);
      a.load("rax", "rsi");
    },
  },
  "reads a non-canonical address": {
    signal: "SIGSEGV",
    commit: (a) => {
      a.mov("rsi", 2n ** 63n);
      a.load("rax", "rsi");
    },
  },
  "reads the zero page": {
    signal: "SIGSEGV",
    commit: (a) => {
      a.mov("rsi", 0);
      a.load("rax", "rsi");
    },
  },
  "writes to the zero page": {
    signal: "SIGSEGV",
    commit: (a) => {
      a.mov("rsi", 8);
      a.store("rsi", 0, "rsi");
    },
  },
  "writes to its code": {
    signal: "SIGSEGV",
    commit: (a) => {
      a.label("code");
      a.mov("rsi", "code");
      a.store("rsi", 0, "rsi");
    },
  },
  "writes to what is read-only": {
    signal: "SIGSEGV",
    commit: (a) => {
      a.mov("rsi", GUEST_BASE);
      a.store("rsi", 0, "rsi");
    },
  },
  "runs what is read-only": {
    signal: "SIGSEGV",
    commit: (a) => {
      a.mov("rsi", GUEST_BASE);
      a.jmpTo("rsi");
    },
  },
  "runs its data": {
    signal: "SIGSEGV",
    commit: (a) => {
      a.mov("rsi", a.data(Uint8Array.of(RET)));
      a.mov("rax", "went there");
      a.push("rax");
      a.jmpTo("rsi");
      a.label("went there");
    },
  },
  "runs its heap": {
    signal: "SIGSEGV",
    commit: (a, abi) => {
      a.load("rsi", "r15", BOOT_INFO[abi].kernelEnd);
      a.mov("rax", RET);
      a.store8("rsi", 0, "rax");
      a.mov("rax", "went there");
      a.push("rax");
      a.jmpTo("rsi");
      a.label("went there");
    },
  },
  "runs its stack": {
    signal: "SIGSEGV",
    commit: (a) => {
      a.mov("rax", RET);
      a.push("rax");
      a.copy("rsi", "rsp");
      a.mov("rax", "went there");
      a.push("rax");
      a.jmpTo("rsi");
      a.label("went there");
    },
  },
  "halts the processor": { signal: "SIGSEGV", commit: (a) => a.hlt() },
} satisfies Record<string, Fault>;

/** What a guest can do wrong. */
export type FaultName = keyof typeof FAULTS;

/** All of it. */
export const FAULT_NAMES = Object.keys(FAULTS) as FaultName[];

/** The signal of which an spt guest dies; an hvt guest ends with 255. */
export function faultSignal(name: FaultName): FaultSignal {
  return FAULTS[name].signal;
}

/** See the module's description. */
export function faults(abi: Abi, name: FaultName): GuestPlan {
  const { commit }: Fault = FAULTS[name];
  return {
    abi,
    code: (a, calls) => {
      a.data("not code"); // each guest has data
      say(a, calls, "before\n");
      commit(a, abi);
      say(a, calls, "after\n");
      calls.exit(1);
    },
  };
}
