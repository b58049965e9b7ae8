/**
 * Devices of hvt guests as descriptors. No failure of the host ends the tender: the guest is told.
 *
 * @module
 */

import { Errno } from "../../ffi/errno.ts";
import { readFd, writeFd } from "../../ffi/fd.ts";
import { readAt, writeAt } from "../../ffi/storage.ts";
import { type BlockPort, type NetPort, Result } from "./hypercalls.ts";

/** A network device: a non-blocking descriptor, of which each message is a frame. */
export class NetDescriptor implements NetPort {
  readonly #fd: number;
  readonly #onEnd: () => void;

  /**
   * Takes a descriptor.
   *
   * @param fd non-blocking
   * @param onEnd called when nothing will come from it any more
   */
  constructor(fd: number, onEnd: () => void) {
    this.#fd = fd;
    this.#onEnd = onEnd;
  }

  /** Takes a frame; see {@linkcode NetPort}. */
  read(buffer: Uint8Array<ArrayBuffer>): number {
    // Into nothing a frame would be lost, and look like the end of a socket.
    if (buffer.length === 0) return -Result.INVALID;
    const length = readFd(this.#fd, buffer);
    if (length > 0) return length;
    if (length === -Errno.EAGAIN) return -Result.AGAIN;
    this.#onEnd();
    return -Result.UNSPECIFIED;
  }

  /** Sends a frame; see {@linkcode NetPort}. */
  write(frame: Uint8Array<ArrayBuffer>): number {
    // To the other end of a socket, no byte would look like its end.
    if (frame.length === 0) return Result.INVALID;
    const length = writeFd(this.#fd, frame, frame.length);
    if (length === frame.length) return Result.OK;
    if (length === -Errno.EAGAIN || length === -Errno.ENOBUFS) return Result.AGAIN;
    return length === -Errno.EMSGSIZE || length === -Errno.EINVAL
      ? Result.INVALID
      : Result.UNSPECIFIED;
  }
}

/** A block device: a descriptor of a file or of the host's block device. */
export class BlockDescriptor implements BlockPort {
  /** Bytes. */
  readonly capacity: bigint;
  readonly #fd: number;

  /** Takes a descriptor with so many bytes. */
  constructor(fd: number, capacity: bigint) {
    this.#fd = fd;
    this.capacity = capacity;
  }

  /** Fills a buffer; see {@linkcode BlockPort}. */
  read(offset: bigint, buffer: Uint8Array<ArrayBuffer>): number {
    return this.#all(readAt, offset, buffer);
  }

  /** Writes a buffer; see {@linkcode BlockPort}. */
  write(offset: bigint, buffer: Uint8Array<ArrayBuffer>): number {
    return this.#all(writeAt, offset, buffer);
  }

  /** The kernel may do less than it is asked for: at 2 GiB, or on a disk that is full. */
  #all(move: typeof readAt, offset: bigint, buffer: Uint8Array<ArrayBuffer>): number {
    for (let done = 0; done < buffer.length;) {
      const length = move(this.#fd, buffer.subarray(done), offset + BigInt(done));
      if (length <= 0) return Result.UNSPECIFIED;
      done += length;
    }
    return Result.OK;
  }
}
