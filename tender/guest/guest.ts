/**
 * The reader of a guest: an ELF executable built for a tender of Solo5, hvt or spt.
 *
 * The file is a stranger's. Whatever is in it, {@linkcode readGuest} gives a guest of which all that
 * is said below holds, or throws a {@linkcode GuestError}; how long it takes and how much it keeps
 * does not depend on numbers in the file.
 *
 * @module
 */
import { type Elf, readElf } from "./elf.ts";
import { GuestError } from "./error.ts";
import { type Manifest, readManifest } from "./manifest.ts";
import { findNote, type NoteKind } from "./notes.ts";
import { readSegments, type Segment, SegmentFlag } from "./segments.ts";

export { GuestError } from "./error.ts";
export type { Manifest, ManifestEntry } from "./manifest.ts";
export { EntryField, MANIFEST_ENTRY_SIZE, MANIFEST_HEADER_SIZE } from "./manifest.ts";
export { LOWEST_ADDRESS, type Segment, SegmentFlag } from "./segments.ts";

/** The tenders that guests can be run with here. */
export type Abi = "hvt" | "spt";

/** A guest as its file describes it. The tender must still see whether it fits into the memory. */
export interface Guest {
  /** The tender that it was built for. A tender refuses guests of the other one. */
  abi: Abi;
  /** Version of that tender's ABI: 2. */
  abiVersion: number;
  /** Where it begins; in an executable segment. */
  entry: number;
  /** Its segments by ascending addresses; at least one. */
  segments: readonly Segment[];
  /**
   * `end` of its last segment: the guest's memory must reach at least so far, and what is behind is
   * the guest's heap. Goes into the boot info.
   */
  kernelEnd: number;
  /** The devices that it was built for. */
  manifest: Manifest;
}

/** Number of the target in the ABI note, and its name (elf_abi.h). */
const TARGETS: ReadonlyMap<number, string> = new Map([
  [1, "hvt"],
  [2, "spt"],
  [3, "virtio"],
  [4, "muen"],
  [5, "genode"],
  [6, "xen"],
]);

/** Version of either ABI. */
const ABI_VERSION = 2;

/** u32 target, u32 version, 8 reserved bytes. */
const ABI_SIZE = 16;

const ABI_NOTE: NoteKind = {
  name: "ABI note",
  type: 0x31494241, // "ABI1"
  padding: 0,
  maxSize: 2 * ABI_SIZE,
};

/**
 * Reads a guest.
 *
 * @param bytes the whole file
 * @returns what it says; nothing of `bytes` is kept
 * @throws GuestError with the reason, when Solo5's tenders would refuse it, or could not run it
 */
export function readGuest(bytes: Uint8Array): Guest {
  const elf = readElf(bytes);
  const abi = readAbi(elf);
  const segments = readSegments(elf);
  const manifest = readManifest(elf, segments);
  const { entry } = elf;
  const isCode = segments.some(({ vaddr, memorySize, flags }) =>
    (flags & SegmentFlag.EXECUTE) !== 0 && entry >= vaddr && entry < vaddr + memorySize
  );
  if (!isCode) throw new GuestError("its entry is not in an executable segment");
  const kernelEnd = segments[segments.length - 1].end;
  return { abi, abiVersion: ABI_VERSION, entry, segments, kernelEnd, manifest };
}

function readAbi(elf: Elf): Abi {
  const { fileOffset, size } = findNote(elf, ABI_NOTE);
  if (size < ABI_SIZE) throw new GuestError("its ABI note is too small");
  const target = TARGETS.get(elf.view.getUint32(fileOffset, true));
  if (target === undefined) throw new GuestError("its ABI is unknown");
  if (target !== "hvt" && target !== "spt") {
    throw new GuestError(`it is for ${target}, neither for hvt nor for spt`);
  }
  const version = elf.view.getUint32(fileOffset + 4, true);
  if (version !== ABI_VERSION) {
    throw new GuestError(`it is for version ${version} of ${target}'s ABI, not for version 2`);
  }
  return target;
}
