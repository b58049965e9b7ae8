/**
 * Runs a service in V8: the {@linkcode Host} it may call, and the loop that calls it.
 *
 * @module
 */
import { Errno, ErrnoError } from "../../ffi/errno.ts";
import { writeFd } from "../../ffi/fd.ts";
import { PollSet } from "../../ffi/poll.ts";
import { exitNow } from "../../ffi/process.ts";
import { receive, send } from "../../ffi/socket.ts";
import { bootTimeMs } from "../../ffi/time.ts";
import { Host, LOG_DEBUG, LOG_WARNING, type Service } from "../sdk/host.ts";
import { CTL_FD, LOG_FD, NET_FD } from "./seccomp_list.ts";

/** Longest frame that is given to a service, bytes: the largest jumbo frames in use. */
export const MAX_FRAME = 9216;
/** Longest ctl message, bytes; the limit of schema/kv.capnp. */
export const MAX_MESSAGE = 16384;
/** Longest log text, bytes: with its prefix, less than a pipe takes in one piece (PIPE_BUF). */
export const MAX_LOG_TEXT = 2000;

/**
 * Longest wait, milliseconds. ppoll counts by CLOCK_MONOTONIC, which stands still while the machine
 * sleeps: after waking, a deadline by CLOCK_BOOTTIME is missed by this at most.
 */
const MAX_WAIT_MS = 60_000;

/**
 * How long after its start a calf does what is no part of getting a lease, milliseconds: by then most
 * have one, and priv has time for other messages.
 */
const SETTLED_MS = 1000;

const ZERO = 0x30;
const QUESTION_MARK = 0x3f;

/** A service's way out: the descriptors of a calf. */
export class V8Host extends Host {
  readonly #line = new Uint8Array(MAX_LOG_TEXT + 4);

  /**
   * Sends one Ethernet frame, `buf[0..len)`. A frame that cannot be sent is dropped silently.
   *
   * @param buf holds the frame
   * @param len its length, bytes
   */
  override netWrite(buf: Uint8Array, len: i32): void {
    send(NET_FD, buf, len);
  }

  /**
   * Sends one Cap'n Proto message, `buf[0..len)`, to priv. One that cannot be sent is lost with a
   * warning; when priv is gone, the loop notices.
   *
   * @param buf holds the message
   * @param len its length, bytes
   */
  override ctlWrite(buf: Uint8Array, len: i32): void {
    const sent = send(CTL_FD, buf, len);
    if (sent < 0 && sent !== -Errno.EPIPE) {
      this.say(LOG_WARNING, new ErrnoError("send to priv", -sent).message);
    }
  }

  /** Milliseconds of CLOCK_BOOTTIME, which also counts suspend, modulo 2^32. */
  override nowMs(): u32 {
    return bootTimeMs() % 0x1_0000_0000 >>> 0;
  }

  /**
   * One log record. What is not printable ASCII becomes `?`, and what is too long is cut, so that
   * no record can pass for two.
   *
   * @param severity syslog severity, 0–7 (RFC 5424 §6.2.1)
   * @param text holds the text
   * @param len its length, bytes
   */
  override log(severity: i32, text: Uint8Array, len: i32): void {
    const line = this.#line;
    const end = Math.min(len, text.length, MAX_LOG_TEXT);
    line[0] = 0x3c; // <
    line[1] = ZERO + (severity & 7);
    line[2] = 0x3e; // >
    for (let i = 0; i < end; i++) {
      const byte = text[i];
      line[i + 3] = byte < 0x20 || byte > 0x7e ? QUESTION_MARK : byte;
    }
    line[end + 3] = 0x0a;
    writeFd(LOG_FD, line, end + 4);
  }

  /**
   * The same for a string.
   *
   * @param severity syslog severity, 0–7
   * @param text any text
   */
  say(severity: i32, text: string): void {
    const bytes = new TextEncoder().encode(text);
    this.log(severity, bytes, bytes.length);
  }
}

/** Receives from one channel into a buffer of its own. */
class Channel {
  // One byte more than allowed: the kernel cuts a message that is longer without saying so.
  readonly buffer: Uint8Array;
  readonly #fd: number;
  readonly #name: string;
  readonly #limit: number;
  readonly #host: V8Host;

  constructor(fd: number, name: string, limit: number, host: V8Host) {
    this.buffer = new Uint8Array(limit + 1);
    this.#fd = fd;
    this.#name = name;
    this.#limit = limit;
    this.#host = host;
  }

  /** The length of the next message; 0 when there is none to handle. */
  take(): number {
    const n = receive(this.#fd, this.buffer);
    // The end of the channel, also a reset by what priv had not read: priv is gone. No message of
    // either channel is empty.
    if (n === 0 || n === -Errno.ECONNRESET) exitNow(0);
    if (n === -Errno.EAGAIN) return 0;
    if (n < 0) throw new ErrnoError(`receive from ${this.#name}`, -n);
    if (n <= this.#limit) return n;
    this.#host.say(LOG_DEBUG, `${this.#name}: dropped a message of more than ${this.#limit} bytes`);
    return 0;
  }
}

/**
 * Gives a started service its frames, messages and timer, one at a time, until priv is gone; then
 * the process ends with code 0.
 *
 * @param service what to run
 * @param host its host
 * @param onSettled called once, a second after the start
 * @throws whatever the service throws, which it never should
 * @throws {ErrnoError} when a channel or ppoll fails otherwise
 */
export function runLoop(service: Service, host: V8Host, onSettled: () => void): never {
  const poll = new PollSet();
  poll.add(NET_FD);
  poll.add(CTL_FD);
  const net = new Channel(NET_FD, "net", MAX_FRAME, host);
  const ctl = new Channel(CTL_FD, "ctl", MAX_MESSAGE, host);
  const begin = host.nowMs();
  let longest = SETTLED_MS;
  while (true) {
    const ready = poll.wait(Math.min(service.nextDeadlineMs(), longest));
    if (ready < 0) throw new ErrnoError("ppoll", -ready);
    if (poll.revents(CTL_FD) !== 0) {
      const length = ctl.take();
      if (length > 0) service.onCtl(ctl.buffer, length);
    }
    if (poll.revents(NET_FD) !== 0) {
      const length = net.take();
      if (length > 0) service.onFrame(net.buffer, length);
    }
    if (service.nextDeadlineMs() === 0) service.onTimer();
    if (longest === MAX_WAIT_MS) continue;
    const left = SETTLED_MS - (host.nowMs() - begin >>> 0);
    longest = left > 0 ? left : MAX_WAIT_MS;
    if (left <= 0) onSettled();
  }
}
