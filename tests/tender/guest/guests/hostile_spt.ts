/**
 * spt guests that make system calls which they may not make. Each prints `before`, makes one, and
 * when it lives on prints `after` and ends with 1.
 *
 * @module
 */
import type { Assembler } from "../assembler.ts";
import { BOOT_INFO, say } from "../calls.ts";
import type { GuestPlan } from "../guest.ts";
import { SptCalls, Syscall } from "../spt_calls.ts";

/** Sets the arguments and makes the call. */
type Attempt = (a: Assembler, calls: SptCalls) => void;

/** A call with numbers or labels as its arguments. */
function call(number: number, ...values: (number | bigint)[]): Attempt {
  return (a, calls) => {
    for (const [i, value] of values.entries()) a.mov(ARGUMENTS[i], value);
    calls.system(number);
  };
}

const ARGUMENTS = ["rdi", "rsi", "rdx", "r10", "r8", "r9"] as const;
const X32 = 2 ** 30;
const CLOCK_PROCESS_CPUTIME_ID = 2;
const ARCH_SET_GS = 0x1001;
const ARCH_GET_FS = 0x1003;
const [EPOLL_FD, TIMER_FD] = [32, 36];

const FORBIDDEN = {
  "getpid": call(Syscall.GETPID),
  "execve": call(59, 0, 0, 0),
  "open": call(2, 0, 0, 0),
  "socket": call(41, 2, 1, 0),
  "mmap": call(9, 0, 4096, 7, 34, -1, 0),
  "mprotect": call(10, 0x100000, 4096, 7),
  "kill": call(62, 0, 0), // signal 0, should it be let through
  "ptrace": call(101, 0, 0, 0, 0),
  "rt_sigreturn": call(15),
  "a number that is none": call(0x7fff),
  "a negative number": call(-1),
  "write to standard error": call(Syscall.WRITE, 2, 0x100000, 0),
  // The kernel takes the lower half of a descriptor; a filter that looks there only lets this pass.
  "write to a descriptor of 64 bits": call(Syscall.WRITE, 2n ** 32n + 1n, 0x100000, 0),
  "read from standard input": call(Syscall.READ, 0, 0x100000, 0),
  "read from standard output": call(Syscall.READ, 1, 0x100000, 0),
  "pread64 without a device": call(Syscall.PREAD64, 0, 0x100000, 512, 0),
  "clock of the process": call(Syscall.CLOCK_GETTIME, CLOCK_PROCESS_CPUTIME_ID, 0),
  "arch_prctl ARCH_SET_GS": call(Syscall.ARCH_PRCTL, ARCH_SET_GS, 0),
  "arch_prctl ARCH_GET_FS": call(Syscall.ARCH_PRCTL, ARCH_GET_FS, 0),
  "epoll_pwait on another descriptor": (a, calls) => {
    a.load32("rdi", "r15", TIMER_FD);
    calls.system(Syscall.EPOLL_PWAIT);
  },
  "timerfd_settime on another descriptor": (a, calls) => {
    a.load32("rdi", "r15", EPOLL_FD);
    calls.system(Syscall.TIMERFD_SETTIME);
  },
  "epoll_ctl": (a, calls) => {
    a.load32("rdi", "r15", EPOLL_FD);
    a.mov("rsi", 1);
    a.mov("rdx", 0);
    a.mov("r10", 0);
    calls.system(233);
  },
  "write as of x32": call(X32 + Syscall.WRITE, 1, 0x100000, 0),
  "int 0x80": (a) => {
    a.mov("rax", 20); // getpid of i386
    a.raw(0xcd, 0x80);
  },
} satisfies Record<string, Attempt>;

/** A system call that an spt guest may not make. */
export type ForbiddenCall = keyof typeof FORBIDDEN;

/** All that are tried. */
export const FORBIDDEN_CALLS = Object.keys(FORBIDDEN) as ForbiddenCall[];

/** See the module's description; the guest must die of SIGSYS. */
export function forbids(name: ForbiddenCall): GuestPlan {
  const attempt: Attempt = FORBIDDEN[name];
  return {
    abi: "spt",
    code: (a, calls) => {
      say(a, calls, "before\n");
      attempt(a, new SptCalls(a));
      say(a, calls, "after\n");
      calls.exit(1);
    },
  };
}

/**
 * Sets FS to an address of its own, as guests do for thread-local storage, which is allowed; ends
 * well when FS is there, with 1 when not.
 */
export function setsFs(): GuestPlan {
  const ARCH_SET_FS = 0x1002;
  return {
    abi: "spt",
    code: (a, calls) => {
      const storage = a.data(Uint8Array.of(0x5a, 0, 0, 0, 0, 0, 0, 0));
      a.mov("rdi", ARCH_SET_FS);
      a.mov("rsi", storage);
      new SptCalls(a).system(Syscall.ARCH_PRCTL);
      a.raw(0x64, 0x48, 0x8b, 0x04, 0x25, 0, 0, 0, 0); // mov rax, fs:[0]
      a.op("cmp", "rax", 0x5a);
      a.jcc("e", "good");
      calls.exit(1);
      a.label("good");
      calls.exit(0);
    },
  };
}

/** Prints from where it may not read; the kernel says EFAULT. Ends well when it does, with 1 when not. */
export function printsElsewhere(): GuestPlan {
  return {
    abi: "spt",
    code: (a, calls) => {
      const EFAULT = 14;
      a.load("rsi", "r15", BOOT_INFO.spt.memorySize);
      a.mov("rdx", 16);
      calls.puts();
      a.op("cmp", "rax", -EFAULT);
      a.jcc("e", "good");
      calls.exit(1);
      a.label("good");
      calls.exit(0);
    },
  };
}
