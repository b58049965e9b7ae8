/**
 * Runs an hvt guest on an interpreted processor, with the calls of hvt_abi.h, and strictly: whatever
 * a tender may refuse is refused. To see whether a guest does what it says, independently of what is
 * tested with it, and where there is no KVM.
 *
 * @module
 */
import { EntryField, type Guest, LOWEST_ADDRESS, readGuest } from "../../../tender/guest/guest.ts";
import { BOOT_INFO } from "./calls.ts";
import { Hypercall, PORT } from "./hvt_calls.ts";
import { type FaultReason, Processor } from "./processor.ts";

/** What a machine has. */
export interface MachineOptions {
  /** The guest's command line. */
  commandLine?: string;
  /** What is on each block device. */
  disk?: Uint8Array;
  /** Frames that come, by the handle of their device. */
  frames?: ReadonlyMap<number, readonly Uint8Array[]>;
}

/** What became of a guest. */
export interface MachineResult {
  /** Status with which it has ended, or why it was ended. */
  end: number | "refused" | "tired" | "halt" | FaultReason;
  /** What it printed. */
  printed: Uint8Array;
  /** Frames that it sent, by handle. */
  sent: ReadonlyMap<number, readonly Uint8Array[]>;
}

const MEMORY_SIZE = 4 * 2 ** 20;
const BOOT_INFO_AT = 0x10000;
const MANIFEST_AT = 0x11000;
const COMMAND_LINE_AT = 0x14000;
const CYCLE_FREQUENCY = 1_000_000_000n;
/** 2020-09-13, ns. */
const EPOCH = 1_600_000_000_000_000_000n;
const MOST_INSTRUCTIONS = 200_000;
const [EINVAL, AGAIN] = [2n, 1n];
/** Sizes of the structs, by the numbers of the hypercalls. */
const SIZES = [0, 8, 16, 24, 40, 40, 32, 32, 16];

/** The tender ends the guest. */
class Refusal extends Error {}

/** Runs a guest to its end, for a bounded number of instructions. */
export function runMachine(file: Uint8Array, options: MachineOptions = {}): MachineResult {
  return new Machine(readGuest(file), file, options).run();
}

class Machine {
  readonly #memory = new Uint8Array(MEMORY_SIZE);
  readonly #view = new DataView(this.#memory.buffer);
  readonly #guest: Guest;
  readonly #disk: Uint8Array;
  readonly #frames: Map<number, Uint8Array[]>;
  readonly #sent = new Map<number, Uint8Array[]>();
  readonly #cpu: Processor;
  readonly #printed: number[] = [];

  constructor(guest: Guest, file: Uint8Array, options: MachineOptions) {
    this.#guest = guest;
    this.#disk = options.disk ?? new Uint8Array(0);
    this.#frames = new Map([...options.frames ?? []].map(([handle, list]) => [handle, [...list]]));
    for (const { vaddr, fileOffset, fileSize } of guest.segments) {
      this.#memory.set(file.subarray(fileOffset, fileOffset + fileSize), vaddr);
    }
    this.#tell(options.commandLine ?? "");
    this.#cpu = new Processor(this.#memory, (address) => this.#permissions(address));
    this.#cpu.rip = guest.entry;
    this.#cpu.registers[4] = BigInt(MEMORY_SIZE - 8);
    this.#cpu.registers[7] = BigInt(BOOT_INFO_AT);
  }

  /** Boot info, manifest and command line. */
  #tell(commandLine: string): void {
    const { kernelEnd, manifest } = this.#guest;
    const word = (offset: number, value: bigint) =>
      this.#view.setBigUint64(BOOT_INFO_AT + offset, value, true);
    const at = BOOT_INFO.hvt;
    word(at.memorySize, BigInt(MEMORY_SIZE));
    word(at.kernelEnd, BigInt(kernelEnd));
    word(16, CYCLE_FREQUENCY);
    word(at.commandLine, BigInt(COMMAND_LINE_AT));
    word(at.manifest, BigInt(MANIFEST_AT));
    this.#memory.set(new TextEncoder().encode(commandLine), COMMAND_LINE_AT);
    this.#memory.set(manifest.bytes, MANIFEST_AT);
    for (const { index, type } of manifest.entries) {
      const entry = MANIFEST_AT + 8 + 104 * index;
      this.#view.setUint8(entry + EntryField.ATTACHED, 1);
      if (type === "net") this.#memory.set([2, 0, 0, 0, 0, index], entry + EntryField.MAC);
      else this.#view.setBigUint64(entry + EntryField.CAPACITY, BigInt(this.#disk.length), true);
    }
  }

  #permissions(address: number): number {
    if (address < BOOT_INFO_AT) return 0;
    if (address < LOWEST_ADDRESS) return 4;
    return this.#guest.segments.find(({ start, end }) => address >= start && address < end)
      ?.flags ?? 6;
  }

  run(): MachineResult {
    let end: MachineResult["end"] | null = null;
    while (end === null) {
      const exit = this.#cpu.run(MOST_INSTRUCTIONS);
      if (exit.kind === "tired" || exit.kind === "halt") end = exit.kind;
      else if (exit.kind === "fault") end = exit.reason;
      else if (exit.kind === "in" || exit.size !== 4) end = "refused";
      else end = this.#answer(exit.port - PORT, exit.value);
    }
    return { end, printed: Uint8Array.from(this.#printed), sent: this.#sent };
  }

  #answer(number: number, at: number): number | "refused" | null {
    try {
      if (!(number > 0 && number < SIZES.length)) return "refused";
      this.#check(BigInt(at), BigInt(SIZES[number]));
      return this.#hypercall(number, at);
    } catch (error) {
      if (error instanceof Refusal) return "refused";
      throw error;
    }
  }

  #check(address: bigint, size: bigint): void {
    const memory = BigInt(MEMORY_SIZE);
    if (address < LOWEST_ADDRESS || address > memory || size > memory - address) {
      throw new Refusal();
    }
  }

  #bytes(address: bigint, size: bigint): Uint8Array {
    this.#check(address, size);
    return this.#memory.subarray(Number(address), Number(address + size));
  }

  #hypercall(number: number, at: number): number | null {
    const field = (offset: number) => this.#view.getBigUint64(at + offset, true);
    const put = (offset: number, value: bigint) =>
      this.#view.setBigUint64(at + offset, value, true);
    switch (number) {
      case Hypercall.WALLTIME:
        put(0, EPOCH + this.#cpu.cycles);
        break;
      case Hypercall.PUTS:
        this.#printed.push(...this.#bytes(field(0), field(8)));
        break;
      case Hypercall.POLL: {
        let ready = 0n;
        for (const [handle, { length }] of this.#frames) {
          if (length > 0) ready |= 1n << BigInt(handle);
        }
        if (ready === 0n) this.#cpu.cycles += field(0);
        put(8, ready);
        break;
      }
      case Hypercall.BLOCK_READ:
      case Hypercall.BLOCK_WRITE:
        put(32, this.#block(number, field(0), field(8), field(16), field(24)));
        break;
      case Hypercall.NET_WRITE:
        put(24, this.#send(field(0), field(8), field(16)));
        break;
      case Hypercall.NET_READ: {
        const [status, length] = this.#receive(field(0), field(8), field(16));
        put(16, length);
        put(24, status);
        break;
      }
      case Hypercall.HALT:
        return this.#view.getInt32(at + 8, true);
    }
    return null;
  }

  #isDevice(handle: bigint, type: "block" | "net"): boolean {
    return this.#guest.manifest.entries.some((each) =>
      BigInt(each.index) === handle && each.type === type
    );
  }

  #block(number: number, handle: bigint, offset: bigint, at: bigint, size: bigint): bigint {
    if (!this.#isDevice(handle, "block")) return EINVAL;
    const bytes = this.#bytes(at, size);
    const capacity = BigInt(this.#disk.length);
    if (offset >= capacity || size > capacity - offset) return EINVAL;
    const place = this.#disk.subarray(Number(offset), Number(offset + size));
    if (number === Hypercall.BLOCK_READ) bytes.set(place);
    else place.set(bytes);
    return 0n;
  }

  #send(handle: bigint, at: bigint, size: bigint): bigint {
    if (!this.#isDevice(handle, "net")) return EINVAL;
    const sent = this.#sent.get(Number(handle)) ?? [];
    this.#sent.set(Number(handle), [...sent, this.#bytes(at, size).slice()]);
    return 0n;
  }

  #receive(handle: bigint, at: bigint, size: bigint): [status: bigint, length: bigint] {
    if (!this.#isDevice(handle, "net")) return [EINVAL, size];
    const bytes = this.#bytes(at, size);
    const frame = this.#frames.get(Number(handle))?.shift();
    if (frame === undefined) return [AGAIN, size];
    bytes.set(frame.subarray(0, bytes.length));
    return [0n, BigInt(Math.min(frame.length, bytes.length))];
  }
}
