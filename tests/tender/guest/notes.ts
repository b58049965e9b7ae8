/**
 * Solo5's notes (elf_abi.h, mft_abi.h), well formed or not.
 *
 * @module
 */
import type { Abi } from "../../../tender/guest/guest.ts";

/** A device of a manifest. */
export interface Device {
  /** Its name. */
  name: string;
  /** What it is. */
  type: "block" | "net";
}

/** An entry of a manifest as it is written; what is not given is zero. */
export interface RawEntry {
  /** At most 68 bytes; characters up to U+00FF. */
  name?: string;
  /** u32. */
  type?: number;
  /** u8. */
  attached?: number;
}

/** Type of a manifest's first entry. */
export const RESERVED = 2 ** 30;

/** A note. */
export interface RawNote {
  /** Owner, with a terminator if there is to be one. */
  owner?: string;
  /** n_type. */
  type: number;
  /** What n_descsz counts. */
  contents: Uint8Array;
  /** n_descsz, when it is not to be the size of the contents. */
  size?: number;
}

/** A note: 12 bytes, the owner padded to 4, the contents. */
export function note({ owner = "Solo5\0", type, contents, size }: RawNote): Uint8Array {
  const start = 12 + Math.ceil(owner.length / 4) * 4;
  const bytes = new Uint8Array(start + contents.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, owner.length, true);
  view.setUint32(4, size ?? contents.length, true);
  view.setUint32(8, type, true);
  bytes.set(Uint8Array.from(owner, (letter) => letter.charCodeAt(0)), 12);
  bytes.set(contents, start);
  return bytes;
}

/** The ABI note's type. */
export const ABI1 = 0x31494241;
/** The manifest's type. */
export const MFT1 = 0x3154464d;

/** Contents of an ABI note: target, version, 8 zeros. */
export function abiContents(target: number, version: number): Uint8Array {
  return new Uint8Array(Uint32Array.of(target, version, 0, 0).buffer);
}

/** The ABI note of a guest. */
export function abiNote(abi: Abi, version = 2): Uint8Array {
  return note({ type: ABI1, contents: abiContents(abi === "hvt" ? 1 : 2, version) });
}

/**
 * Contents of a manifest: 4 bytes of padding, version, number of entries, entries.
 *
 * @param entries all, with the reserved one
 * @param version version
 * @param count number of entries that it tells
 */
export function manifestContents(
  entries: readonly RawEntry[],
  version = 1,
  count: number = entries.length,
): Uint8Array {
  const bytes = new Uint8Array(12 + entries.length * 104);
  const view = new DataView(bytes.buffer);
  view.setUint32(4, version, true);
  view.setUint32(8, count, true);
  for (const [index, { name = "", type = 0, attached = 0 }] of entries.entries()) {
    const at = 12 + index * 104;
    bytes.set(Uint8Array.from(name, (letter) => letter.charCodeAt(0)), at);
    view.setUint32(at + 68, type, true);
    view.setUint8(at + 96, attached);
  }
  return bytes;
}

/** The entries for devices, after the reserved one. */
export function rawEntries(devices: readonly Device[]): RawEntry[] {
  return [
    { type: RESERVED },
    ...devices.map(({ name, type }) => ({ name, type: type === "block" ? 1 : 2 })),
  ];
}

/** The manifest of a guest. */
export function manifestNote(devices: readonly Device[]): Uint8Array {
  return note({ type: MFT1, contents: manifestContents(rawEntries(devices)) });
}
