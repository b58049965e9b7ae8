/**
 * The hypercalls of hvt guests (hvt_abi.h of Solo5): a guest writes the address of a structure to a
 * port, and the tender reads and writes that structure while the guest stands still.
 *
 * @module
 */

import { GuestFault, type GuestMemory } from "./memory.ts";

/** Port of hypercall 0; a guest writes 32 bits to this + the hypercall's number. */
export const HYPERCALL_PORT = 0x500;

/** Results of calls to devices (solo5.h). */
export const Result = { OK: 0, AGAIN: 1, INVALID: 2, UNSPECIFIED: 3 } as const;

/** What a network device can do. Neither call waits. */
export interface NetPort {
  /** Takes a frame; gives its length, what does not fit being lost, or a negative {@linkcode Result}. */
  read(buffer: Uint8Array<ArrayBuffer>): number;
  /** Sends a frame; gives a {@linkcode Result}. */
  write(frame: Uint8Array<ArrayBuffer>): number;
}

/** What a block device can do. */
export interface BlockPort {
  /** Bytes. */
  readonly capacity: bigint;
  /** Fills a buffer from an offset that is inside, with all of the buffer; gives a {@linkcode Result}. */
  read(offset: bigint, buffer: Uint8Array<ArrayBuffer>): number;
  /** Writes a buffer to an offset that is inside, with all of the buffer; gives a {@linkcode Result}. */
  write(offset: bigint, buffer: Uint8Array<ArrayBuffer>): number;
}

/** What hypercalls ask of the host. */
export interface HypercallHost {
  /** Time since 1970 in ns. */
  wallTime(): bigint;
  /** Prints; what cannot be printed is lost. */
  print(text: Uint8Array<ArrayBuffer>): void;
  /** Waits until a network device has something, or for so many ns; gives a bit for each handle. */
  wait(timeout: bigint): bigint;
  /** Network devices by handle. */
  readonly nets: ReadonlyMap<bigint, NetPort>;
  /** Block devices by handle. */
  readonly blocks: ReadonlyMap<bigint, BlockPort>;
}

/** Reads and writes one structure; gives the guest's exit status when it ends. */
type Handler = (view: DataView<ArrayBuffer>) => number | void;

/** Answers the hypercalls of one guest. */
export class Hypercalls {
  readonly #memory: GuestMemory;
  readonly #host: HypercallHost;
  /** By number; the size of the structure, and what is done with it. */
  readonly #table: readonly (readonly [size: number, handler: Handler] | null)[];

  /** Makes what answers them. */
  constructor(memory: GuestMemory, host: HypercallHost) {
    this.#memory = memory;
    this.#host = host;
    this.#table = [
      null,
      [8, (view) => this.#wallTime(view)],
      [16, (view) => this.#puts(view)],
      [24, (view) => this.#poll(view)],
      [40, (view) => this.#block(view, "write")],
      [40, (view) => this.#block(view, "read")],
      [32, (view) => this.#netWrite(view)],
      [32, (view) => this.#netRead(view)],
      [16, (view) => view.getInt32(8, true)], // HALT; the cookie at 0 is for core files only
    ];
  }

  /**
   * Answers one.
   *
   * @param port where the guest wrote to
   * @param address what it wrote
   * @returns its exit status when it has ended, else null
   * @throws {GuestFault} when there is no such hypercall, or an address is not the guest's
   */
  call(port: number, address: number): number | null {
    const entry = this.#table[port - HYPERCALL_PORT] ?? null;
    if (entry === null) throw new GuestFault(`it uses port 0x${port.toString(16)}`);
    const [size, handler] = entry;
    return handler(this.#memory.struct(BigInt(address), size)) ?? null;
  }

  /** { u64 nsecs } */
  #wallTime(view: DataView): void {
    view.setBigUint64(0, this.#host.wallTime(), true);
  }

  /** { u64 text, length } */
  #puts(view: DataView): void {
    this.#host.print(this.#pointed(view, 0));
  }

  /** { u64 timeout, ready_set; i32 ret } */
  #poll(view: DataView): void {
    const ready = this.#host.wait(view.getBigUint64(0, true));
    view.setBigUint64(8, ready, true);
    view.setInt32(16, ready === 0n ? 0 : 1, true);
  }

  /** { u64 handle, offset, data, length; i32 ret } */
  #block(view: DataView, action: "read" | "write"): void {
    view.setInt32(32, this.#blockResult(view, action), true);
  }

  #blockResult(view: DataView, action: "read" | "write"): number {
    const port = this.#host.blocks.get(view.getBigUint64(0, true));
    if (port === undefined) return Result.INVALID;
    const offset = view.getBigUint64(8, true);
    const bytes = this.#pointed(view, 16);
    const { capacity } = port;
    if (offset >= capacity || BigInt(bytes.length) > capacity - offset) return Result.INVALID;
    return action === "read" ? port.read(offset, bytes) : port.write(offset, bytes);
  }

  /** { u64 handle, data, length; i32 ret } */
  #netWrite(view: DataView): void {
    const port = this.#host.nets.get(view.getBigUint64(0, true));
    view.setInt32(24, port?.write(this.#pointed(view, 8)) ?? Result.INVALID, true);
  }

  /** { u64 handle, data, length; i32 ret } */
  #netRead(view: DataView): void {
    const port = this.#host.nets.get(view.getBigUint64(0, true));
    const found = port?.read(this.#pointed(view, 8)) ?? -Result.INVALID;
    if (found > 0) view.setBigUint64(16, BigInt(found), true);
    view.setInt32(24, found > 0 ? Result.OK : -found, true);
  }

  /** Bytes by an address and a length that stand beside each other. */
  #pointed(view: DataView, at: number): Uint8Array<ArrayBuffer> {
    return this.#memory.bytes(view.getBigUint64(at, true), view.getBigUint64(at + 8, true));
  }
}
