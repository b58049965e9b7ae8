/**
 * The memory of an hvt guest, and the one way to what a guest points at.
 *
 * A guest names places in its memory by addresses and lengths of 64 bits, which may be anything. They
 * become bytes only here, after a check.
 *
 * @module
 */

import { LOWEST_ADDRESS } from "../guest/guest.ts";

const LOWEST = BigInt(LOWEST_ADDRESS);

/** A guest has done what ends it; the message is one line, without "Cannot …". */
export class GuestFault extends Error {
  /** Always `GuestFault`. */
  override readonly name: string = "GuestFault";
}

/** A guest's memory; its byte 0 is guest-physical address 0. */
export class GuestMemory {
  /** All of it, for the tender itself. What a guest points at is taken with the methods. */
  readonly all: Uint8Array<ArrayBuffer>;
  readonly #size: bigint;

  /**
   * Takes memory over.
   *
   * @param all bytes, a multiple of 4096 and at most 2^32 of them
   */
  constructor(all: Uint8Array<ArrayBuffer>) {
    this.all = all;
    this.#size = BigInt(all.length);
  }

  /**
   * The bytes that a guest points at. None may be below the guest, where the tender keeps page tables
   * and what it tells the guest, nor behind the memory; also the address of no bytes must be inside.
   *
   * @param address guest-physical, any 64 bits
   * @param length bytes, any 64 bits
   * @throws {GuestFault} when they are not all its own
   */
  bytes(address: bigint, length: bigint): Uint8Array<ArrayBuffer> {
    const end = this.#size;
    // Two comparisons, no sum: nothing overflows, whatever the numbers are.
    if (address < LOWEST || address > end || length < 0n || length > end - address) {
      const range = `${length} bytes at 0x${address.toString(16)}`;
      throw new GuestFault(`it points at ${range}, which are not all its own`);
    }
    const start = Number(address);
    return this.all.subarray(start, start + Number(length));
  }

  /**
   * A structure that a guest points at.
   *
   * @param address guest-physical
   * @param size its bytes
   * @throws {GuestFault} as {@linkcode bytes} does
   */
  struct(address: bigint, size: number): DataView<ArrayBuffer> {
    const bytes = this.bytes(address, BigInt(size));
    return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }
}
