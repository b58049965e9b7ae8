/**
 * The one frame that waits until ARP has found its next hop.
 *
 * @module
 */

import { Clock, Timer } from "./clock.ts";
import { ETHERNET_MAX_FRAME } from "./ethernet.ts";

/** An ARP request is sent so often, a second apart (RFC 1122 §2.3.2.1: at most one per second). */
const ARP_ATTEMPTS: i32 = 3;

/** A frame without its destination MAC address, and when to ask for that. */
export class WaitingFrame {
  /** The frame, whole but for its first six bytes. */
  readonly bytes: Uint8Array = new Uint8Array(ETHERNET_MAX_FRAME);
  /** Bytes of the frame; 0 when none waits. */
  length: i32 = 0;
  /** The address whose MAC address is wanted; 0 when no frame waits. */
  hop: u32 = 0;
  private clock: Clock;
  private attempts: i32 = 0;
  private timer: Timer = new Timer();

  /** Makes one in which nothing waits. */
  constructor(clock: Clock) {
    this.clock = clock;
  }

  /**
   * `bytes[0..length)` waits for `hop` from now on. Returns true when the first request is to be
   * sent now; false when one for the same hop is out already: the frame only replaced another.
   */
  put(hop: u32, length: i32): bool {
    const asking: bool = this.length > 0 && this.hop === hop;
    this.length = length;
    this.hop = hop;
    this.attempts = 1;
    if (!asking) this.timer.start(this.clock, 1, 0);
    return !asking;
  }

  /** True when a request is to be sent again now; the frame is forgotten after the last one. */
  shouldAskAgain(): bool {
    if (!this.timer.due(this.clock)) return false;
    if (this.attempts >= ARP_ATTEMPTS) {
      this.clear();
      return false;
    }
    this.attempts += 1;
    this.timer.start(this.clock, 1, 0);
    return true;
  }

  /** Forgets the frame, sent or not. */
  clear(): void {
    this.length = 0;
    this.hop = 0;
    this.timer.stop();
  }

  /** Milliseconds until `shouldAskAgain()` has something to do; `LONGEST_WAIT_MS` if never. */
  remainingMs(): i32 {
    return this.timer.remainingMs(this.clock);
  }
}
