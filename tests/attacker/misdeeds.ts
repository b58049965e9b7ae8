/**
 * What a calf does that is broken rather than clever: it hangs, ends, takes memory or descriptors.
 *
 * @module
 */

import { CTL_FD, NET_FD } from "../../calf/host/seccomp_list.ts";
import { type Attack, call } from "./attacks.ts";

// Above 64 bytes a buffer does not move, so that its address may be kept.
const area = new Uint8Array(8192);
const zeros = BigInt(Deno.UnsafePointer.value(Deno.UnsafePointer.of(area)));
/** Two struct pollfd { int fd; short events, revents; }: the net channel, and nothing. */
const netOnly = zeros + 4096n;
const polled = new DataView(area.buffer, 4096);
polled.setInt32(0, NET_FD, true);
polled.setInt16(4, 1, true); // POLLIN
polled.setInt32(8, -1, true);
/** A frame's room. */
const room = zeros + 4608n;

/** A function that reads where it is told to; loaded before the confinement. */
const { strlen } = Deno.dlopen("libc.so.6", {
  strlen: { parameters: ["u64"], result: "usize" },
}).symbols;

/** Waits, for ever if need be, for events that nobody has asked for. */
function sleep(): string {
  for (;;) call(271, zeros, 2, 0, 0, 0);
}

/** Goes on taking frames, and leaves what priv says where it is. */
function ignorePriv(): string {
  for (;;) {
    call(271, netOnly, 2, 0, 0, 0);
    call(45, NET_FD, room, 2048, 0, 0, 0);
  }
}

function overflow(depth: number): number {
  return 1 + overflow(depth + 1);
}

const MIB = 1 << 20;

/** Takes memory piece by piece until there is none; says how many MiB there were. */
function takeAll(take: (n: number) => unknown, mibEach: number): string {
  const taken: unknown[] = [];
  try {
    for (let n = 0; n < 100_000; n++) taken.push(take(n));
  } catch (error) {
    const name = error instanceof Error ? error.name : String(error);
    return `${name} after ${taken.length * mibEach} MiB`;
  }
  return `${taken.length * mibEach} MiB`;
}

/** Takes memory by system calls until one fails; `take` gives its address, or −1. */
function takeBySystemCall(take: (n: number) => bigint): string {
  for (let n = 0; n < 100_000; n++) {
    const piece = take(n);
    if (piece === -1n) return `refused after ${n * 4} MiB`;
    call(318, piece, 4 * MIB, 0); // getrandom: it is there now, and not only promised
  }
  return "taken";
}

let sink = "";

/** Exit codes: all of sysexits.h that we use, what shells make of signals, and others. */
export const EXIT_CODES: readonly number[] = [0, 1, 2, 64, 69, 70, 75, 77, 78, 126, 137, 139, 255];

/** By name. Numbers are those of x86-64 (asm/unistd_64.h). */
export const MISDEEDS: Readonly<Record<string, Attack>> = {
  // It hangs.
  "spin": () => {
    for (;;);
  },
  "sleep": sleep,
  "ignore-priv": ignorePriv,
  // It ends.
  ...Object.fromEntries(EXIT_CODES.map((code): [string, Attack] => [
    `exit-${code}`,
    () => call(231, code),
  ])),
  "throw": () => {
    throw new MisdeedError("thrown by a service");
  },
  "overflow-the-stack": () => {
    try {
      return String(overflow(0));
    } catch (error) {
      throw new MisdeedError(String(error));
    }
  },
  "read-from-nowhere": () => String(strlen(8n)),
  "end-a-channel": () => call(44, CTL_FD, zeros, 0, 0, 0, 0),
  // It takes all memory that it can get.
  "take-memory-as-objects": () =>
    takeAll((n) => Array.from({ length: 10_000 }, (_, i) => ({ n, i })), 0.5),
  "take-memory-as-strings": () =>
    takeAll((n) => {
      const text = String.fromCharCode(65 + n % 26).repeat(MIB) + n;
      sink = text.slice(1).toLowerCase(); // flat, not only promised
      return sink;
    }, 1),
  "take-memory-as-typed-arrays": () => takeAll(() => new Uint8Array(MIB).fill(1), 1),
  "take-memory-as-one-array": () =>
    takeAll((n) => new Uint8Array(MIB * 2 ** Math.min(n, 12)).fill(1), 1),
  "take-memory-by-mmap": () => takeBySystemCall(() => BigInt(call(9, 0, 4 * MIB, 3, 0x22, -1, 0))),
  "take-memory-by-brk": () => {
    const begin = BigInt(call(12, 0));
    return takeBySystemCall((n) => {
      const end = begin + BigInt((n + 1) * 4 * MIB);
      return BigInt(call(12, end)) === end ? end - BigInt(4 * MIB) : -1n;
    });
  },
  // It tries to get a descriptor; attacks.ts has the most usual ways.
  "dup2": () => call(33, 3, 5),
  "dup3": () => call(292, 3, 5, 0),
  "socketpair": () => call(53, 1, 5, 0, zeros),
  "accept": () => call(43, 4, 0, 0),
  "accept4": () => call(288, 4, 0, 0, 0),
  "recvmsg": () => call(47, 4, zeros, 0),
  "recvmmsg": () => call(299, 4, zeros, 1, 0, 0),
  "epoll-create": () => call(291, 0),
  "eventfd": () => call(290, 0, 0),
  "signalfd": () => call(289, -1, zeros, 8, 0),
  "timerfd": () => call(283, 7, 0),
  "inotify": () => call(294, 0),
  "fanotify": () => call(300, 0, 0),
  "openat2": () => call(437, -100, zeros, zeros, 24),
  "open-by-handle": () => call(304, -100, zeros, 0),
  "open-tree": () => call(428, -100, zeros, 0),
  "fsopen": () => call(430, zeros, 0),
  "creat": () => call(85, zeros, 0o644),
  "memfd-secret": () => call(447, 0),
  "mq-open": () => call(240, zeros, 0o102, 0o600, 0),
  "pidfd-open": () => call(434, call(39), 0),
  "pidfd-getfd": () => call(438, 3, 0, 0),
  "landlock-ruleset": () => call(444, zeros, 16, 0),
  "shmget": () => call(29, 0, 4096, 0o1600),
  "raise-the-limit": () => call(160, 7, zeros),
  "prlimit": () => call(302, 0, 7, zeros, 0),
};

/** Misdeeds that the service must not catch. */
export class MisdeedError extends Error {}
