/**
 * Writing lines to a descriptor that belongs to somebody else, and may be read by nobody: a pipe or a
 * terminal that is full must not stop the daemon.
 *
 * @module
 */

import { Errno } from "../ffi/errno.ts";
import { writeFd } from "../ffi/fd.ts";
import { POLLOUT, PollSet } from "../ffi/poll.ts";

/**
 * PIPE_BUF of linux/limits.h: a pipe that is writable takes so many bytes in one piece. O_NONBLOCK is
 * no choice: it would hold for everybody else who has the same open file.
 */
const MAX_LINE = 4096;
const NEWLINE = 0x0a;

const encoder = new TextEncoder();

/** Writes a line or gives it up, and never waits. */
export class LineWriter {
  readonly #fd: number;
  readonly #poll = new PollSet();

  /** The descriptor stays the caller's. */
  constructor(fd: number) {
    this.#fd = fd;
    this.#poll.add(fd, POLLOUT);
  }

  /**
   * Writes one line, which is cut to 4095 bytes.
   *
   * @param line text without a newline
   * @returns false when there is no room now; true also when there is nobody left to read it ever
   */
  write(line: string): boolean {
    if (this.#poll.wait(0) === 0) return false;
    const bytes = encoder.encode(line + "\n");
    const length = Math.min(bytes.length, MAX_LINE);
    bytes[length - 1] = NEWLINE;
    return writeFd(this.#fd, bytes, length) !== -Errno.EAGAIN;
  }
}
