/**
 * Makes small archives for tests.
 *
 * @module
 */
import { deflateRawSync, gzipSync } from "node:zlib";

const ENCODER = new TextEncoder();

/** Joins byte arrays. */
export function concat(...parts: Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

/** A tar archive of files, in the order given; `prefix/` of a long name goes into its own field. */
export function tar(files: [name: string, bytes: Uint8Array][]): Uint8Array {
  const parts = files.flatMap(([name, bytes]) => {
    const header = new Uint8Array(512);
    const cut = name.length > 100 ? name.lastIndexOf("/", 154) : -1;
    header.set(ENCODER.encode(name.slice(cut + 1)), 0);
    header.set(ENCODER.encode(`${bytes.length.toString(8).padStart(11, "0")}\0`), 124);
    header.set(ENCODER.encode("ustar\0"), 257);
    if (cut > 0) header.set(ENCODER.encode(name.slice(0, cut)), 345);
    return [header, bytes, new Uint8Array((512 - bytes.length % 512) % 512)];
  });
  return concat(...parts, new Uint8Array(1024));
}

/** The same, compressed. */
export function tgz(files: [name: string, bytes: Uint8Array][]): Uint8Array {
  return new Uint8Array(gzipSync(tar(files)));
}

/** A zip archive's first file, followed by something that is not part of it. */
export function zip(
  name: string,
  bytes: Uint8Array,
  { stored = false, streamed = false } = {},
): Uint8Array {
  const data = stored ? bytes : new Uint8Array(deflateRawSync(bytes));
  const header = new DataView(new ArrayBuffer(30));
  header.setUint32(0, 0x04034b50, true);
  header.setUint16(6, streamed ? 8 : 0, true);
  header.setUint16(8, stored ? 0 : 8, true);
  header.setUint32(18, streamed ? 0 : data.length, true);
  header.setUint16(26, name.length, true);
  header.setUint16(28, 4, true);
  const rest = ENCODER.encode("PK central directory");
  return concat(
    new Uint8Array(header.buffer),
    ENCODER.encode(name),
    new Uint8Array(4),
    data,
    rest,
  );
}
