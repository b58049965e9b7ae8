/**
 * Waiting for several descriptors at once: ppoll(2), the daemon's only blocking call.
 *
 * @module
 */

import { Errno, errno, LIBC, openLibrary } from "./errno.ts";

/** There is something to read; asm-generic/poll.h. */
export const POLLIN = 0x01;
/** Writing would not block; asm-generic/poll.h. */
export const POLLOUT = 0x04;
/** An error is pending. Reported whether asked for or not; asm-generic/poll.h. */
export const POLLERR = 0x08;
/** The peer has closed. Reported whether asked for or not; asm-generic/poll.h. */
export const POLLHUP = 0x10;
/** The descriptor is not open. Reported whether asked for or not; asm-generic/poll.h. */
export const POLLNVAL = 0x20;

// struct pollfd { int fd; short events; short revents; }
const POLLFD_SIZE = 8;
const INITIAL_CAPACITY = 32;
const MAX_TIMEOUT_MS = 0x7fffffff * 1000;
const MAX_TIMEOUT_NS = 0x7fff_ffffn * 1_000_000_000n;

const libc = openLibrary(LIBC, {
  ppoll: { parameters: ["buffer", "usize", "buffer", "pointer"], result: "i32" },
});

/**
 * A set of descriptors and what to wait for on each.
 *
 * @example
 * ```ts ignore
 * const set = new PollSet();
 * set.add(fd);
 * if (set.wait(1000) > 0 && set.revents(fd) & POLLIN) read(fd);
 * ```
 */
export class PollSet {
  #bytes = new Uint8Array(new ArrayBuffer(INITIAL_CAPACITY * POLLFD_SIZE));
  #fds = new Int32Array(this.#bytes.buffer);
  #events = new Int16Array(this.#bytes.buffer);
  #size = 0;
  #count = 0n;
  readonly #slots = new Map<number, number>();
  // struct timespec { time_t tv_sec; long tv_nsec; }, as 32-bit halves; the high ones stay zero.
  readonly #timeout = new Int32Array(4);

  /** How many descriptors are in the set. */
  get size(): number {
    return this.#size;
  }

  /**
   * Adds a descriptor.
   *
   * @param fd descriptor
   * @param events what to wait for, POLLIN and POLLOUT
   * @throws {RangeError} when the descriptor is negative or in the set already
   */
  add(fd: number, events: number = POLLIN): void {
    if (fd < 0) throw new RangeError(`Cannot poll descriptor ${fd}`);
    if (this.#slots.has(fd)) throw new RangeError(`Cannot add descriptor ${fd} twice`);
    const slot = this.#size;
    if (slot * POLLFD_SIZE === this.#bytes.length) this.#grow();
    this.#slots.set(fd, slot);
    this.#fds[slot * 2] = fd;
    this.#events[slot * 4 + 2] = events;
    this.#events[slot * 4 + 3] = 0;
    this.#resize(slot + 1);
  }

  /**
   * Takes a descriptor out, which must happen before it is closed. Does nothing when it is not in
   * the set.
   *
   * @param fd descriptor
   */
  remove(fd: number): void {
    const slot = this.#slots.get(fd);
    if (slot === undefined) return;
    const last = this.#size - 1;
    if (slot !== last) {
      this.#slots.set(this.#fds[last * 2], slot);
      this.#bytes.copyWithin(slot * POLLFD_SIZE, last * POLLFD_SIZE, (last + 1) * POLLFD_SIZE);
    }
    this.#slots.delete(fd);
    this.#resize(last);
  }

  /**
   * Changes what to wait for on a descriptor.
   *
   * @param fd descriptor
   * @param events POLLIN and POLLOUT, or 0 for errors and hang-ups only
   * @throws {RangeError} when the descriptor is not in the set
   */
  setEvents(fd: number, events: number): void {
    const slot = this.#slots.get(fd);
    if (slot === undefined) throw new RangeError(`Cannot set events of descriptor ${fd}`);
    this.#events[slot * 4 + 2] = events;
  }

  /**
   * Waits until something is ready, or the time is over. Never throws. A wait that a signal
   * interrupts counts as one in which nothing was ready, since the daemon takes its signals from a
   * descriptor.
   *
   * @param timeoutMs longest wait in milliseconds, a fraction being rounded up so that a deadline has
   * passed when the wait for it is over; 0 = look only, negative = for ever
   * @returns number of descriptors that are ready, or −errno
   */
  wait(timeoutMs: number): number {
    let timeout: Int32Array<ArrayBuffer> | null = null;
    if (timeoutMs >= 0) {
      timeout = this.#timeout;
      const ms = Math.min(Math.ceil(timeoutMs), MAX_TIMEOUT_MS);
      timeout[0] = Math.floor(ms / 1000);
      timeout[2] = (ms % 1000) * 1_000_000;
    }
    return this.#wait(timeout);
  }

  /**
   * The same for a time in nanoseconds.
   *
   * @param timeoutNs longest wait, at least 0
   * @returns as {@linkcode wait}
   */
  waitNs(timeoutNs: bigint): number {
    const ns = timeoutNs < MAX_TIMEOUT_NS ? timeoutNs : MAX_TIMEOUT_NS;
    this.#timeout[0] = Number(ns / 1_000_000_000n);
    this.#timeout[2] = Number(ns % 1_000_000_000n);
    return this.#wait(this.#timeout);
  }

  #wait(timeout: Int32Array<ArrayBuffer> | null): number {
    const n = libc.ppoll(this.#bytes, this.#count, timeout, null);
    if (n >= 0) return n;
    const code = errno();
    for (let slot = 0; slot < this.#size; slot++) this.#events[slot * 4 + 3] = 0;
    return code === Errno.EINTR ? 0 : -code;
  }

  /**
   * What the last wait found on a descriptor.
   *
   * @param fd descriptor
   * @returns POLL… bits; 0 when nothing, or when the descriptor is not in the set
   */
  revents(fd: number): number {
    const slot = this.#slots.get(fd);
    return slot === undefined ? 0 : this.#events[slot * 4 + 3];
  }

  #resize(size: number): void {
    this.#size = size;
    this.#count = BigInt(size);
  }

  #grow(): void {
    const bytes = new Uint8Array(new ArrayBuffer(this.#bytes.length * 2));
    bytes.set(this.#bytes);
    this.#bytes = bytes;
    this.#fds = new Int32Array(bytes.buffer);
    this.#events = new Int16Array(bytes.buffer);
  }
}
