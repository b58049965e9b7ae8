/**
 * The system calls of a calf that runs in V8, one entry with its reason each. Everything else ends
 * the process. It holds for a program compiled with `--single-threaded` and `--jitless`: with V8's
 * worker threads or its compilers the list would be longer and weaker.
 *
 * @module
 */
import type { SeccompCondition, SeccompRule } from "../../ffi/seccomp.ts";

/** Descriptor of the log channel; 2 is the same pipe. */
export const LOG_FD = 1;
/** Descriptor of the net channel: one Ethernet frame per message. */
export const NET_FD = 3;
/** Descriptor of the ctl channel: one Cap'n Proto message per message. */
export const CTL_FD = 4;

/** The upper half of a register that holds a C `int` is undefined. */
const INT = 0xffff_ffffn;

// asm-generic/mman-common.h
const PROT_READ_WRITE = 0x3n;
const PROT_EXEC = 0x4n;
const MAP_SHARED = 0x01n;
const MAP_PRIVATE = 0x02n;
const MAP_ANONYMOUS = 0x20n;
const MADV_DONTNEED = 4n;
const MADV_DONTFORK = 10n;

/** Argument `arg`, an `int`, is `value`. */
function int(arg: number, value: bigint): SeccompCondition {
  return { arg, op: "masked_eq", mask: INT, value };
}

function message(syscall: string, fd: number, reason: string): SeccompRule {
  // fd, flags and address: no flag such as MSG_OOB, no destination, nobody's address.
  const conditions: SeccompCondition[] = [int(0, BigInt(fd)), int(3, 0n), {
    arg: 4,
    op: "eq",
    value: 0n,
  }];
  return { syscall, conditions, reason };
}

/** What a calf may call, in the order of how much it is needed. */
export const CALF_SECCOMP_RULES: readonly SeccompRule[] = [
  {
    syscall: "ppoll",
    conditions: [{ arg: 1, op: "eq", value: 2n }],
    reason: "waits for the net and the ctl channel: its only blocking call",
  },
  message("recvfrom", NET_FD, "takes a frame"),
  message("recvfrom", CTL_FD, "takes an answer from priv"),
  message("sendto", NET_FD, "sends a frame, which priv's socket filter checks"),
  message("sendto", CTL_FD, "sends a request, which priv checks"),
  { syscall: "write", conditions: [int(0, 1n)], reason: "log channel" },
  {
    syscall: "write",
    conditions: [int(0, 2n)],
    reason: "log channel: last words of V8 and of Deno's panic handler",
  },
  {
    syscall: "clock_gettime",
    conditions: [{ arg: 0, op: "masked_eq", mask: 0xffff_fff8n, value: 0n }],
    reason: "CPU time for V8, and every clock where the vDSO cannot read the time; " +
      "clocks 0 to 7 only, because negative ones name other processes",
  },
  {
    syscall: "mmap",
    conditions: [
      { arg: 2, op: "masked_eq", mask: PROT_EXEC, value: 0n },
      {
        arg: 3,
        op: "masked_eq",
        mask: MAP_SHARED | MAP_PRIVATE | MAP_ANONYMOUS,
        value: MAP_PRIVATE | MAP_ANONYMOUS,
      },
      int(4, INT),
    ],
    reason: "V8's heap grows: private memory, never executable, never of a file",
  },
  {
    syscall: "mprotect",
    conditions: [{ arg: 2, op: "masked_eq", mask: INT & ~PROT_READ_WRITE, value: 0n }],
    reason: "V8 opens and closes the memory it has reserved; never executable",
  },
  { syscall: "munmap", reason: "V8's heap shrinks" },
  {
    syscall: "madvise",
    conditions: [int(2, MADV_DONTNEED)],
    reason: "the garbage collector gives pages back",
  },
  {
    syscall: "madvise",
    conditions: [int(2, MADV_DONTFORK)],
    reason: "V8 marks every new region of its heap",
  },
  { syscall: "brk", reason: "malloc of glibc" },
  { syscall: "getrandom", reason: "seeds of V8's hash tables" },
  { syscall: "getpid", reason: "V8 names itself in what it reports about garbage collection" },
  { syscall: "gettid", reason: "V8 asserts that it is on its own thread" },
  { syscall: "exit_group", reason: "the end" },
];
