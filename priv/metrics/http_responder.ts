/**
 * A very small HTTP/1 server on the daemon's event loop, for GET and HEAD of /metrics. It serves eight
 * connections at a time; the others wait in the kernel.
 *
 * @module
 */

import { Errno } from "../../ffi/errno.ts";
import { acceptConnection } from "../../ffi/unix_socket.ts";
import { errorText } from "../error_text.ts";
import type { Timer } from "../event_loop.ts";
import { CONTENT_TYPE } from "./exposition.ts";
import { HttpConnection, type HttpLoop } from "./http_connection.ts";
import type { Status, Verdict } from "./http_request.ts";

/** Most connections at a time. */
export const MAX_CONNECTIONS = 8;
/** How long an answer is good for: whoever asks more often gets the same one. */
export const CACHE_MS = 1_000;
/** How long to wait when no connection can be accepted, because there is no free descriptor, say. */
export const ACCEPT_PAUSE_MS = 1_000;

const REASONS: Readonly<Record<Status, string>> = {
  200: "OK",
  400: "Bad Request",
  404: "Not Found",
  405: "Method Not Allowed",
  431: "Request Header Fields Too Large",
  500: "Internal Server Error",
};

/** What the server needs of its surroundings. */
export interface HttpResponderContext {
  /** The daemon's loop. */
  readonly loop: HttpLoop;
  /** Makes the text of the metrics. */
  readonly render: () => string;
  /** Told when that fails. */
  readonly warn: (text: string) => void;
}

const encoder = new TextEncoder();

/** A whole answer, of which `bodyAt` bytes are the head. */
interface Answer {
  readonly bytes: Uint8Array;
  readonly bodyAt: number;
}

function answer(status: Status, type: string, body: string): Answer {
  const content = encoder.encode(body);
  const head = encoder.encode([
    `HTTP/1.1 ${status} ${REASONS[status]}`,
    `Date: ${new Date().toUTCString()}`,
    `Content-Type: ${type}`,
    `Content-Length: ${content.length}`,
    ...(status === 405 ? ["Allow: GET, HEAD"] : []),
    "Connection: close",
    "",
    "",
  ].join("\r\n"));
  const bytes = new Uint8Array(head.length + content.length);
  bytes.set(head);
  bytes.set(content, head.length);
  return { bytes, bodyAt: head.length };
}

/** See the module's description. */
export class HttpResponder {
  readonly #context: HttpResponderContext;
  readonly #connections = new Set<HttpConnection>();
  readonly #listeners: number[] = [];
  #accepting = false;
  #pause: Timer | null = null;
  #cached: { readonly answer: Answer; readonly sinceMs: number } | null = null;

  /** Serves nobody until {@link listen}. */
  constructor(context: HttpResponderContext) {
    this.#context = context;
  }

  /** Serves at a listening, non-blocking stream socket too, which is the caller's to close after {@link stop}. */
  listen(fd: number): void {
    this.#setAccepting(false);
    this.#listeners.push(fd);
    this.#update();
  }

  /** How many connections there are. */
  get connections(): number {
    return this.#connections.size;
  }

  /** Ends all connections and serves nobody any more. */
  stop(): void {
    this.#setAccepting(false);
    this.#pause?.cancel();
    this.#listeners.length = 0;
    for (const connection of [...this.#connections]) connection.close();
  }

  /** Listens where and while there is room. */
  #update(): void {
    this.#setAccepting(this.#connections.size < MAX_CONNECTIONS && this.#pause === null);
  }

  #setAccepting(on: boolean): void {
    if (on === this.#accepting) return;
    this.#accepting = on;
    const { loop } = this.#context;
    for (const fd of this.#listeners) {
      if (on) loop.onReadable(fd, () => this.#accept(fd));
      else loop.forget(fd);
    }
  }

  #accept(listener: number): void {
    const fd = acceptConnection(listener);
    if (fd === -Errno.EAGAIN) return;
    const { loop } = this.#context;
    if (fd < 0) {
      // The connection goes on waiting, and so the listener would be ready for ever.
      this.#pause = loop.after(ACCEPT_PAUSE_MS, () => {
        this.#pause = null;
        this.#update();
      });
    } else {
      const respond = (verdict: Verdict) => this.#respond(verdict);
      const onEnd = (ended: HttpConnection) => {
        this.#connections.delete(ended);
        this.#update();
      };
      this.#connections.add(new HttpConnection({ loop, respond, onEnd }, fd));
    }
    this.#update();
  }

  #respond({ status, headOnly }: Verdict): Uint8Array {
    const { bytes, bodyAt } = status === 200
      ? this.#metrics()
      : answer(status, "text/plain", `${status} ${REASONS[status]}\n`);
    return headOnly ? bytes.subarray(0, bodyAt) : bytes;
  }

  #metrics(): Answer {
    const now = this.#context.loop.now();
    if (this.#cached === null || now - this.#cached.sinceMs >= CACHE_MS) {
      this.#cached = { answer: this.#render(), sinceMs: now };
    }
    return this.#cached.answer;
  }

  /** Whatever is wrong with the metrics, the leases matter more. */
  #render(): Answer {
    try {
      return answer(200, CONTENT_TYPE, this.#context.render());
    } catch (error) {
      this.#context.warn(`Cannot make the metrics: ${errorText(error)}`);
      return answer(500, "text/plain", `500 ${REASONS[500]}\n`);
    }
  }
}
