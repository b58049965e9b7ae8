/**
 * Tests of archive.ts.
 *
 * @module
 */
import assert from "node:assert/strict";
import { ArchiveError, tarEntry, zipFirstEntry } from "./archive.ts";
import { concat, tar, zip } from "./archive_fixture.ts";

const BYTES = Uint8Array.from({ length: 1500 }, (_, i) => i % 251);
const LONG = `${"folder/".repeat(17)}file`;
const ARCHIVE = tar([
  ["empty", new Uint8Array(0)],
  ["first", BYTES.subarray(0, 512)],
  ["package/vlt", BYTES],
  [LONG, BYTES.subarray(7)],
]);

/** The bytes in pieces of a size that fits no boundary. */
async function* pieces(bytes: Uint8Array, size = 337): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield await bytes.subarray(at, at + size);
}

async function collect(source: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  return concat(...await Array.fromAsync(source, (piece) => Uint8Array.from(piece)));
}

Deno.test("tarEntry() finds each file whatever the pieces", async () => {
  for (const size of [1, 511, 512, 513, ARCHIVE.length]) {
    assert.deepEqual(await collect(tarEntry(pieces(ARCHIVE, size), "package/vlt")), BYTES);
  }
  assert.deepEqual(await collect(tarEntry(pieces(ARCHIVE), LONG)), BYTES.subarray(7));
  assert.deepEqual(await collect(tarEntry(pieces(ARCHIVE), "empty")), new Uint8Array(0));
});

Deno.test("tarEntry() throws when the file is not there", async () => {
  await assert.rejects(collect(tarEntry(pieces(ARCHIVE), "package")), ArchiveError);
});

Deno.test("tarEntry() throws at every truncation before the file's end", async () => {
  const end = 512 + 1024 + 512 + BYTES.length;
  for (let length = 0; length < end; length += 101) {
    await assert.rejects(
      collect(tarEntry(pieces(ARCHIVE.subarray(0, length)), "package/vlt")),
      ArchiveError,
    );
  }
});

Deno.test("zipFirstEntry() reads stored, deflated and streamed files", async () => {
  for (const options of [{}, { stored: true }, { streamed: true }]) {
    const archive = zip("denort", BYTES, options);
    assert.deepEqual(await collect(zipFirstEntry(pieces(archive), "denort")), BYTES);
  }
});

Deno.test("zipFirstEntry() throws when the archive is cut short or another one", async () => {
  const archive = zip("denort", BYTES);
  await assert.rejects(collect(zipFirstEntry(pieces(archive.subarray(0, 20)), "denort")));
  await assert.rejects(collect(zipFirstEntry(pieces(archive.subarray(0, 100)), "denort")));
  await assert.rejects(collect(zipFirstEntry(pieces(archive), "deno")), ArchiveError);
  await assert.rejects(collect(zipFirstEntry(pieces(ARCHIVE), "denort")), ArchiveError);
});
