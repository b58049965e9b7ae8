/**
 * A connection to one daemon's socket. Every call waits for as long as it says and no longer, and every failure
 * is an `ExitError` that says which socket it was.
 *
 * @module
 */

import { Errno, ErrnoError, errnoName } from "../../ffi/errno.ts";
import { closeFd } from "../../ffi/fd.ts";
import { POLLIN, POLLOUT, PollSet } from "../../ffi/poll.ts";
import { receive, send } from "../../ffi/socket.ts";
import { bootTimeMs } from "../../ffi/time.ts";
import { connectUnix, SocketType } from "../../ffi/unix_socket.ts";
import { escapeText } from "../escape.ts";
import { ExitCode, ExitError } from "../exit_code.ts";
import type { KvWrite } from "../kv/codec.ts";
import { MAX_MESSAGE_LENGTH } from "../kv/guard.ts";
import {
  decodeResponse,
  encodeRequest,
  type OperatorRequest,
  type OperatorResponse,
} from "./messages.ts";

/** How long a daemon may take for an answer. */
export const ANSWER_MS = 5_000;
/** A full queue of connections is tried again after this. */
const BUSY_MS = 50;
/** Messages that the rest of a snapshot may take: more is no daemon's. */
const MAX_SNAPSHOT_MESSAGES = 4096;

/** The id of what a daemon says to no request: why it turns a client away. */
const NO_REQUEST = 0;

/** The key whose reading marks the end of a snapshot, because a daemon always has it. */
const MARK = "/daemon/version";

/** This user may not speak to the daemon at a path. */
export function denied(path: string): ExitError {
  return new ExitError(
    ExitCode.NOPERM,
    `Cannot use ${path}: permission denied; only root and the socket's group may`,
  );
}

/** See the module's description. */
export class Connection {
  /** The descriptor, non-blocking. */
  readonly fd: number;
  /** The socket's path. */
  readonly path: string;
  readonly #answerMs: number;
  readonly #buffer = new Uint8Array(MAX_MESSAGE_LENGTH + 1);
  readonly #poll = new PollSet();
  #lastId = 0;

  private constructor(fd: number, path: string, answerMs: number) {
    this.fd = fd;
    this.path = path;
    this.#answerMs = answerMs;
    this.#poll.add(fd);
  }

  /**
   * Connects.
   *
   * @param answerMs how long an answer is waited for
   * @throws {ErrnoError} ECONNREFUSED or ENOENT when no daemon is there, EACCES
   * @throws {ExitError} TEMPFAIL when the daemon does not accept in time
   */
  static open(path: string, answerMs: number = ANSWER_MS): Connection {
    const deadline = bootTimeMs() + answerMs;
    const pause = new PollSet();
    for (;;) {
      try {
        const fd = connectUnix(path, SocketType.SEQPACKET, { nonblocking: true });
        return new Connection(fd, path, answerMs);
      } catch (error) {
        if (!(error instanceof ErrnoError) || error.code !== Errno.EAGAIN) throw error;
        if (bootTimeMs() >= deadline) {
          throw new ExitError(ExitCode.TEMPFAIL, `Cannot reach the daemon at ${path}: busy`);
        }
        pause.wait(BUSY_MS);
      }
    }
  }

  /** Closes the connection. */
  close(): void {
    closeFd(this.fd);
  }

  /**
   * Sends a request.
   *
   * @returns its id, which the answers have
   * @throws {ExitError}
   */
  send(request: OperatorRequest): number {
    const id = ++this.#lastId;
    const message = encodeRequest(id, request);
    const deadline = bootTimeMs() + this.#answerMs;
    for (;;) {
      const sent = send(this.fd, message, message.length);
      if (sent >= 0) return id;
      if (sent !== -Errno.EAGAIN) throw this.#ended(errnoName(-sent));
      this.#wait(POLLOUT, deadline);
    }
  }

  /**
   * Takes the next message that is there.
   *
   * @returns null when none is
   * @throws {ExitError} UNAVAILABLE when the daemon has closed the connection, or sent something else; NOPERM or
   *   TEMPFAIL when it has turned us away
   */
  take(): OperatorResponse | null {
    const length = receive(this.fd, this.#buffer);
    if (length === -Errno.EAGAIN) return null;
    if (length === 0) throw this.#lost("it has closed the connection");
    if (length < 0) throw this.#ended(errnoName(-length));
    const decoded = decodeResponse(this.#buffer.subarray(0, length));
    if (decoded.ok) {
      const refusal = this.#refusal(decoded.value);
      if (refusal !== null) throw refusal;
      return decoded.value;
    }
    throw new ExitError(
      ExitCode.UNAVAILABLE,
      `Cannot understand the daemon at ${this.path}: ${decoded.reason}`,
    );
  }

  /**
   * Waits for the next message.
   *
   * @param deadlineMs until when, by `bootTimeMs()`; as long as an answer may take, unless told
   * @throws {ExitError} TEMPFAIL when there is none until then, and as {@link take}
   */
  next(deadlineMs: number = bootTimeMs() + this.#answerMs): OperatorResponse {
    for (;;) {
      const response = this.take();
      if (response !== null) return response;
      this.#wait(POLLIN, deadlineMs);
    }
  }

  /**
   * Everything that is set at or below a path now, and a subscription to its changes, which
   * {@link take} and {@link next} give from then on.
   *
   * @throws {ExitError} also NOINPUT when the daemon refuses the path
   */
  subscribe(path: string): KvWrite[] {
    const subscription = this.send({ operation: "subscribe", path });
    const mark = this.send({ operation: "read", path: MARK });
    const deadline = bootTimeMs() + this.#answerMs;
    const found: KvWrite[] = [];
    for (let i = 0; i < MAX_SNAPSHOT_MESSAGES; i++) {
      const response = this.next(deadline);
      if (response.id === mark) return found;
      if (response.id !== subscription) continue;
      if (response.kind === "changes") found.push(...response.changes);
      else {
        throw new ExitError(
          ExitCode.NOINPUT,
          `Cannot read ${escapeText(path)}: ${escapeText(response.text)}`,
        );
      }
    }
    throw new ExitError(
      ExitCode.UNAVAILABLE,
      `Cannot understand the daemon at ${this.path}: it does not come to an end`,
    );
  }

  /**
   * Waits for the answer to a request that changes nothing by itself in what has been subscribed to.
   *
   * @param changed gets what a subscription tells meanwhile
   * @returns null, or why the request was refused
   * @throws {ExitError}
   */
  answerTo(id: number, changed: (changes: readonly KvWrite[]) => void): string | null {
    const deadline = bootTimeMs() + this.#answerMs;
    for (;;) {
      const response = this.next(deadline);
      if (response.kind === "changes") changed(response.changes);
      else if (response.id === id) {
        return response.kind === "ok" ? null : escapeText(response.text);
      }
    }
  }

  #wait(events: number, deadlineMs: number): void {
    this.#poll.setEvents(this.fd, events);
    const left = deadlineMs - bootTimeMs();
    if (left > 0) {
      this.#poll.wait(left); // whoever has called looks again
      return;
    }
    const seconds = Math.round(this.#answerMs / 1000);
    throw new ExitError(
      ExitCode.TEMPFAIL,
      `Cannot reach the daemon at ${this.path}: no answer within ${seconds} s`,
    );
  }

  /** Why a daemon turns us away, if a response says that. */
  #refusal(response: OperatorResponse): ExitError | null {
    if (response.kind !== "error" || response.id !== NO_REQUEST) return null;
    if (response.text === "permission denied") return denied(this.path);
    const reason = escapeText(response.text);
    return new ExitError(ExitCode.TEMPFAIL, `Cannot use ${this.path}: ${reason}`);
  }

  /** The daemon has closed the connection. That is told ahead of what it has said before. */
  #ended(reason: string): ExitError {
    for (let length; (length = receive(this.fd, this.#buffer)) > 0;) {
      const decoded = decodeResponse(this.#buffer.subarray(0, length));
      const refusal = decoded.ok ? this.#refusal(decoded.value) : null;
      if (refusal !== null) return refusal;
    }
    return this.#lost(reason);
  }

  #lost(reason: string): ExitError {
    return new ExitError(
      ExitCode.UNAVAILABLE,
      `Cannot talk to the daemon at ${this.path}: ${reason}`,
    );
  }
}
