/**
 * What hypercalls of an hvt guest do on the host: clock, console, waiting, devices.
 *
 * @module
 */

import { Errno } from "../../ffi/errno.ts";
import { isForWriting, writeFd } from "../../ffi/fd.ts";
import { POLLIN, POLLOUT, PollSet } from "../../ffi/poll.ts";
import { readSignal } from "../../ffi/signal.ts";
import { wallTimeNs } from "../../ffi/time.ts";
import { signalName } from "../../ffi/process.ts";
import type { Device } from "../devices.ts";
import type { BlockPort, HypercallHost, NetPort } from "./hypercalls.ts";
import { Interrupted } from "./loop.ts";
import { BlockDescriptor, NetDescriptor } from "./ports.ts";

/** A pipe that can be written to takes so many bytes at once (pipe(7), PIPE_BUF). */
const PIPE_BUF = 4096;

/** What a guest's host is made of. */
export interface HostDescriptors {
  /** Where the guest prints. */
  readonly console: number;
  /** A signalfd for what ends the tender; null = signals have their default action. */
  readonly signals: number | null;
  /** The guest's devices. */
  readonly devices: readonly Device[];
}

/** The host of one guest. */
export class Host implements HypercallHost {
  /** Network devices by handle. */
  readonly nets: Map<bigint, NetPort> = new Map();
  /** Block devices by handle. */
  readonly blocks: Map<bigint, BlockPort> = new Map();
  readonly #signals: number | null;
  readonly #console: number;
  #isConsoleOpen: boolean;
  readonly #printing = new PollSet();
  readonly #waiting = new PollSet();
  /** The bits of handles and their descriptors, of the devices that frames may come from. */
  #open: (readonly [bit: bigint, fd: number])[] = [];

  /** Makes one. */
  constructor({ console, signals, devices }: HostDescriptors) {
    this.#console = console;
    this.#isConsoleOpen = isForWriting(console); // else poll could wait for ever
    this.#signals = signals;
    this.#printing.add(console, POLLOUT);
    if (signals !== null) { for (const set of [this.#printing, this.#waiting]) set.add(signals); }
    for (const device of devices) {
      const { fd } = device;
      const handle = BigInt(device.index);
      if (device.type === "block") {
        this.blocks.set(handle, new BlockDescriptor(fd, device.capacity));
        continue;
      }
      this.#waiting.add(fd);
      this.#open.push([1n << handle, fd]);
      this.nets.set(handle, new NetDescriptor(fd, () => this.#end(fd)));
    }
  }

  /** Time since 1970 in ns. */
  wallTime(): bigint {
    return wallTimeNs();
  }

  /**
   * Prints, and waits for a reader that is slow. Once printing has failed, nothing is printed any
   * more, and the guest goes on.
   *
   * @throws {Interrupted} when a signal ends the tender meanwhile
   */
  print(text: Uint8Array<ArrayBuffer>): void {
    for (let done = 0; done < text.length && this.#isConsoleOpen;) {
      const found = this.#printing.wait(-1);
      if (found > 0) this.#throwIfInterrupted(this.#printing);
      if (found >= 0 && this.#printing.revents(this.#console) === 0) continue;
      const part = text.subarray(done, done + PIPE_BUF);
      const length = writeFd(this.#console, part, part.length);
      if (length > 0) done += length;
      else if (length !== -Errno.EAGAIN) this.#isConsoleOpen = false;
    }
  }

  /**
   * Waits for a frame.
   *
   * @throws {Interrupted} when a signal ends the tender meanwhile
   */
  wait(timeout: bigint): bigint {
    this.#waiting.waitNs(timeout);
    this.#throwIfInterrupted(this.#waiting);
    let ready = 0n;
    for (const [bit, fd] of this.#open) if (this.#waiting.revents(fd) !== 0) ready |= bit;
    return ready;
  }

  /**
   * The signal that ends the tender, if one has come.
   *
   * @returns its name, or null
   */
  interruption(): string | null {
    const signal = this.#signals === null ? null : readSignal(this.#signals);
    return signal === null ? null : signalName(signal);
  }

  #throwIfInterrupted(set: PollSet): void {
    if (this.#signals === null || (set.revents(this.#signals) & POLLIN) === 0) return;
    const signal = this.interruption();
    if (signal !== null) throw new Interrupted(signal);
  }

  /** Or else the guest would be told for ever that there is something, and never sleep. */
  #end(fd: number): void {
    this.#waiting.remove(fd);
    this.#open = this.#open.filter(([, each]) => each !== fd);
  }
}
