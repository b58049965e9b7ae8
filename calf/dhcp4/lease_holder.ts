/**
 * A client's state and lease, and what is done with a lease once there is one: it is used, renewed,
 * given back, lost. How it is got is the client's business.
 *
 * @module
 */

import { Clock } from "../sdk/clock.ts";
import { Random } from "../sdk/random.ts";
import { REFUSED_DELAY_MS } from "./delays.ts";
import { Exchange } from "./exchange.ts";
import { Dhcp4Lease } from "./lease.ts";
import { LeaseTimers } from "./lease_timers.ts";
import { Dhcp4Output, LOST_REFUSED, LOST_RELEASED } from "./output.ts";
import { Dhcp4Settings } from "./settings.ts";
import {
  EVENT_ACK,
  EVENT_INFORM,
  EVENT_LOST,
  EVENT_RELEASE,
  EVENT_T1,
  nextState,
  STATE_BOUND,
  STATE_INFORMING,
  STATE_INIT,
  STATE_REBINDING,
  STATE_RENEWING,
} from "./transitions.ts";

const NOT_LEAVING: i32 = -1;

/** What a client is; its owner uses {@linkcode Dhcp4Client}. */
export class LeaseHolder {
  /** `STATE_*`. */
  state: i32 = STATE_INIT;
  /** True in BOUND, RENEWING and REBINDING, and when the address is the operator's (DHCPINFORM). */
  hasLease: bool = false;
  /** The lease when `hasLease`. */
  readonly lease: Dhcp4Lease = new Dhcp4Lease();
  /** Whether anything can be sent. */
  protected carrier: bool = false;
  /** Failures in a row. */
  protected failures: i32 = 0;
  /** The address that we had or are offered, to be asked for; 0 when there is none. */
  protected wanted: u32 = 0;
  /** Whom we ask; 0 when that is everybody. */
  protected server: u32 = 0;
  /** Whether priv has accepted the address of the lease: until then no message may speak for it. */
  private accepted: bool = false;
  /** Why (`LOST_*`) the lease ends as soon as its DHCPRELEASE is on the wire. */
  private leaveCause: i32 = NOT_LEAVING;
  /** The owner's clock. */
  protected clock: Clock;
  /** The way out. */
  protected output: Dhcp4Output;
  /** What the operator has decided. */
  protected settings: Dhcp4Settings;
  /** T1, T2 and the end of the lease. */
  protected timers: LeaseTimers;
  /** The present exchange of messages. */
  protected exchange: Exchange;

  /** Makes a holder of nothing in INIT. */
  constructor(clock: Clock, random: Random, output: Dhcp4Output, settings: Dhcp4Settings) {
    this.clock = clock;
    this.output = output;
    this.settings = settings;
    this.timers = new LeaseTimers(clock);
    this.exchange = new Exchange(clock, random, output, settings);
  }

  /** Sets our MAC address, `buf[at..at+6)`; before `linkUp()`. */
  setMac(buf: Uint8Array, at: i32): void {
    this.exchange.setMac(buf, at);
  }

  /** priv has applied the lease: what failed before is forgotten, and its address may be spoken for. */
  leaseAccepted(): void {
    if (!this.hasLease) return;
    this.accepted = true;
    this.failures = 0;
    if (!this.carrier || this.leaving || this.exchange.next.armed) return;
    if (this.timers.expiry.due(this.clock)) return; // the machine has slept: the lease is lost first
    // What had to wait for this.
    if (this.state === STATE_INFORMING) this.exchange.inform(this.lease.address);
    else if (this.state === STATE_RENEWING || this.state === STATE_REBINDING) this.renew();
  }

  /**
   * priv has refused the lease: after a while another one is looked for. It is given back if its address
   * has been ours before.
   */
  leaseRefused(): void {
    if (this.hasLease) this.leave(LOST_REFUSED);
  }

  /** True while a DHCPRELEASE may still wait in the stack: the owner calls `left()` when it does not. */
  get leaving(): bool {
    return this.leaveCause !== NOT_LEAVING;
  }

  /** The DHCPRELEASE is on the wire, or never will be: the lease ends. */
  left(): void {
    if (!this.leaving) return;
    const cause: i32 = this.leaveCause;
    this.leaveCause = NOT_LEAVING;
    if (cause === LOST_RELEASED) {
      this.loseLease(EVENT_RELEASE, cause);
    } else {
      this.loseLease(EVENT_LOST, cause);
      this.pause(REFUSED_DELAY_MS);
    }
  }

  /** The address of the lease may be used from now on. */
  protected useLease(renewed: bool): void {
    this.hasLease = true;
    this.accepted = this.accepted && renewed;
    this.timers.start(this.lease);
    this.go(EVENT_ACK);
    if (!this.output.leaseAcquired(this.lease, renewed, this.state)) this.leaseRefused();
  }

  /** The address is there once priv has accepted it; what else there is to know is asked for then. */
  protected inform(): void {
    if (this.hasLease) {
      this.enter(EVENT_INFORM);
      if (this.accepted) this.exchange.inform(this.lease.address);
      return;
    }
    this.lease.setInforming(this.settings);
    this.hasLease = true;
    this.go(EVENT_INFORM);
    if (!this.output.leaseAcquired(this.lease, false, this.state)) this.leaseRefused();
  }

  /** T1 has passed, or (`quick`) somebody asks for it. */
  protected enterRenewing(quick: bool): void {
    this.timers.t1.stop();
    this.server = this.lease.server;
    this.exchange.countFromNow();
    this.enter(EVENT_T1);
    this.exchange.beginRenewal(this.leftMs(), quick);
    this.renew();
  }

  /**
   * T2 has passed or somebody asks for it (`EVENT_T2`), or the carrier is back (`EVENT_CARRIER`). T2
   * stays armed until it comes: until then RENEWING is possible again.
   */
  protected enterRebinding(event: i32, quick: bool): void {
    this.timers.t1.stop();
    this.server = 0;
    // REBINDING after RENEWING is the same attempt to renew.
    if (this.state === STATE_BOUND) this.exchange.countFromNow();
    this.enter(event);
    this.exchange.beginRenewal(this.leftMs(), quick);
    this.renew();
  }

  /** Asks for more time. Without a carrier, or priv's answer to the last time, only the state changes. */
  protected renew(): void {
    if (!this.carrier || !this.accepted) return;
    this.timers.noteRequest();
    this.exchange.renew(this.lease.address, this.server, this.leftMs());
  }

  /** The time that RENEWING (until T2) or REBINDING (until the end of the lease) has left. */
  protected leftMs(): i32 {
    return this.state === STATE_RENEWING && this.timers.t2.armed
      ? this.timers.t2.remainingMs(this.clock)
      : this.timers.expiry.remainingMs(this.clock);
  }

  /**
   * Gives the lease back to its server; it ends with `left()`. An address that is not ours yet is left to
   * its time: a DHCPRELEASE would have to come from it.
   */
  protected leave(cause: i32): void {
    if (this.leaving) return;
    this.timers.stop();
    this.exchange.next.stop();
    this.leaveCause = cause;
    if (!this.carrier || !this.accepted) this.left();
    else if (this.settings.informAddress === 0) {
      this.exchange.release(this.lease.address, this.lease.server);
    }
  }

  /** Drops the lease because of `event`, told as `cause`. */
  protected loseLease(event: i32, cause: i32): void {
    this.hasLease = false;
    this.accepted = false;
    this.timers.stop();
    this.exchange.next.stop();
    this.go(event);
    this.output.leaseLost(this.lease, cause, this.state);
  }

  /** Stays in INIT for a while, longer after each failure, so that no server makes us spin. */
  protected pause(leastMs: u32): void {
    if (this.carrier) this.exchange.pause(this.failures, leastMs);
    this.failures += 1;
  }

  /** Follows `event`, and tells when that led to another state. */
  protected enter(event: i32): void {
    const before: i32 = this.state;
    this.go(event);
    this.tell(before);
  }

  /** Tells the state unless it is still `before`; better after a message, which should not wait. */
  protected tell(before: i32): void {
    if (this.state !== before) this.output.stateChanged(this.state);
  }

  /** Follows `event`, telling nobody. */
  protected go(event: i32): void {
    const state: i32 = nextState(this.state, event);
    // A bug of ours; it must not go on in a state that nobody foresaw.
    assert(state >= 0);
    this.state = state;
  }
}
