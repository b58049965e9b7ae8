/**
 * Reads one file out of a tar or zip archive that arrives as a stream, so that an archive of
 * hundreds of megabytes never has to fit into memory or onto the disk twice.
 *
 * @module
 */
import { createInflateRaw } from "node:zlib";
import { pipeline, Readable } from "node:stream";

/** An archive that is cut short or is not what it should be. */
export class ArchiveError extends Error {
  /** Name of this kind of error. */
  override name = "ArchiveError";
}

/** Reads counted amounts of bytes from a stream of pieces. */
class ByteReader {
  #source: AsyncIterator<Uint8Array>;
  #rest: Uint8Array = new Uint8Array(0);

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  /** Exactly `count` bytes in one piece. */
  async take(count: number): Promise<Uint8Array> {
    const all = new Uint8Array(count);
    let filled = 0;
    for await (const piece of this.pieces(count)) {
      all.set(piece, filled);
      filled += piece.length;
    }
    return all;
  }

  /** The next `count` bytes, piece by piece; with Infinity all that is left. */
  async *pieces(count: number): AsyncGenerator<Uint8Array> {
    while (count > 0) {
      if (this.#rest.length === 0) {
        const next = await this.#source.next();
        if (next.done && count === Infinity) return;
        if (next.done) throw new ArchiveError("Cannot read archive: it ends too early");
        this.#rest = next.value;
      }
      const piece = this.#rest.subarray(0, count);
      this.#rest = this.#rest.subarray(piece.length);
      count -= piece.length;
      if (piece.length > 0) yield piece;
    }
  }
}

function text(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return new TextDecoder().decode(end < 0 ? bytes : bytes.subarray(0, end));
}

/**
 * The contents of one file of a POSIX tar archive (ustar, POSIX.1-1988).
 *
 * @param archive the archive, already decompressed
 * @param name full name of the file in the archive, e.g. `package/vlt`
 * @returns the file's bytes, piece by piece
 * @throws ArchiveError when the archive ends before or within the file
 */
export async function* tarEntry(
  archive: AsyncIterable<Uint8Array>,
  name: string,
): AsyncGenerator<Uint8Array> {
  const reader = new ByteReader(archive);
  while (true) {
    const header = await reader.take(512);
    if (header[0] === 0) throw new ArchiveError(`Cannot read archive: it holds no ${name}`);
    const size = parseInt(text(header.subarray(124, 136)).trim() || "0", 8);
    if (!(size >= 0)) throw new ArchiveError("Cannot read archive: no tar header");
    const prefix = text(header.subarray(345, 500));
    const entry = text(header.subarray(0, 100));
    const pieces = reader.pieces(size);
    if ((prefix === "" ? entry : `${prefix}/${entry}`) === name) return yield* pieces;
    for await (const _ of pieces) { /* skipped */ }
    await reader.take((512 - size % 512) % 512);
  }
}

/**
 * The contents of the first file of a zip archive (APPNOTE.TXT 4.3.7, stored or deflated).
 *
 * @param archive the archive
 * @param name the name the first file must have
 * @returns the file's bytes, piece by piece
 * @throws ArchiveError when the archive is cut short or begins otherwise
 */
export async function* zipFirstEntry(
  archive: AsyncIterable<Uint8Array>,
  name: string,
): AsyncGenerator<Uint8Array> {
  const reader = new ByteReader(archive);
  const header = new DataView((await reader.take(30)).buffer);
  if (header.getUint32(0, true) !== 0x04034b50) {
    throw new ArchiveError("Cannot read archive: no zip header");
  }
  const streamed = (header.getUint16(6, true) & 8) !== 0; // sizes follow the data
  const method = header.getUint16(8, true);
  const packedSize = streamed ? Infinity : header.getUint32(18, true);
  const entry = text(await reader.take(header.getUint16(26, true)));
  await reader.take(header.getUint16(28, true));
  if (entry !== name) throw new ArchiveError(`Cannot read archive: ${entry} instead of ${name}`);
  if (method === 0 && !streamed) return yield* reader.pieces(packedSize);
  if (method !== 8) throw new ArchiveError(`Cannot read archive: compression method ${method}`);
  // node:zlib and not DecompressionStream: it stops by itself at the end of the compressed data.
  const inflate = createInflateRaw();
  pipeline(Readable.from(reader.pieces(packedSize)), inflate, () => {});
  yield* inflate;
}
