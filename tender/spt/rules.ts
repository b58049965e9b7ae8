/**
 * The system calls of an spt guest.
 *
 * @module
 */

import type { SeccompCondition, SeccompRule } from "../../ffi/seccomp.ts";
import type { Device } from "../devices.ts";

const STDOUT = 1;
const CLOCK_REALTIME = 0n; // linux/time.h
const CLOCK_MONOTONIC = 1n; // linux/time.h
const ARCH_SET_FS = 0x1002n; // asm/prctl.h

/** The descriptors of a guest. */
export interface GuestDescriptors {
  /** What it waits with: the network devices and the timer. */
  readonly epoll: number;
  /** When it wakes up. */
  readonly timer: number;
  /** Its devices. */
  readonly devices: readonly Device[];
}

/** The whole register: what the kernel would not look at must be zero. */
function equal(arg: number, value: bigint): SeccompCondition {
  return { arg, op: "eq", value };
}

function fd(number: number): SeccompCondition {
  return equal(0, BigInt(number));
}

/**
 * All that a guest may do; anything else ends it with SIGSYS.
 *
 * @param descriptors what it has
 */
export function guestRules({ epoll, timer, devices }: GuestDescriptors): SeccompRule[] {
  return [
    { syscall: "write", conditions: [fd(STDOUT)], reason: "the console" },
    { syscall: "exit_group", reason: "the end" },
    {
      syscall: "epoll_pwait",
      conditions: [fd(epoll), equal(4, 0n)],
      reason: "waits for a frame or the timer; blocks no signal meanwhile",
    },
    { syscall: "timerfd_settime", conditions: [fd(timer)], reason: "how long it waits" },
    ...[CLOCK_REALTIME, CLOCK_MONOTONIC].map((clock) => ({
      syscall: "clock_gettime",
      conditions: [equal(0, clock)],
      reason: clock === CLOCK_REALTIME ? "the time of day" : "the time since boot",
    })),
    {
      syscall: "arch_prctl",
      conditions: [equal(0, ARCH_SET_FS)],
      reason: "thread-local variables",
    },
    ...devices.flatMap(deviceRules),
  ];
}

function deviceRules(device: Device): SeccompRule[] {
  const { index } = device;
  if (device.type === "net") {
    return [
      { syscall: "read", conditions: [fd(device.fd)], reason: `a frame from device ${index}` },
      { syscall: "write", conditions: [fd(device.fd)], reason: `a frame to device ${index}` },
    ];
  }
  const { capacity, sectorSize } = device;
  const conditions: SeccompCondition[] = [
    fd(device.fd),
    equal(2, BigInt(sectorSize)),
    { arg: 3, op: "le", value: capacity - BigInt(sectorSize) },
  ];
  return [
    { syscall: "pread64", conditions, reason: `one sector from device ${index}, inside of it` },
    { syscall: "pwrite64", conditions, reason: `one sector to device ${index}, inside of it` },
  ];
}
