/**
 * Guests for the tender: ELF files of strangers.
 *
 * @module
 */
import assert from "node:assert/strict";
import {
  type Guest,
  GuestError,
  MANIFEST_ENTRY_SIZE,
  MANIFEST_HEADER_SIZE,
  readGuest,
  SegmentFlag,
} from "../../../tender/guest/guest.ts";
import { guest } from "../../tender/guest/guest.ts";
import { exits } from "../../tender/guest/guests/basic.ts";
import { malformedGuests } from "../../tender/guest/malformed/all.ts";
import { abiNote, manifestNote } from "../../tender/guest/notes.ts";
import { magnitude, type Target } from "../target.ts";

/** What the reader says of a file is so, or it refuses the file with one clear error. */
function* runGuest(input: Uint8Array): Generator<string> {
  const before = input.slice();
  let read: Guest;
  try {
    read = readGuest(input);
  } catch (error) {
    assert.ok(error instanceof GuestError, `${error}`);
    assert.match(error.message, /^Cannot run the guest: [\x20-\x7e]{1,120}$/);
    yield error.message.replaceAll(/[0-9]+/g, "N");
    return;
  } finally {
    assert.ok(input.every((byte, i) => byte === before[i]), "the file was changed");
  }
  assert.ok(read.abi === "hvt" || read.abi === "spt");
  assert.equal(read.abiVersion, 2);
  checkSegments(read, input.length);
  checkManifest(read, input);
  yield `${read.abi} ${read.segments.length} ${magnitude(read.manifest.entries.length)}`;
  yield `flags ${read.segments.map(({ flags }) => flags).join()}`;
  yield `at ${read.manifest.bytesAt === 0} ${magnitude(read.kernelEnd)}`;
}

function checkSegments({ segments, entry, kernelEnd }: Guest, length: number): void {
  let end = 0x100000;
  for (const segment of segments) {
    for (const number of Object.values(segment)) assert.ok(Number.isSafeInteger(number));
    assert.ok(segment.start >= end && segment.start <= segment.vaddr, "begins behind the last one");
    end = segment.end;
    assert.ok(segment.vaddr + segment.memorySize <= end && end <= 2 ** 40, "ends");
    assert.ok(segment.start % 4096 === 0 && end % 4096 === 0, "pages");
    assert.ok(segment.fileSize >= 1 && segment.fileSize <= segment.memorySize);
    assert.ok(segment.fileOffset >= 0 && segment.fileOffset + segment.fileSize <= length);
    assert.ok(segment.flags >= 0 && segment.flags < 8 && (segment.flags & 3) !== 3, "W and X");
  }
  assert.equal(kernelEnd, end);
  const isCode = segments.some(({ vaddr, memorySize, flags }) =>
    entry >= vaddr && entry < vaddr + memorySize && (flags & SegmentFlag.EXECUTE) !== 0
  );
  assert.ok(isCode, "the entry is code");
}

function checkManifest({ segments, manifest }: Guest, input: Uint8Array): void {
  const { entries, bytes, bytesAt, fileOffset } = manifest;
  assert.ok(entries.length <= 63);
  assert.equal(bytes.length, MANIFEST_HEADER_SIZE + (entries.length + 1) * MANIFEST_ENTRY_SIZE);
  assert.ok(fileOffset >= 0 && fileOffset + bytes.length <= input.length);
  const names = entries.map(({ name, type }) => `${type} ${name}`);
  assert.equal(new Set(names).size, names.length, "names are unlike");
  for (const [i, { index, name }] of entries.entries()) {
    assert.equal(index, i + 1);
    assert.match(name, /^[A-Za-z0-9]{1,67}$/);
  }
  const isInSegment = segments.some(({ vaddr, fileSize }) =>
    bytesAt >= vaddr && bytesAt + bytes.length <= vaddr + fileSize
  );
  assert.ok(bytesAt === 0 || isInSegment, "the manifest is in a segment");
}

/** Small ones: without gaps between segments. */
function small(abi: "hvt" | "spt", devices: Parameters<typeof manifestNote>[0]): Uint8Array {
  return guest({
    ...exits(abi, 0),
    manifest: devices,
    change: (executable) => ({ ...executable, packed: true }),
  });
}

/** See the module's description. */
export const GUEST: Target = {
  name: "guest",
  module: import.meta.url,
  what: "the reader of a guest's file",
  weight: 0.5,
  maxLength: 2048,
  corpus: [
    small("hvt", []),
    small("spt", [{ name: "service", type: "net" }]),
    small("hvt", [{ name: "a", type: "net" }, { name: "b", type: "block" }]),
    ...malformedGuests("spt").map(({ file }) => file).filter(({ length }) => length < 512),
  ],
  dictionary: [
    ...[abiNote("hvt"), abiNote("spt", 1), manifestNote([]), new Uint8Array(56)],
    ...[0x1000, 0x100000, 2 ** 32, 2 ** 53, 2 ** 63].map((number) =>
      new Uint8Array(BigUint64Array.of(BigInt(number)).buffer)
    ),
    new Uint8Array(8).fill(0xff),
    Uint8Array.of(1, 0, 0, 0, 5, 0, 0, 0),
    Uint8Array.of(4, 0, 0, 0, 4, 0, 0, 0),
  ],
  prepare: () => runGuest,
};
