/**
 * The three deadlines of a lease. They count from when the DHCPREQUEST was sent (RFC 2131 §4.4.5),
 * because the server's own count begins later.
 *
 * @module
 */

import { Clock, sooner, Timer } from "../sdk/clock.ts";
import { Dhcp4Lease } from "./lease.ts";
import { INFINITE } from "./options.ts";

/** T1, T2 and the end of one lease. */
export class LeaseTimers {
  /** T1: due when it is time for RENEWING. */
  readonly t1: Timer = new Timer();
  /** T2: due when it is time for REBINDING. */
  readonly t2: Timer = new Timer();
  /** The end of the lease. */
  readonly expiry: Timer = new Timer();
  private clock: Clock;
  private sentSec: u32 = 0;
  private sentMs: u32 = 0;

  /** Makes three stopped timers. */
  constructor(clock: Clock) {
    this.clock = clock;
  }

  /** A DHCPREQUEST is sent now; a lease that answers it counts from here. */
  noteRequest(): void {
    this.sentSec = this.clock.sec;
    this.sentMs = this.clock.ms;
  }

  /** Starts the timers for `lease`. An infinite lease has none. */
  start(lease: Dhcp4Lease): void {
    this.startOne(this.t1, lease.t1);
    this.startOne(this.t2, lease.t2);
    this.startOne(this.expiry, lease.leaseTime);
  }

  /** Starts only the end of `lease`, which is not in use yet. */
  startExpiry(lease: Dhcp4Lease): void {
    this.startOne(this.expiry, lease.leaseTime);
  }

  /** Whether a lease of `seconds` that answers the DHCPREQUEST is over already. */
  isOver(seconds: u32): bool {
    return seconds !== INFINITE && this.goneSec() >= seconds;
  }

  /** Stops all of them. */
  stop(): void {
    this.t1.stop();
    this.t2.stop();
    this.expiry.stop();
  }

  /** Milliseconds to the first of them. */
  remainingMs(): i32 {
    const times: i32 = sooner(this.t1.remainingMs(this.clock), this.t2.remainingMs(this.clock));
    return sooner(times, this.expiry.remainingMs(this.clock));
  }

  /** Whole seconds since the request. */
  private goneSec(): u32 {
    const sec: u32 = u32(this.clock.sec - this.sentSec);
    return this.clock.ms < this.sentMs ? u32(sec - 1) : sec;
  }

  /** Arms `timer` `seconds` after the request, or at once when that has passed. */
  private startOne(timer: Timer, seconds: u32): void {
    if (seconds === INFINITE) {
      timer.stop();
      return;
    }
    const goneSec: u32 = this.goneSec();
    const goneMs: u32 = u32((this.clock.ms + 1000 - this.sentMs) % 1000);
    if (goneSec >= seconds) {
      timer.start(this.clock, 0, 0);
    } else if (goneMs === 0) {
      timer.start(this.clock, u32(seconds - goneSec), 0);
    } else {
      timer.start(this.clock, u32(seconds - goneSec - 1), u32(1000 - goneMs));
    }
  }
}
