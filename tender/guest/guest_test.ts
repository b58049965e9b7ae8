import assert from "node:assert/strict";
import { ProgramField, programHeaderAt } from "../../tests/tender/guest/executable.ts";
import { guest, GUEST_BASE } from "../../tests/tender/guest/guest.ts";
import { hello, needsMemory } from "../../tests/tender/guest/guests/basic.ts";
import { malformedGuests } from "../../tests/tender/guest/malformed/all.ts";
import { changed } from "../../tests/tender/guest/malformed/change.ts";
import {
  abiNote,
  type Device,
  manifestContents,
  manifestNote,
  MFT1,
  note,
  RESERVED,
} from "../../tests/tender/guest/notes.ts";
import {
  type Abi,
  EntryField,
  GuestError,
  MANIFEST_ENTRY_SIZE,
  MANIFEST_HEADER_SIZE,
  readGuest,
} from "./guest.ts";

const ABIS: readonly Abi[] = ["hvt", "spt"];

Deno.test("readGuest() gives the ABI, the entry and the segments", () => {
  for (const abi of ABIS) {
    const file = guest(hello(abi));
    const { segments, ...rest } = readGuest(file);
    assert.deepEqual(
      { ...rest, manifest: rest.manifest.entries },
      { abi, abiVersion: 2, entry: 0x101000, kernelEnd: 0x103000, manifest: [] },
    );
    const parts = segments.map(({ vaddr, flags, start, end }) => [vaddr, flags, start, end]);
    assert.deepEqual(parts, [
      [0x100000, 4, 0x100000, 0x101000],
      [0x101000, 5, 0x101000, 0x102000],
      [0x102000, 6, 0x102000, 0x103000],
    ]);
    const [, , { fileOffset, fileSize, memorySize }] = segments;
    assert.ok(memorySize > fileSize || abi === "spt", "the data of hvt's guests has zeros");
    const data = file.subarray(fileOffset, fileOffset + fileSize);
    assert.equal(new TextDecoder().decode(data), "Hello, world\n");
  }
});

Deno.test("readGuest() gives the devices, and a manifest for the guest's memory", () => {
  const manifest: Device[] = [
    { name: "service", type: "net" },
    { name: "storage", type: "block" },
    { name: "service", type: "block" }, // Solo5 looks names up together with types
    { name: "A".repeat(67), type: "net" },
  ];
  const file = guest({ ...hello("spt"), manifest });
  const { entries, bytes, bytesAt, fileOffset } = readGuest(file).manifest;
  assert.deepEqual(entries, manifest.map((device, i) => ({ index: i + 1, ...device })));
  assert.deepEqual(bytes, file.slice(fileOffset, fileOffset + bytes.length));
  assert.equal(bytesAt, GUEST_BASE + 36 + 24);
});

Deno.test("readGuest() takes 63 devices", () => {
  const manifest = Array.from({ length: 63 }, (_, i): Device => ({ name: `d${i}`, type: "net" }));
  assert.equal(readGuest(guest({ ...hello("hvt"), manifest })).manifest.entries.length, 63);
});

Deno.test("readGuest() leaves out of the manifest what is for the tender to say", () => {
  const contents = manifestContents([{ type: RESERVED }, { name: "net\0garbage", type: 2 }]);
  const entry = 4 + MANIFEST_HEADER_SIZE + MANIFEST_ENTRY_SIZE;
  contents.fill(0xff, entry + EntryField.MAC, entry + EntryField.ATTACHED);
  contents.fill(0xff, entry + EntryField.ATTACHED + 1, entry + MANIFEST_ENTRY_SIZE);
  const file = guest({ ...hello("spt"), notes: [abiNote("spt"), note({ type: MFT1, contents })] });
  const { bytes } = readGuest(file).manifest;
  const right = manifestContents([{ type: RESERVED }, { name: "net", type: 2 }]);
  assert.deepEqual(bytes, right.subarray(4));
});

Deno.test("readGuest() does not say where a manifest is that no segment holds", () => {
  const file = guest(hello("spt"));
  const unloaded = changed(file, (view) => view.setUint32(programHeaderAt(0), 0, true));
  const { bytesAt, fileOffset } = readGuest(unloaded).manifest;
  assert.equal(bytesAt, 0);
  assert.equal(fileOffset, readGuest(file).manifest.fileOffset);
});

Deno.test("readGuest() passes a segment over that has no bytes in the file, as Solo5 does", () => {
  const file = changed(guest(hello("spt")), (view) => {
    const at = programHeaderAt(2);
    view.setBigUint64(at + ProgramField.FILE_SIZE, 0n, true);
    view.setBigUint64(at + ProgramField.VADDR, 1n, true);
    view.setUint32(at + ProgramField.FLAGS, 7, true);
  });
  const { segments, kernelEnd } = readGuest(file);
  assert.deepEqual([segments.length, kernelEnd], [2, 0x102000]);
});

Deno.test("readGuest() rounds to the alignment that a segment asks for, as Solo5 does", () => {
  const file = guest({
    ...hello("spt"),
    change: ({ parts, ...rest }) => ({
      ...rest,
      parts: parts.map((part, i) => i < 2 ? part : { ...part, vaddr: 0x400008, align: 0x200000 }),
    }),
  });
  const { segments, kernelEnd } = readGuest(file);
  const { vaddr, start, end } = segments[2];
  assert.deepEqual([vaddr, start, end, kernelEnd], [0x400008, 0x400000, 0x600000, 0x600000]);
});

Deno.test("readGuest() tells how much memory a guest needs, however much that is", () => {
  for (const size of [2 ** 20, 2 ** 32, 2 ** 39]) {
    const { kernelEnd, segments } = readGuest(guest(needsMemory("hvt", size)));
    assert.ok(kernelEnd > size && kernelEnd === segments[2].end);
  }
});

Deno.test("readGuest() takes what Solo5 does not look at", () => {
  const foreign = note({ owner: "GNU\0", type: 3, contents: new Uint8Array(20) });
  const short = note({ owner: "", type: 1, contents: new Uint8Array(0) });
  const rest = [abiNote("spt"), manifestNote([])];
  const plan = hello("spt");
  readGuest(guest({ ...plan, notes: [foreign, short, ...rest] }));
  const longer = rest.map((each) => Uint8Array.from([...each, 1, 2, 3, 4]));
  readGuest(guest({ ...plan, notes: longer }));
  readGuest(guest({ ...plan, change: (executable) => ({ ...executable, packed: true }) }));
  readGuest(changed(guest(plan), (view) => view.setUint16(7, 0x0909)));
});

for (const abi of ABIS) {
  Deno.test(`readGuest() refuses an ${abi} guest`, async (t) => {
    for (const { name, file, reason } of malformedGuests(abi)) {
      await t.step(`with ${name}`, () => {
        assert.throws(() => readGuest(file), new GuestError(reason));
      });
    }
  });
}

Deno.test("readGuest() refuses each truncation of a guest with one clear error", () => {
  const plan = hello("hvt");
  const manifest: Device[] = [{ name: "service", type: "net" }];
  const file = guest({ ...plan, manifest, change: (each) => ({ ...each, packed: true }) });
  readGuest(file);
  for (let length = 0; length < file.length; length++) {
    assert.throws(() => readGuest(file.slice(0, length)), /^GuestError: Cannot run the guest: \S/);
  }
});

Deno.test("readGuest() reads a part of a larger buffer", () => {
  const file = guest(hello("hvt"));
  const buffer = new Uint8Array(file.length + 16);
  buffer.set(file, 8);
  assert.deepEqual(readGuest(buffer.subarray(8, 8 + file.length)), readGuest(file));
});
