/**
 * A guest's calls as system calls of Linux on the descriptors that an spt tender gave it.
 *
 * @module
 */
import type { Assembler } from "./assembler.ts";
import { BOOT_INFO, type Buffer, type Calls } from "./calls.ts";

/** System calls of x86-64 that a guest makes. */
export const Syscall = {
  ...{ READ: 0, WRITE: 1, PREAD64: 17, PWRITE64: 18, GETPID: 39, ARCH_PRCTL: 158 },
  ...{ CLOCK_GETTIME: 228, EXIT_GROUP: 231, EPOLL_PWAIT: 281, TIMERFD_SETTIME: 286 },
} as const;

const EPOLL_FD = 32;
const TIMER_FD = 36;
/** Where the descriptor is in an entry of the manifest. */
const HOST_FD = 88;
const CLOCK_REALTIME = 0;
const CLOCK_MONOTONIC = 1;
const TFD_TIMER_ABSTIME = 1;
/** Data of the event of the timer. */
const TIMER_EVENT = 0xfffffffe;
const MOST_EVENTS = 64;
const EVENT_SIZE = 12;

/** See the module's description. */
export class SptCalls implements Calls {
  readonly #a: Assembler;

  /** Writes calls with `a`. */
  constructor(a: Assembler) {
    this.#a = a;
  }

  /** `RAX = system call`; its arguments are in their registers. */
  system(number: number): void {
    this.#a.mov("rax", number);
    this.#a.syscall();
  }

  /** RDI = the descriptor of a device. */
  hostFd(handle: number): void {
    this.#a.load("rdi", "r15", BOOT_INFO.spt.manifest);
    this.#a.load32("rdi", "rdi", 8 + 104 * handle + HOST_FD);
  }

  puts(): void {
    this.#a.mov("rdi", 1);
    this.system(Syscall.WRITE);
  }

  exit(status: number): void {
    this.#a.mov("rdi", status);
    this.system(Syscall.EXIT_GROUP);
  }

  monotonic(): void {
    this.#clock(CLOCK_MONOTONIC);
  }

  wall(): void {
    this.#clock(CLOCK_REALTIME);
  }

  #clock(clock: number): void {
    const a = this.#a;
    const timespec = a.space(16);
    a.mov("rdi", clock);
    a.mov("rsi", timespec);
    this.system(Syscall.CLOCK_GETTIME);
    a.mov("rsi", timespec);
    a.load("rax", "rsi");
    a.mov("rcx", 1_000_000_000);
    a.mul("rcx");
    a.mov("rsi", timespec);
    a.load("rcx", "rsi", 8);
    a.op("add", "rax", "rcx");
  }

  yield(): void {
    const a = this.#a;
    const [timer, events] = [a.space(32), a.space(MOST_EVENTS * EVENT_SIZE)];
    const [next, skip, end] = [a.unique("next"), a.unique("skip"), a.unique("end")];
    a.push("rax");
    this.monotonic();
    a.pop("rcx");
    a.op("add", "rax", "rcx");
    a.op("xor", "rdx", "rdx");
    a.mov("rcx", 1_000_000_000);
    a.div("rcx");
    a.mov("r8", timer);
    a.store("r8", 16, "rax");
    a.store("r8", 24, "rdx");
    a.load32("rdi", "r15", TIMER_FD);
    a.mov("rsi", TFD_TIMER_ABSTIME);
    a.copy("rdx", "r8");
    a.mov("r10", 0);
    this.system(Syscall.TIMERFD_SETTIME);
    a.load32("rdi", "r15", EPOLL_FD);
    a.mov("rsi", events);
    a.mov("rdx", MOST_EVENTS);
    a.mov("r10", -1);
    a.mov("r8", 0);
    a.mov("r9", 0);
    this.system(Syscall.EPOLL_PWAIT);
    a.copy("rcx", "rax");
    a.mov("rsi", events);
    a.mov("r8", TIMER_EVENT);
    a.mov("rax", 0);
    a.label(next);
    a.op("cmp", "rcx", 1);
    a.jcc("l", end);
    a.load("rdx", "rsi", 4);
    a.op("cmp", "rdx", "r8");
    a.jcc("e", skip);
    a.bts("rax", "rdx");
    a.label(skip);
    a.op("add", "rsi", EVENT_SIZE);
    a.op("sub", "rcx", 1);
    a.jmp(next);
    a.label(end);
  }

  netRead(handle: number, { label, size }: Buffer): void {
    this.hostFd(handle);
    this.#a.mov("rsi", label);
    this.#a.mov("rdx", size);
    this.system(Syscall.READ);
  }

  netWrite(handle: number, { label }: Buffer): void {
    const a = this.#a;
    this.hostFd(handle);
    a.mov("rsi", label);
    a.push("rdx");
    this.system(Syscall.WRITE);
    a.pop("rdx");
    a.op("sub", "rax", "rdx");
  }

  block(action: "read" | "write", handle: number, { label, size }: Buffer): void {
    const a = this.#a;
    a.copy("r10", "rdx");
    this.hostFd(handle);
    a.mov("rsi", label);
    a.mov("rdx", size);
    this.system(action === "read" ? Syscall.PREAD64 : Syscall.PWRITE64);
    a.op("sub", "rax", size);
  }
}
