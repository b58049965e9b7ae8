/**
 * Notices a calf that hangs: one that spins, is stopped, waits for something that never comes, or has
 * not come so far as to ask for anything. Death is easier to see: a descriptor tells it.
 *
 * A round, every 20 s: priv sends a message that answers nothing, and finds out at the next round
 * whether it has been read. The kernel tells how much of what priv has sent is unread, so that nothing
 * is asked of a calf but to read its channel, whatever runs it. A calf for which something is unread,
 * or that has not spoken yet, is looked at again and again; it hangs when that was so at
 * {@linkcode LOOKS} looks. So a hang is noticed after 30 s at least and 50 s at most, which is sooner
 * than a client would repeat a renewal (60 s, RFC 2131 §4.4.5). A shorter round would wake two
 * processes for little: the address stays meanwhile, and the end of a lease is seen to by priv itself.
 * All interfaces have their rounds at the same moment, so that they wake the machine once.
 *
 * Nobody is killed because the machine was busy or asleep: a look counts only when it comes as long
 * after the one before as it should, by a clock that stands still in sleep. What has kept priv from
 * looking (load, a frozen cgroup, a debugger, suspend) may have kept the calf from reading.
 *
 * It says nothing of a calf that has been taken over: such a one reads and does what it likes.
 *
 * @module
 */

import { monotonicTimeUs } from "../ffi/time.ts";
import type { EventLoop, Timer } from "./event_loop.ts";

/** Time between rounds, ms. Nothing is found out in the first one: a calf has that time to come up. */
export const ROUND_MS = 20_000;
/** Time between looks at a calf that may hang, ms. */
export const LOOK_MS = 5_000;
/** So many looks must be in vain. */
export const LOOKS = 3;
/** A look that comes so much too early or too late does not count, ms. */
export const TOLERANCE_MS = 1_000;

/** What a watchdog has to do with its calf. */
export interface WatchedCalf {
  /** Sends something that a calf must read and need not answer. */
  readonly poke: () => void;
  /** How many bytes of what was sent it has not read. */
  readonly unread: () => number;
  /** Whether it has asked for anything yet. */
  readonly spoke: () => boolean;
  /** Called once, when it hangs; `reason` completes "calf killed: …". */
  readonly onHang: (reason: string) => void;
}

/** See the module's description. */
export class CalfWatchdog {
  readonly #loop: Pick<EventLoop, "now" | "after">;
  readonly #calf: WatchedCalf;
  readonly #awakeMs: () => number;
  #timer: Timer;
  /** Looks in vain that count. */
  #looks = 0;
  #lastLookMs = 0;

  /**
   * Watches from now on, until {@link stop} or until the calf hangs.
   *
   * @param loop whose clock goes on in sleep
   * @param calf what to watch
   * @param awakeMs milliseconds of a clock that does not
   */
  constructor(
    loop: Pick<EventLoop, "now" | "after">,
    calf: WatchedCalf,
    awakeMs: () => number = () => monotonicTimeUs() / 1000,
  ) {
    this.#loop = loop;
    this.#calf = calf;
    this.#awakeMs = awakeMs;
    this.#timer = loop.after(this.#untilRound(), () => this.#poke());
  }

  /** Watches no more. */
  stop(): void {
    this.#timer.cancel();
  }

  /** Milliseconds to the next round, which is the same for all. */
  #untilRound(): number {
    return ROUND_MS - this.#loop.now() % ROUND_MS;
  }

  #poke(): void {
    this.#looks = 0;
    this.#lookAfter(this.#untilRound());
    this.#calf.poke();
  }

  #lookAfter(delayMs: number): void {
    this.#timer = this.#loop.after(delayMs, () => this.#look());
  }

  #look(): void {
    const symptom = this.#symptom();
    if (symptom === null) return this.#poke();
    const now = this.#awakeMs();
    const punctual = Math.abs(now - this.#lastLookMs - LOOK_MS) <= TOLERANCE_MS;
    if (this.#looks === 0 || punctual) this.#looks++;
    this.#lastLookMs = now;
    if (this.#looks === LOOKS) this.#calf.onHang(`it hangs: ${symptom}`);
    else this.#lookAfter(LOOK_MS);
  }

  #symptom(): string | null {
    if (!this.#calf.spoke()) return "it has not asked for anything since its start";
    return this.#calf.unread() > 0 ? "it does not read what it is sent" : null;
  }
}
