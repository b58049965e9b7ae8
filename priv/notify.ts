/**
 * Telling the service manager how we are: the protocol of sd_notify(3), and its watchdog.
 *
 * @module
 */

import { Errno, errnoName } from "../ffi/errno.ts";
import { monotonicTimeUs } from "../ffi/time.ts";
import { DatagramClient } from "./datagram_client.ts";
import { escapeText } from "./escape.ts";
import type { EventLoop, Timer } from "./event_loop.ts";

/** A status is for one line of `systemctl status`, in characters. */
const MAX_STATUS = 200;
/** States that wait for room in the manager's socket; the oldest goes first. */
const MAX_WAITING = 8;
/** They are sent again after so many milliseconds, and given up after so many times in a row. */
const RETRY_MS = 1_000;
const MAX_RETRIES = 60;

const STATUS = "STATUS=";

const encoder = new TextEncoder();

/** What the process is started with, and what it may use. */
export interface NotifierContext {
  /** Looks an environment variable up. */
  readonly env: (name: string) => string | undefined;
  /** Our process id. */
  readonly pid: number;
  /** The daemon's loop: the watchdog is fed from it, so that it notices when the loop is stuck. */
  readonly loop: Pick<EventLoop, "after">;
  /** Told once when the manager cannot be reached. */
  readonly warn: (text: string) => void;
}

/**
 * How often the watchdog wants to hear of us, as sd_watchdog_enabled(3) finds out.
 *
 * @returns milliseconds, a fraction too, after which the manager takes us for dead; null without a
 *   watchdog, or when it is another process's
 */
export function watchdogTimeoutMs(
  { env, pid }: Pick<NotifierContext, "env" | "pid">,
): number | null {
  const usec = env("WATCHDOG_USEC") ?? "";
  const owner = env("WATCHDOG_PID") ?? "";
  if (!/^[1-9][0-9]{0,15}$/.test(usec)) return null;
  return owner === "" || owner === String(pid) ? Number(usec) / 1000 : null;
}

/**
 * The line to the service manager. Without one ($NOTIFY_SOCKET is not set) nothing is done; nothing
 * waits, and nothing throws.
 */
export class Notifier {
  readonly #context: NotifierContext;
  readonly #client: DatagramClient | null;
  #waiting: string[] = [];
  #retries = 0;
  #retryTimer: Timer | null = null;
  #warned = false;
  #state: "starting" | "ready" | "reloading" | "stopping" = "starting";
  #status = "";

  /** Sends nothing yet. */
  constructor(context: NotifierContext) {
    this.#context = context;
    const socket = context.env("NOTIFY_SOCKET") ?? "";
    const isUsable = /^[/@]./.test(socket);
    this.#client = isUsable ? new DatagramClient(socket) : null;
    if (socket !== "" && !isUsable) {
      this.#warn(
        `NOTIFY_SOCKET ignored, neither a path nor an abstract name: ${escapeText(socket)}`,
      );
    }
  }

  /** Feeds the watchdog, if there is one, from now on: at once, and then twice in its time. */
  start(): void {
    const timeoutMs = watchdogTimeoutMs(this.#context);
    if (this.#client === null || timeoutMs === null) return;
    const feed = (): void => {
      this.#client?.send(encoder.encode("WATCHDOG=1")); // the next one comes soon
      this.#context.loop.after(timeoutMs / 2, feed);
    };
    feed();
  }

  /** The start, or a reload, is over. Said once for each. */
  ready(): void {
    if (this.#state !== "starting" && this.#state !== "reloading") return;
    this.#state = "ready";
    this.#tell("READY=1");
  }

  /** What we are doing, for people: one line, of which the first 200 characters are sent. */
  status(text: string): void {
    const status = escapeText(text).slice(0, MAX_STATUS);
    if (status === this.#status) return;
    this.#status = status;
    // One that waits for room is out of date.
    this.#waiting = this.#waiting.filter((state) => !state.startsWith(STATUS));
    this.#tell(`${STATUS}${status}`);
  }

  /** The configuration is read anew; {@link ready} is to follow. Not said before the first one. */
  reloading(): void {
    if (this.#state !== "ready") return;
    this.#state = "reloading";
    this.#tell(`RELOADING=1\nMONOTONIC_USEC=${monotonicTimeUs()}`);
  }

  /** The end has begun. */
  stopping(): void {
    if (this.#state === "stopping") return;
    this.#state = "stopping";
    this.#tell("STOPPING=1");
  }

  #tell(state: string): void {
    if (this.#client === null) return;
    this.#waiting.push(state);
    if (this.#waiting.length > MAX_WAITING) this.#waiting.shift();
    this.#sendWaiting();
  }

  /** Each state is a datagram of its own: in one, a later state would not be told from an earlier. */
  #sendWaiting(): void {
    while (this.#waiting.length > 0) {
      const result = this.#client?.send(encoder.encode(this.#waiting[0])) ?? 0;
      if (result !== 0) return this.#retryLater(-result);
      this.#waiting.shift();
      this.#retries = 0;
    }
  }

  #retryLater(code: number): void {
    if (code !== Errno.EAGAIN) this.#warn(`Cannot reach the service manager: ${errnoName(code)}`);
    if (this.#retryTimer !== null) return;
    if (++this.#retries > MAX_RETRIES) {
      this.#waiting = [];
      this.#retries = 0;
      return this.#warn("Cannot reach the service manager: it takes no messages");
    }
    this.#retryTimer = this.#context.loop.after(RETRY_MS, () => {
      this.#retryTimer = null;
      this.#sendWaiting();
    });
  }

  #warn(text: string): void {
    if (this.#warned) return;
    this.#warned = true;
    this.#context.warn(text);
  }
}
