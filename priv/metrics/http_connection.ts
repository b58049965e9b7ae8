/**
 * One HTTP connection: a request of at most 4 KiB, one answer, the end. However slowly or wrongly the peer
 * speaks, it costs a few KiB for five seconds.
 *
 * @module
 */

import { Errno } from "../../ffi/errno.ts";
import { closeFd, readFd, writeFd } from "../../ffi/fd.ts";
import { endSending } from "../../ffi/tcp_socket.ts";
import type { EventLoop, Timer } from "../event_loop.ts";
import { endOfHead, judgeHead, type Verdict } from "./http_request.ts";

/** Longest head of a request in bytes. */
export const MAX_REQUEST = 4096;
/** How long a connection may last. */
export const CONNECTION_MS = 5_000;
/** Most bytes that are thrown away after the answer. */
export const MAX_DISCARDED = 65_536;

/** What of the event loop is needed. */
export type HttpLoop = Pick<EventLoop, "onReadable" | "onWritable" | "forget" | "after" | "now">;

/** What a connection needs of its surroundings. */
export interface HttpConnectionContext {
  /** The daemon's loop. */
  readonly loop: HttpLoop;
  /** Gives the whole answer. */
  readonly respond: (verdict: Verdict) => Uint8Array;
  /** Called once, after the descriptor was closed. */
  readonly onEnd: (connection: HttpConnection) => void;
}

/** See the module's description. */
export class HttpConnection {
  readonly #context: HttpConnectionContext;
  readonly #fd: number;
  readonly #deadline: Timer;
  #buffer = new Uint8Array(MAX_REQUEST);
  #length = 0;
  #answer = new Uint8Array(0);
  #open = true;

  /** Takes over the non-blocking descriptor `fd` of a stream socket. */
  constructor(context: HttpConnectionContext, fd: number) {
    this.#context = context;
    this.#fd = fd;
    this.#deadline = context.loop.after(CONNECTION_MS, () => this.close());
    context.loop.onReadable(fd, () => this.#read());
  }

  /** Ends it. */
  close(): void {
    if (!this.#open) return;
    this.#open = false;
    const { loop, onEnd } = this.#context;
    this.#deadline.cancel();
    loop.forget(this.#fd);
    closeFd(this.#fd);
    onEnd(this);
  }

  #read(): void {
    const before = this.#length;
    const n = readFd(this.#fd, this.#buffer.subarray(before));
    if (n === -Errno.EAGAIN) return;
    if (n <= 0) return this.close();
    this.#length += n;
    const end = endOfHead(this.#buffer, before, this.#length);
    if (end >= 0) this.#respond(judgeHead(this.#buffer.subarray(0, end)));
    else if (this.#length === MAX_REQUEST) this.#respond({ status: 431, headOnly: false });
  }

  #respond(verdict: Verdict): void {
    const { loop, respond } = this.#context;
    this.#answer = respond(verdict) as Uint8Array<ArrayBuffer>;
    this.#length = 0;
    loop.forget(this.#fd);
    loop.onWritable(this.#fd, () => this.#write());
    this.#write();
  }

  #write(): void {
    const n = writeFd(this.#fd, this.#answer, this.#answer.length);
    if (n === -Errno.EAGAIN) return;
    if (n < 0) return this.close();
    this.#answer = this.#answer.subarray(n);
    if (this.#answer.length === 0) this.#linger();
  }

  /** Closing with bytes unread would make the kernel reset the connection, answer and all (RFC 9112 §9.6). */
  #linger(): void {
    const { loop } = this.#context;
    loop.forget(this.#fd);
    endSending(this.#fd);
    loop.onReadable(this.#fd, () => this.#discard());
  }

  #discard(): void {
    const n = readFd(this.#fd, this.#buffer);
    if (n === -Errno.EAGAIN) return;
    this.#length += Math.max(0, n);
    if (n <= 0 || this.#length > MAX_DISCARDED) this.close();
  }
}
