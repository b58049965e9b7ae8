/**
 * The system calls of the tender while an hvt guest runs: those that hypercalls take, and those that
 * V8 takes without a compiler and without threads. The same ones of V8 are in the calf's list.
 *
 * @module
 */

import { KVM_RUN } from "../../ffi/kvm.ts";
import type { SeccompCondition, SeccompRule } from "../../ffi/seccomp.ts";
import type { Device } from "../devices.ts";

const STDOUT = 1;
const STDERR = 2;
/** The upper half of a register that holds a C `int` is undefined. */
const INT = 0xffff_ffffn;

// asm-generic/mman-common.h
const PROT_READ_WRITE = 0x3n;
const PROT_EXEC = 0x4n;
const MAP_KIND = 0x23n; // MAP_SHARED, MAP_PRIVATE, MAP_ANONYMOUS
const MAP_PRIVATE_ANONYMOUS = 0x22n;
const MADV_DONTNEED = 4n;
const MADV_DONTFORK = 10n;

/** The descriptors of a tender. */
export interface TenderDescriptors {
  /** The virtual processor. */
  readonly vcpu: number;
  /** Where signals are read from; null = nowhere. */
  readonly signals: number | null;
  /** The guest's devices. */
  readonly devices: readonly Device[];
}

function int(arg: number, value: bigint | number): SeccompCondition {
  return { arg, op: "masked_eq", mask: INT, value: BigInt(value) };
}

/**
 * All that the tender may do; anything else ends it with SIGSYS.
 *
 * @param descriptors what it has
 */
export function tenderRules({ vcpu, signals, devices }: TenderDescriptors): SeccompRule[] {
  const nets = devices.filter(({ type }) => type === "net").length;
  return [
    {
      syscall: "ioctl",
      conditions: [int(0, vcpu), int(1, KVM_RUN), { arg: 2, op: "eq", value: 0n }],
      reason: "runs the guest (KVM_RUN)",
    },
    {
      syscall: "ppoll",
      conditions: [{ arg: 1, op: "le", value: BigInt(Math.max(2, nets + 1)) }],
      reason: "waits for a frame, the console, a signal",
    },
    { syscall: "write", conditions: [int(0, STDOUT)], reason: "the console" },
    { syscall: "write", conditions: [int(0, STDERR)], reason: "how the guest has ended" },
    ...(signals === null
      ? []
      : [{ syscall: "read", conditions: [int(0, signals)], reason: "which signal has come" }]),
    ...devices.flatMap(deviceRules),
    {
      syscall: "clock_gettime",
      conditions: [{ arg: 0, op: "masked_eq", mask: 0xffff_fff8n, value: 0n }],
      reason: "CPU time for V8, and the time of day where the vDSO cannot read it; clocks 0 to 7",
    },
    ...V8_RULES,
    { syscall: "exit_group", reason: "the end" },
  ];
}

function deviceRules(device: Device): SeccompRule[] {
  const { index, fd } = device;
  if (device.type === "net") {
    return [
      { syscall: "read", conditions: [int(0, fd)], reason: `a frame from device ${index}` },
      { syscall: "write", conditions: [int(0, fd)], reason: `a frame to device ${index}` },
    ];
  }
  const conditions: SeccompCondition[] = [
    int(0, fd),
    { arg: 3, op: "le", value: device.capacity - 1n },
  ];
  return [
    { syscall: "pread64", conditions, reason: `reads device ${index}, inside of it` },
    { syscall: "pwrite64", conditions, reason: `writes to device ${index}, inside of it` },
  ];
}

const V8_RULES: readonly SeccompRule[] = [
  {
    syscall: "mmap",
    conditions: [
      { arg: 2, op: "masked_eq", mask: PROT_EXEC, value: 0n },
      { arg: 3, op: "masked_eq", mask: MAP_KIND, value: MAP_PRIVATE_ANONYMOUS },
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
  ...[MADV_DONTNEED, MADV_DONTFORK].map((advice) => ({
    syscall: "madvise",
    conditions: [int(2, advice)],
    reason: advice === MADV_DONTNEED
      ? "the garbage collector gives pages back"
      : "V8 marks every new region of its heap",
  })),
  { syscall: "brk", reason: "malloc of glibc" },
  { syscall: "getrandom", reason: "seeds of V8's hash tables" },
  { syscall: "getpid", reason: "V8 names itself in what it reports about garbage collection" },
  { syscall: "gettid", reason: "V8 asserts that it is on its own thread" },
];
