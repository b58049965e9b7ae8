/**
 * IPv4 Address Conflict Detection (RFC 5227): asks by ARP whether another host has an address, says
 * that it is ours, and defends it afterwards. It sends by the {@linkcode Stack} and is told what
 * that received; nothing here waits or allocates.
 *
 * The owner says `start()` with an address, gives every result of `Stack.receive()` to `onReceived()`,
 * and calls `onTimer()` after `remainingMs()`. Each of the two returns an `ACD_…` event to act on.
 *
 * @module
 */

import { Clock, Timer } from "./clock.ts";
import { DROP_ARP_CONFLICT, DROP_ARP_PROBE } from "./drop.ts";
import { Random } from "./random.ts";
import { Stack } from "./stack.ts";

/** Event: nothing to do. */
export const ACD_NONE: i32 = 0;
/** Event: nobody else has the address, so it may be used; it is announced once the stack has it. */
export const ACD_VERIFIED: i32 = 1;
/** Event: another host uses the address too; one announcement was sent against it. */
export const ACD_DEFENDED: i32 = 2;
/** Event: another host has the address. Ours must not be used any more; detection has stopped. */
export const ACD_CONFLICT: i32 = 3;

/** Phase: nothing is detected. */
export const ACD_OFF: i32 = 0;
/** Phase: it is not known yet whether another host has the address. */
export const ACD_PROBING: i32 = 1;
/** Phase: the address is ours, and all are being told so, or will be once the stack has it. */
export const ACD_ANNOUNCING: i32 = 2;
/** Phase: the address is ours, and all have been told so. */
export const ACD_DEFENDING: i32 = 3;

/** The longest wait before the first probe, in ms (this and what follows: RFC 5227 §1.1). */
export const PROBE_WAIT_MS: u32 = 1000;
/** Probes. */
export const PROBE_NUM: i32 = 3;
/** The shortest time between two probes, in ms. */
export const PROBE_MIN_MS: u32 = 1000;
/** The longest time between two probes, in ms. */
export const PROBE_MAX_MS: u32 = 2000;
/** The time from the last probe to the first announcement, in ms. */
export const ANNOUNCE_WAIT_MS: u32 = 2000;
/** Announcements. */
export const ANNOUNCE_NUM: i32 = 2;
/** The time between two announcements, in ms. */
export const ANNOUNCE_INTERVAL_MS: u32 = 2000;
/** After so many conflicts new addresses are tried slowly. */
export const MAX_CONFLICTS: i32 = 10;
/** The time between two addresses that are tried slowly, in ms. */
export const RATE_LIMIT_INTERVAL_MS: u32 = 60000;
/** Two conflicts that are less than this apart, in ms, cost us the address. */
export const DEFEND_INTERVAL_MS: u32 = 10000;

/** The detection of conflicts about one address of an interface. */
export class Acd {
  /** The address of the last `start()`, also after it was given up. */
  address: u32 = 0;
  /** An `ACD_…` phase. */
  phase: i32 = ACD_OFF;
  /** Addresses given up, since one was held for `RATE_LIMIT_INTERVAL_MS`. */
  conflicts: i32 = 0;
  private stack: Stack;
  private clock: Clock;
  private random: Random;
  /** Probes in `ACD_PROBING`, announcements in `ACD_ANNOUNCING`. */
  private sent: i32 = 0;
  /** Time for the next step. */
  private timer: Timer = new Timer();
  /** Runs from a conflict that we have answered. */
  private defence: Timer = new Timer();

  /** Makes one that detects nothing until `start()`. A stack can have one only. */
  constructor(stack: Stack, clock: Clock, random: Random) {
    this.stack = stack;
    this.clock = clock;
    this.random = random;
  }

  /**
   * Begins to probe for `address`, whatever was going on; also when the carrier is back (RFC 5227
   * §2.1). PROBE_WAIT is there for hosts that were all switched on by the same event. `atOnce`
   * leaves it out, for an address that is in use already: each moment of waiting would be one in
   * which a conflict does harm, and the answers of a DHCP server have parted the hosts before.
   */
  start(address: u32, atOnce: bool): void {
    this.stop();
    if (address === 0) return;
    this.address = address;
    this.phase = ACD_PROBING;
    this.sent = 0;
    this.stack.watch(address);
    this.timer.start(this.clock, 0, atOnce ? 0 : this.random.below(u32(PROBE_WAIT_MS + 1)));
  }

  /** Ends it: nothing is sent or reported any more. The count of conflicts stays. */
  stop(): void {
    this.phase = ACD_OFF;
    this.stack.watch(0);
    this.timer.stop();
    this.defence.stop();
  }

  /**
   * Takes the result of `Stack.receive()`. Returns `ACD_NONE`, `ACD_DEFENDED` or `ACD_CONFLICT`; for
   * the latter two, the other host's MAC address lies at `Stack.sourceMacAt`.
   */
  onReceived(result: i32): i32 {
    if (result !== -DROP_ARP_CONFLICT && result !== -DROP_ARP_PROBE) return ACD_NONE;
    if (this.phase === ACD_OFF || this.stack.conflictAddress !== this.address) return ACD_NONE;
    // RFC 5227 §2.1.1: before the address is ours, each kind of conflict is final.
    if (this.phase === ACD_PROBING || this.waits) return this.giveUp();
    if (result === -DROP_ARP_PROBE) return ACD_NONE;
    // RFC 5227 §2.4 (b).
    if (this.defence.armed && !this.defence.due(this.clock)) return this.giveUp();
    this.defence.start(this.clock, 0, DEFEND_INTERVAL_MS);
    this.stack.sendArpAnnouncement(this.address);
    return ACD_DEFENDED;
  }

  /** Does what has become due; harmless when called early. Returns `ACD_NONE` or `ACD_VERIFIED`. */
  onTimer(): i32 {
    if (!this.timer.due(this.clock)) return ACD_NONE;
    if (this.phase === ACD_PROBING && this.sent < PROBE_NUM) {
      this.probe();
    } else if (this.phase === ACD_PROBING) {
      this.phase = ACD_ANNOUNCING;
      this.sent = 0;
      this.timer.stop();
      this.addressIsOurs();
      return ACD_VERIFIED;
    } else if (this.phase === ACD_ANNOUNCING) {
      this.announce();
    } else {
      this.conflicts = 0;
      this.timer.stop();
    }
    return ACD_NONE;
  }

  /**
   * To be called when the stack has got its address: when that is the one that nobody else has, the
   * announcements begin. Before, priv would let none of them pass.
   */
  addressIsOurs(): void {
    if (this.waits && this.stack.address === this.address) this.announce();
  }

  /** Milliseconds until `onTimer()` has something to do: 0 when due, `LONGEST_WAIT_MS` if never. */
  remainingMs(): i32 {
    return this.timer.remainingMs(this.clock);
  }

  /**
   * How long to wait after `ACD_CONFLICT` before another address is tried, in ms: `leastMs` (the 10 s
   * of RFC 2131 §3.1.5 after a DHCPDECLINE; 0 for a link-local address), and a minute after
   * `MAX_CONFLICTS` (RFC 5227 §2.1.1).
   */
  retryDelayMs(leastMs: u32): u32 {
    return this.conflicts >= MAX_CONFLICTS && leastMs < RATE_LIMIT_INTERVAL_MS
      ? RATE_LIMIT_INTERVAL_MS
      : leastMs;
  }

  /** Whether nobody else has the address, and the stack has not got it yet. */
  private get waits(): bool {
    return this.phase === ACD_ANNOUNCING && this.sent === 0;
  }

  /** Sends one probe, and sets the time for what follows (RFC 5227 §2.1.1). */
  private probe(): void {
    this.stack.sendArpProbe(this.address);
    this.sent += 1;
    let wait: u32 = ANNOUNCE_WAIT_MS;
    if (this.sent < PROBE_NUM) {
      wait = u32(PROBE_MIN_MS + this.random.below(u32(PROBE_MAX_MS - PROBE_MIN_MS + 1)));
    }
    this.timer.start(this.clock, 0, wait);
  }

  /** Sends one announcement, and sets the time for what follows (RFC 5227 §2.3). */
  private announce(): void {
    this.stack.sendArpAnnouncement(this.address);
    this.sent += 1;
    if (this.sent < ANNOUNCE_NUM) {
      this.timer.start(this.clock, 0, ANNOUNCE_INTERVAL_MS);
      return;
    }
    this.phase = ACD_DEFENDING;
    if (this.conflicts > 0) this.timer.start(this.clock, 0, RATE_LIMIT_INTERVAL_MS);
    else this.timer.stop();
  }

  /** The other host wins. */
  private giveUp(): i32 {
    if (this.conflicts < MAX_CONFLICTS) this.conflicts += 1;
    this.stop();
    return ACD_CONFLICT;
  }
}
