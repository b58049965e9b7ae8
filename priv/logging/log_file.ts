/**
 * A file that lines are appended to, which others may rotate, and whose disk may be full.
 *
 * @module
 */

import { ErrnoError, errnoName } from "../../ffi/errno.ts";
import {
  closeFd,
  O_APPEND,
  O_CREAT,
  O_NOCTTY,
  O_NOFOLLOW,
  O_NONBLOCK,
  O_WRONLY,
  openFd,
  writeFd,
} from "../../ffi/fd.ts";
import { descriptorStatus } from "../../ffi/file_status.ts";
import { errorText } from "../error_text.ts";

const FLAGS = O_WRONLY | O_APPEND | O_CREAT | O_NOCTTY | O_NOFOLLOW | O_NONBLOCK;
/** The log tells of servers and addresses: for root and a group that an operator may set. */
const MODE = 0o640;
/** A file that cannot be opened is tried again after so many milliseconds. */
const RETRY_MS = 60_000;

const encoder = new TextEncoder();

/** What a log file needs of its surroundings. */
export interface LogFileContext {
  /** Milliseconds that never go back. */
  readonly now: () => number;
  /** Told once when writing begins to fail. */
  readonly onTrouble: (text: string) => void;
}

/**
 * The file. A symbolic link is refused (the directory may be another user's), and so is all that is no
 * regular file: a FIFO that nobody reads could be waited for.
 */
export class LogFile {
  readonly #path: string;
  readonly #context: LogFileContext;
  #fd: number | null = null;
  #failedAt = -Infinity;
  /** Writing fails, and somebody has been told. */
  #troubled = false;
  /** The file ends with a part of a line: there was room for no more. */
  #torn = false;
  #reason = "";

  /** Opens nothing yet: the first line does. */
  constructor(path: string, context: LogFileContext) {
    this.#path = path;
    this.#context = context;
  }

  /** Why the last line could not be written. */
  get reason(): string {
    return this.#reason;
  }

  /**
   * Appends a line. Never throws.
   *
   * @returns false when it is lost, all or in part
   */
  write(line: string): boolean {
    if (this.#fd === null) this.#open();
    if (this.#fd === null) return false;
    // After a part of a line the next one begins on a line of its own.
    const bytes = encoder.encode(`${this.#torn ? "\n" : ""}${line}\n`);
    const written = writeFd(this.#fd, bytes, bytes.length);
    if (written === bytes.length) {
      this.#torn = false;
      this.#troubled = false;
      return true;
    }
    if (written > 0) this.#torn = true;
    this.#fail(written < 0 ? errnoName(-written) : "no room for the whole line");
    return false;
  }

  /** Opens the file anew, as after a rotation, and tells anew when that fails. */
  reopen(): void {
    this.close();
    this.#troubled = false;
    this.#open();
  }

  /** Closes the file; the next line opens it again. */
  close(): void {
    if (this.#fd !== null) closeFd(this.#fd);
    this.#fd = null;
    this.#failedAt = -Infinity;
    this.#torn = false;
  }

  #open(): void {
    const now = this.#context.now();
    if (now - this.#failedAt < RETRY_MS) return;
    this.#failedAt = now; // before anybody is told, who may write a line about it
    try {
      const fd = openFd(this.#path, FLAGS, MODE);
      if (descriptorStatus(fd).isRegularFile) this.#fd = fd;
      else {
        closeFd(fd);
        this.#fail("not a regular file");
      }
    } catch (error) {
      this.#fail(error instanceof ErrnoError ? errnoName(error.code) : errorText(error));
    }
  }

  #fail(reason: string): void {
    this.#reason = reason;
    if (this.#troubled) return;
    this.#troubled = true;
    this.#context.onTrouble(`Cannot write the log file ${this.#path}: ${reason}`);
  }
}
