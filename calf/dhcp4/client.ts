/**
 * The DHCPv4 client (RFC 2131 §4.4): a machine that gets messages, time and the carrier's state, and
 * acts through a {@linkcode Dhcp4Output}. It does not know frames, sockets or the key-value store.
 *
 * Choices where the RFC leaves room:
 * - INIT goes to SELECTING at once; nobody uses the random wait of 1–10 s (§4.4.1) any more.
 * - The first usable DHCPOFFER is taken.
 * - A DHCPACK for our xid is taken from any server; a DHCPNAK in REQUESTING only from the one asked.
 * - When the carrier comes back the lease is kept and confirmed by a broadcast in the form of
 *   REBINDING, because a server of another network can answer that with a DHCPNAK, and never sees a
 *   unicast to the old server.
 *
 * @module
 */

import { Clock, sooner } from "../sdk/clock.ts";
import { Random } from "../sdk/random.ts";
import { Dhcp4Reply } from "./decode.ts";
import { REFUSED_DELAY_MS } from "./delays.ts";
import { DHCP_TAKEN, DROP_DHCP_SERVER, DROP_DHCP_STATE } from "./drops.ts";
import { Exchange } from "./exchange.ts";
import { Dhcp4Lease, leaseProblem } from "./lease.ts";
import { LeaseTimers } from "./lease_timers.ts";
import { DHCPACK, DHCPOFFER } from "./options.ts";
import { Dhcp4Output, LOST_EXPIRED, LOST_NAK, LOST_REFUSED } from "./output.ts";
import {
  EVENT_ACK,
  EVENT_CARRIER,
  EVENT_EXPIRED,
  EVENT_GAVE_UP,
  EVENT_NAK,
  EVENT_NO_CARRIER,
  EVENT_OFFER,
  EVENT_REFUSED,
  EVENT_START,
  EVENT_T1,
  EVENT_T2,
  nextState,
  STATE_BOUND,
  STATE_INIT,
  STATE_REBINDING,
  STATE_RENEWING,
  STATE_REQUESTING,
  STATE_SELECTING,
} from "./transitions.ts";

/** Times that a DHCPREQUEST is sent in REQUESTING: at 0, 0.5, 1.5 and 3.5 s; given up after 7.5 s. */
export const MAX_REQUESTS: i32 = 4;

/** One client, for one interface. The owner advances the clock before each call. */
export class Dhcp4Client {
  /** `STATE_*`. */
  state: i32 = STATE_INIT;
  /** True in BOUND, RENEWING and REBINDING. */
  hasLease: bool = false;
  /** The lease when `hasLease`. */
  readonly lease: Dhcp4Lease = new Dhcp4Lease();
  private carrier: bool = false;
  private failures: i32 = 0;
  private offered: u32 = 0;
  /** Whom we ask; 0 when that is everybody. */
  private server: u32 = 0;
  private clock: Clock;
  private output: Dhcp4Output;
  private reply: Dhcp4Reply = new Dhcp4Reply();
  private timers: LeaseTimers;
  private exchange: Exchange;

  /** Makes a client in INIT that waits for `setMac()` and `linkUp()`. */
  constructor(clock: Clock, random: Random, output: Dhcp4Output) {
    this.clock = clock;
    this.output = output;
    this.timers = new LeaseTimers(clock);
    this.exchange = new Exchange(clock, random, output);
  }

  /** Sets our MAC address, `buf[at..at+6)`; before `linkUp()`. */
  setMac(buf: Uint8Array, at: i32): void {
    this.exchange.setMac(buf, at);
  }

  /** The carrier is there. With a lease it is confirmed, without one a server is looked for now. */
  linkUp(): void {
    if (this.carrier) return;
    this.carrier = true;
    if (this.hasLease) this.enterRebinding(EVENT_CARRIER);
    else this.begin();
  }

  /** The carrier is gone: nothing is sent until `linkUp()`, but the lease's time goes on. */
  linkDown(): void {
    if (!this.carrier) return;
    this.carrier = false;
    this.exchange.next.stop();
    this.enter(EVENT_NO_CARRIER);
  }

  /**
   * Takes a UDP payload from a server, `buf[at..at+len)`. Returns `DHCP_TAKEN`, or the reason why
   * it was ignored, which leaves everything as it was. Never throws.
   */
  receive(buf: Uint8Array, at: i32, len: i32): i32 {
    let problem: i32 = this.reply.decode(buf, at, len);
    if (problem === DHCP_TAKEN) problem = this.exchange.check(this.reply);
    if (problem !== DHCP_TAKEN) return problem;
    if (!this.carrier) return DROP_DHCP_STATE;
    if (this.reply.messageType === DHCPOFFER) return this.onOffer();
    const asked: bool = this.state === STATE_REQUESTING || this.state === STATE_RENEWING ||
      this.state === STATE_REBINDING;
    if (!asked) return DROP_DHCP_STATE;
    return this.reply.messageType === DHCPACK ? this.onAck() : this.onNak();
  }

  /** Does what has become due. Harmless when called early. */
  onTimer(): void {
    if (this.timers.expiry.due(this.clock)) {
      this.loseLease(EVENT_EXPIRED, LOST_EXPIRED);
      if (this.carrier) this.begin();
    } else if (this.timers.t2.due(this.clock)) {
      this.enterRebinding(EVENT_T2);
    } else if (this.timers.t1.due(this.clock)) {
      this.enterRenewing();
    }
    if (this.exchange.next.due(this.clock)) this.act();
  }

  /** Milliseconds until `onTimer()` has something to do: 0 when due, `LONGEST_WAIT_MS` if never. */
  remainingMs(): i32 {
    return sooner(this.exchange.next.remainingMs(this.clock), this.timers.remainingMs());
  }

  /** priv has applied the lease: what failed before is forgotten. */
  leaseAccepted(): void {
    if (this.hasLease) this.failures = 0;
  }

  /** priv has refused the lease: it is dropped, and after a while another one is looked for. */
  leaseRefused(): void {
    if (!this.hasLease) return;
    this.loseLease(EVENT_REFUSED, LOST_REFUSED);
    this.pause(REFUSED_DELAY_MS);
  }

  /** Takes the first usable DHCPOFFER. */
  private onOffer(): i32 {
    if (this.state !== STATE_SELECTING) return DROP_DHCP_STATE;
    const problem: i32 = leaseProblem(this.reply);
    if (problem !== DHCP_TAKEN) return problem;
    this.offered = this.reply.yiaddr;
    this.server = this.reply.server;
    this.enter(EVENT_OFFER);
    this.timers.noteRequest();
    this.exchange.tries = 0;
    this.exchange.request(this.offered, this.server);
    return DHCP_TAKEN;
  }

  /** A DHCPACK: we have a lease. */
  private onAck(): i32 {
    const problem: i32 = leaseProblem(this.reply);
    if (problem !== DHCP_TAKEN) return problem;
    const renewed: bool = this.hasLease;
    this.lease.set(this.reply);
    // RFC 2131 demands option 54 here too; without it we know whom we asked, if anybody.
    if (this.lease.server === 0) this.lease.server = this.server;
    this.server = this.lease.server;
    this.hasLease = true;
    this.exchange.next.stop();
    this.timers.start(this.lease);
    this.go(EVENT_ACK);
    if (!this.output.leaseAcquired(this.lease, renewed)) this.leaseRefused();
    return DHCP_TAKEN;
  }

  /** A DHCPNAK: we have none (RFC 2131 §3.1, §4.4.5). */
  private onNak(): i32 {
    if (this.hasLease) {
      this.loseLease(EVENT_NAK, LOST_NAK);
    } else {
      const server: u32 = this.reply.server;
      if (server !== 0 && this.server !== 0 && server !== this.server) return DROP_DHCP_SERVER;
      this.enter(EVENT_NAK);
    }
    this.pause(0);
    return DHCP_TAKEN;
  }

  /** The wait in this state is over. */
  private act(): void {
    this.exchange.next.stop();
    switch (this.state) {
      case STATE_INIT:
        this.begin();
        break;
      case STATE_SELECTING:
        this.exchange.discover();
        break;
      case STATE_REQUESTING:
        this.requestAgain();
        break;
      case STATE_RENEWING:
      case STATE_REBINDING:
        this.renew();
        break;
      default:
        break;
    }
  }

  /** Leaves INIT. */
  private begin(): void {
    this.enter(EVENT_START);
    this.exchange.beginAcquisition();
    this.exchange.discover();
  }

  /** No answer in REQUESTING: asks again or gives up. */
  private requestAgain(): void {
    if (this.exchange.tries < MAX_REQUESTS) {
      // The lease still counts from the first DHCPREQUEST: the server may have heard that one.
      this.exchange.request(this.offered, this.server);
    } else {
      this.enter(EVENT_GAVE_UP);
      this.pause(0);
    }
  }

  /** T1 has passed. */
  private enterRenewing(): void {
    this.timers.t1.stop();
    this.exchange.countFromNow();
    this.enter(EVENT_T1);
    this.exchange.beginRenewal(this.leftMs(), false);
    this.renew();
  }

  /** T2 has passed (`EVENT_T2`), or the carrier is back (`EVENT_CARRIER`). */
  private enterRebinding(event: i32): void {
    this.timers.t1.stop();
    this.timers.t2.stop();
    this.server = 0;
    // REBINDING after RENEWING is the same attempt to renew.
    if (this.state === STATE_BOUND) this.exchange.countFromNow();
    this.enter(event);
    this.exchange.beginRenewal(this.leftMs(), event === EVENT_CARRIER);
    this.renew();
  }

  /** Asks for more time. Without a carrier only the state changes. */
  private renew(): void {
    if (!this.carrier) return;
    this.timers.noteRequest();
    this.exchange.renew(this.lease.address, this.server, this.leftMs());
  }

  /** The time that RENEWING (until T2) or REBINDING (until the end of the lease) has left. */
  private leftMs(): i32 {
    return this.state === STATE_RENEWING
      ? this.timers.t2.remainingMs(this.clock)
      : this.timers.expiry.remainingMs(this.clock);
  }

  /** Drops the lease because of `event`, told as `cause`. */
  private loseLease(event: i32, cause: i32): void {
    this.hasLease = false;
    this.timers.stop();
    this.exchange.next.stop();
    this.go(event);
    this.output.leaseLost(this.lease, cause);
  }

  /** Stays in INIT for a while, longer after each failure, so that no server makes us spin. */
  private pause(leastMs: u32): void {
    if (this.carrier) this.exchange.pause(this.failures, leastMs);
    this.failures += 1;
  }

  /** Follows `event`, and tells when that led to another state. */
  private enter(event: i32): void {
    const before: i32 = this.state;
    this.go(event);
    if (this.state !== before) this.output.stateChanged(this.state);
  }

  /** Follows `event`, telling nobody. */
  private go(event: i32): void {
    const state: i32 = nextState(this.state, event);
    // A bug of ours; it must not go on in a state that nobody foresaw.
    assert(state >= 0);
    this.state = state;
  }
}
