/**
 * A guest's manifest: the devices that it was built for (mft_abi.h of Solo5).
 *
 * @module
 */
import type { Elf } from "./elf.ts";
import { GuestError } from "./error.ts";
import { findNote, type NoteKind } from "./notes.ts";
import type { Segment } from "./segments.ts";

/** A device that the guest was built for. */
export interface ManifestEntry {
  /** Place in the manifest, from 1 to 63: the device's handle, and its bit in a set of handles. */
  index: number;
  /** 1 to 67 letters and digits; unlike those of other devices of its type. */
  name: string;
  /** What it is. */
  type: "block" | "net";
}

/**
 * What a guest was built for.
 *
 * A tender does not give the guest the address of its own note, which is not writable: Solo5's
 * tenders put a copy of the manifest behind the boot info in the guest's low memory, with the
 * properties of the devices in it, and give the address of that (hvt_boot_info.c, spt_core.c).
 * `bytes` is what to begin such a copy with.
 */
export interface Manifest {
  /** Address of the struct in the guest's memory; 0 when no segment holds all of it. */
  bytesAt: number;
  /** Where the struct begins in the file. */
  fileOffset: number;
  /**
   * The struct, of `MANIFEST_HEADER_SIZE + n × MANIFEST_ENTRY_SIZE` bytes, the reserved entry
   * included: version, number of entries, names and types; all that a tender fills in is zero. Each
   * guest that is read has its own.
   */
  bytes: Uint8Array;
  /** Devices by ascending index; the reserved entry 0 is left out. */
  entries: readonly ManifestEntry[];
}

/** Bytes of the struct before the entries: u32 version, u32 number of entries. */
export const MANIFEST_HEADER_SIZE = 8;
/** Bytes of an entry. */
export const MANIFEST_ENTRY_SIZE = 104;

/**
 * Where in an entry its fields are (struct mft_entry): those from `MAC` on are for the tender to
 * fill in, little-endian.
 */
export const EntryField = {
  /** 68 bytes, the last of which is zero. */
  NAME: 0,
  /** u32. */
  TYPE: 68,
  /** Of a network device: 6 bytes. */
  MAC: 72,
  /** Of a network device: u16. */
  MTU: 78,
  /** Of a block device: u64, bytes. */
  CAPACITY: 72,
  /** Of a block device: u16, bytes. */
  BLOCK_SIZE: 80,
  /** i32, the descriptor that an spt guest uses. */
  HOST_FD: 88,
  /** u8, 1 when the device is there. */
  ATTACHED: 96,
} as const;

const NAME_SIZE = 68;
const MANIFEST_VERSION = 1;
const MOST_ENTRIES = 64;
const RESERVED_TYPE = 2 ** 30;
const TYPES: ReadonlyMap<number, ManifestEntry["type"]> = new Map([[1, "block"], [2, "net"]]);

const NOTE: NoteKind = {
  name: "manifest",
  type: 0x3154464d, // "MFT1"
  padding: 4,
  maxSize: MANIFEST_HEADER_SIZE + MOST_ENTRIES * MANIFEST_ENTRY_SIZE,
};

/**
 * Reads the manifest.
 *
 * Solo5's tenders take manifests with names that they cannot attach a device to, and then refuse to
 * run the guest because that device is not attached. Here the manifest is refused.
 *
 * @param elf the guest's headers
 * @param segments its segments
 * @throws GuestError when it has none, or it is not well formed
 */
export function readManifest(elf: Elf, segments: readonly Segment[]): Manifest {
  const { view } = elf;
  const { fileOffset, size } = findNote(elf, NOTE);
  if (size < MANIFEST_HEADER_SIZE) throw new GuestError("its manifest is too small");
  if (view.getUint32(fileOffset, true) !== MANIFEST_VERSION) {
    throw new GuestError("the version of its manifest is unknown");
  }
  const count = view.getUint32(fileOffset + 4, true);
  if (count > MOST_ENTRIES) throw new GuestError("its manifest has more than 64 entries");
  if (count === 0) throw new GuestError("its manifest has no entries");
  if (size !== MANIFEST_HEADER_SIZE + count * MANIFEST_ENTRY_SIZE) {
    throw new GuestError("its manifest has not the size that its entries need");
  }
  const entries: ManifestEntry[] = [];
  for (let index = 0; index < count; index++) {
    const at = fileOffset + MANIFEST_HEADER_SIZE + index * MANIFEST_ENTRY_SIZE;
    if (view.getUint8(at + EntryField.ATTACHED) !== 0) {
      throw new GuestError(`entry ${index} of its manifest says that it is attached`);
    }
    const name = readName(view, at, index);
    const type = view.getUint32(at + EntryField.TYPE, true);
    if (index > 0) entries.push(checkDevice(index, name, type, entries));
    else if (type !== RESERVED_TYPE || name !== "") {
      throw new GuestError("the first entry of its manifest is not the reserved one");
    }
  }
  const holder = segments.find((each) =>
    each.fileOffset <= fileOffset && fileOffset + size <= each.fileOffset + each.fileSize
  );
  const bytesAt = holder === undefined ? 0 : holder.vaddr + fileOffset - holder.fileOffset;
  return { bytesAt, fileOffset, bytes: writeManifest(entries), entries };
}

/** The name up to its terminator; what follows that is ignored. */
function readName(view: DataView, at: number, index: number): string {
  const field = new Uint8Array(view.buffer, view.byteOffset + at, NAME_SIZE);
  if (field[NAME_SIZE - 1] !== 0) {
    throw new GuestError(`the name of entry ${index} of its manifest has no end`);
  }
  return String.fromCharCode(...field.subarray(0, field.indexOf(0)));
}

function checkDevice(
  index: number,
  name: string,
  number: number,
  before: readonly ManifestEntry[],
): ManifestEntry {
  const refuse = (reason: string): never => {
    throw new GuestError(`entry ${index} of its manifest ${reason}`);
  };
  const type = TYPES.get(number) ?? refuse("is of an unknown type");
  if (name === "") refuse("has no name");
  // What an option --net:NAME= or --block:NAME= can name.
  if (!/^[A-Za-z0-9]+$/.test(name)) refuse("has a name that is not of letters and digits");
  const isDouble = before.some((each) => each.name === name && each.type === type);
  if (isDouble) refuse(`has the name ${name} of another one`);
  return { index, name, type };
}

function writeManifest(entries: readonly ManifestEntry[]): Uint8Array {
  const count = entries.length + 1;
  const bytes = new Uint8Array(MANIFEST_HEADER_SIZE + count * MANIFEST_ENTRY_SIZE);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, MANIFEST_VERSION, true);
  view.setUint32(4, count, true);
  view.setUint32(MANIFEST_HEADER_SIZE + EntryField.TYPE, RESERVED_TYPE, true);
  for (const { index, name, type } of entries) {
    const at = MANIFEST_HEADER_SIZE + index * MANIFEST_ENTRY_SIZE;
    bytes.set(Uint8Array.from(name, (letter) => letter.charCodeAt(0)), at);
    view.setUint32(at + EntryField.TYPE, type === "block" ? 1 : 2, true);
  }
  return bytes;
}
