/**
 * Runs a guest by the tender for hvt, with an interpreted processor in place of KVM: it begins as the
 * tender says, finds its pages by the tender's page tables, and its hypercalls are answered by the
 * tender.
 *
 * @module
 */
import type { VcpuExit } from "../../../ffi/kvm_run.ts";
import type { Device } from "../../../tender/devices.ts";
import { attachedManifest } from "../../../tender/devices.ts";
import { readGuest } from "../../../tender/guest/guest.ts";
import { type EntryState, generalRegisters, specialRegisters } from "../../../tender/hvt/cpu.ts";
import { Host } from "../../../tender/hvt/host.ts";
import { Hypercalls } from "../../../tender/hvt/hypercalls.ts";
import { loadGuest } from "../../../tender/hvt/load.ts";
import { type GuestEnd, runGuestLoop } from "../../../tender/hvt/loop.ts";
import { GuestMemory } from "../../../tender/hvt/memory.ts";
import { walkPages } from "./page_walk.ts";
import { Processor } from "./processor.ts";

/** What a guest is run with. */
export interface HvtMachineOptions {
  /** Its arguments. */
  args?: readonly string[];
  /** Its memory in MB; 4 unless told. */
  memory?: number;
  /** Its devices. */
  devices?: readonly Device[];
  /** Where it prints. */
  console: number;
  /** A signalfd, or null. */
  signals?: number | null;
  /** Exits that come before the guest is run. */
  before?: VcpuExit[];
  /** Called when everything is there, before the guest is run. */
  ready?: () => void;
}

/** Thrown when a guest runs for too long. */
export class TiredError extends Error {}

const MOST_INSTRUCTIONS = 100_000;
/** Of `struct kvm_regs`: RAX, RBX, RCX, RDX, RSI, RDI, RSP, RBP, R8 …; by the processor's numbers. */
const PLACES = [0, 2, 3, 1, 6, 7, 4, 5, 8, 9, 10, 11, 12, 13, 14, 15];
const [RIP, CR3_AT] = [16, 240];
/** Cycles: 1000 for each instruction, so that the clock does not stand still beside waiting. */
export const CYCLE_FREQUENCY = 1_000_000_000n;

/**
 * Runs a guest to its end.
 *
 * @throws {TiredError} after many instructions
 */
export function runHvtMachine(file: Uint8Array, options: HvtMachineOptions): GuestEnd {
  const { args = [], devices = [], console, signals = null, before = [] } = options;
  const guest = readGuest(file);
  const all = new Uint8Array((options.memory ?? 4) * 2 ** 20);
  const state = loadGuest(all, guest, file, {
    args,
    manifest: attachedManifest(guest.manifest, devices),
    cycleFrequency: CYCLE_FREQUENCY,
    noExecute: true,
  });
  const vcpu = new InterpretedVcpu(all, state);
  const host = new Host({ console, signals, devices });
  const hypercalls = new Hypercalls(new GuestMemory(all), host);
  options.ready?.();
  const exits = [...before];
  const run = (): VcpuExit => {
    const exit = exits.shift() ?? vcpu.run();
    if (exit === TIRED) throw new TiredError("the guest goes on for ever");
    return exit;
  };
  return runGuestLoop({ run }, hypercalls, () => host.interruption());
}

/** A processor that has run for long is interrupted. */
const TIRED: VcpuExit = { kind: "interrupted" };

/** The interpreted processor as one of KVM. Its clock is that of the machine, or faster. */
export class InterpretedVcpu {
  readonly #cpu: Processor;
  readonly #started = performance.now();

  /** Makes one that begins as the tender says. */
  constructor(memory: Uint8Array, state: EntryState) {
    this.#cpu = new Processor(memory, pagePermissions(memory));
    const registers = new BigUint64Array(generalRegisters(state).buffer);
    PLACES.forEach((place, i) => this.#cpu.registers[place] = registers[i]);
    this.#cpu.rip = Number(registers[RIP]);
  }

  /** Runs until the guest needs something, or for many instructions. */
  run(): VcpuExit {
    const passed = BigInt(Math.floor((performance.now() - this.#started) * 1e6));
    if (this.#cpu.cycles < passed) this.#cpu.cycles = passed;
    const exit = this.#cpu.run(MOST_INSTRUCTIONS);
    switch (exit.kind) {
      case "out":
        return { ...exit, count: 1 };
      case "in":
        return { kind: "in", port: exit.port };
      case "halt":
        return { kind: "halt" };
      case "fault":
        return { kind: "shutdown" }; // there are no handlers
      case "tired":
        return TIRED;
    }
  }
}

/** By the tender's tables, which the tender does not change while the guest runs. */
function pagePermissions(memory: Uint8Array): (address: number) => number {
  const root = Number(new DataView(specialRegisters(true).buffer).getBigUint64(CR3_AT, true));
  const known = new Map<number, number>();
  return (address) => {
    const page = Math.floor(address / 4096);
    let found = known.get(page);
    if (found === undefined) {
      found = walkPages(memory, root, address)?.permissions ?? 0;
      known.set(page, found);
    }
    return found;
  };
}
