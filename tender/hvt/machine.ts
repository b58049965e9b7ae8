/**
 * The machine that an hvt guest runs on: memory and one processor, by KVM.
 *
 * @module
 */

import { Errno, ErrnoError } from "../../ffi/errno.ts";
import { Kvm } from "../../ffi/kvm.ts";
import { mapMemory } from "../../ffi/mapping.ts";
import { TenderError } from "../error.ts";
import { type EntryState, generalRegisters, knowsNoExecute, specialRegisters } from "./cpu.ts";
import type { Vcpu } from "./loop.ts";

/** What a guest has to know of its machine. */
export interface MachineFacts {
  /** How fast its clock counts, in Hz. */
  readonly cycleFrequency: bigint;
  /** Whether the processor knows pages that cannot be executed. */
  readonly noExecute: boolean;
}

/** Fills the memory, all zero, before the machine gets it; gives where the guest begins. */
export type Load = (memory: Uint8Array<ArrayBuffer>, facts: MachineFacts) => EntryState;

/** A machine that is ready. */
export interface Machine {
  /** Its processor. */
  readonly vcpu: Vcpu;
  /** The descriptor that running it takes. */
  readonly fd: number;
  /** Its memory, from guest-physical address 0 on. */
  readonly memory: Uint8Array<ArrayBuffer>;
  /** Whether a signal interrupts the processor while this thread blocks that signal. */
  readonly isInterruptible: boolean;
}

/** Makes machines; whatever needs files has been opened. */
export interface MachineMaker {
  /**
   * Makes one.
   *
   * @param memorySize bytes, a multiple of 2^20
   * @param load fills the memory
   * @throws {TenderError | ErrnoError} when there can be no such machine
   */
  make(memorySize: number, load: Load): Machine;
}

/** What to do when /dev/kvm cannot be opened, by the reason. */
const REMEDIES: ReadonlyMap<number, string> = new Map([
  [Errno.ENOENT, "load the module kvm_intel or kvm_amd"],
  [Errno.ENXIO, "load the module kvm_intel or kvm_amd"],
  [Errno.ENODEV, "load the module kvm_intel or kvm_amd"],
  [Errno.EACCES, "become a member of the group that /dev/kvm is of"],
  [Errno.EPERM, "let this container use /dev/kvm"],
]);

/**
 * Opens KVM.
 *
 * @throws {TenderError} when there is none, with what to do
 */
export function openKvm(): MachineMaker {
  try {
    const kvm = new Kvm();
    return { make: (memorySize, load) => makeMachine(kvm, memorySize, load) };
  } catch (error) {
    if (!(error instanceof ErrnoError)) throw error;
    const remedy = REMEDIES.get(error.code);
    const advice = remedy === undefined ? "" : `: ${remedy}, or run the guest's build for spt`;
    throw new TenderError(`Cannot run the guest without KVM: ${error.message}${advice}`);
  }
}

function makeMachine(kvm: Kvm, memorySize: number, load: Load): Machine {
  const machine = kvm.createMachine();
  const vcpu = machine.createVcpu();
  const cpuid = kvm.supportedCpuid();
  vcpu.setCpuid(cpuid);
  if (!kvm.knowsTscFrequency()) {
    throw new TenderError("Cannot run the guest: KVM does not know how fast its clock counts");
  }
  const facts = {
    cycleFrequency: BigInt(vcpu.tscFrequency()) * 1000n,
    noExecute: knowsNoExecute(cpuid),
  };
  const memory = mapMemory(memorySize);
  const state = load(memory.bytes, facts);
  machine.setMemory(memory);
  vcpu.setSpecialRegisters(specialRegisters(facts.noExecute));
  vcpu.setGeneralRegisters(generalRegisters(state));
  let isInterruptible = true;
  try {
    vcpu.letSignalsInterrupt();
  } catch (error) {
    if (!(error instanceof ErrnoError)) throw error;
    isInterruptible = false;
  }
  return { vcpu, fd: vcpu.fd, memory: memory.bytes, isInterruptible };
}
