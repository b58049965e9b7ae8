/**
 * One exchange of messages with servers: what is sent, when it is repeated, and which replies answer
 * it. What a reply means is the client's business.
 *
 * @module
 */

import { copyBytes, equalBytes } from "../sdk/bytes.ts";
import { Clock, Timer } from "../sdk/clock.ts";
import { Random } from "../sdk/random.ts";
import { Dhcp4Reply } from "./decode.ts";
import { backoffDelay, DOUBLINGS, renewalDelay, renewalFloor } from "./delays.ts";
import {
  DHCP_TAKEN,
  DROP_DHCP_CHADDR,
  DROP_DHCP_CLIENT_ID,
  DROP_DHCP_REQUIRED,
  DROP_DHCP_XID,
} from "./drops.ts";
import { Dhcp4Query } from "./encode.ts";
import { Dhcp4Output } from "./output.ts";
import { Dhcp4Settings } from "./settings.ts";

/**
 * So many DHCPDISCOVER have one xid, that a slow server's answer to any of them counts: they are sent
 * within 4 s. From then on each has an xid of its own, so that a lease by rapid commit (RFC 4039) never
 * counts from much too early, and never from a message after the one that it answers.
 */
export const DISCOVERS_PER_XID: i32 = 4;

/** The current exchange of one client. */
export class Exchange {
  /** How often the current message has been sent. */
  tries: i32 = 0;
  /** When to do the next thing: repeat the message, give up, or leave a state of rest. */
  readonly next: Timer = new Timer();
  private query: Dhcp4Query;
  private startSec: u32 = 0;
  private quickTries: i32 = 0;
  private floorMs: i32 = 0;
  private clock: Clock;
  private random: Random;
  private output: Dhcp4Output;

  /** Makes one that sends by `output.transmit()`. */
  constructor(clock: Clock, random: Random, output: Dhcp4Output, settings: Dhcp4Settings) {
    this.clock = clock;
    this.random = random;
    this.output = output;
    this.query = new Dhcp4Query(settings, random);
  }

  /** Sets our MAC address, `buf[at..at+6)`. */
  setMac(buf: Uint8Array, at: i32): void {
    copyBytes(this.query.chaddr, 0, buf, at, 6);
  }

  /**
   * Whether `reply` answers our last message with all that the operator requires: `DHCP_TAKEN`, or
   * the reason why not. A server that
   * echoes no client identifier is believed; one that echoes another's is not (RFC 6842 §3).
   */
  check(reply: Dhcp4Reply): i32 {
    if (reply.xid !== this.query.xid) return DROP_DHCP_XID;
    if (!equalBytes(reply.chaddr, 0, this.query.chaddr, 0, 6)) return DROP_DHCP_CHADDR;
    if (!this.query.isEchoedBy(reply)) return DROP_DHCP_CLIENT_ID;
    return reply.isIncomplete ? DROP_DHCP_REQUIRED : DHCP_TAKEN;
  }

  /** Begins an acquisition: a new xid, and `secs` counts from now. */
  beginAcquisition(): void {
    this.query.xid = this.random.next();
    this.tries = 0;
    this.countFromNow();
  }

  /** Counts `secs` from now: an acquisition or a renewal begins. */
  countFromNow(): void {
    this.startSec = this.clock.sec;
  }

  /** Sends a DHCPDISCOVER that asks for `address`, or (0) for any. */
  discover(address: u32): void {
    if (this.tries >= DISCOVERS_PER_XID) this.query.xid = this.random.next();
    this.query.discover(this.query.xid, this.elapsedSeconds(), address);
    this.output.transmit(this.query, 0);
    this.waitForAnswer();
  }

  /** Sends a DHCPREQUEST for the offered `address`, with the xid and the secs of the DHCPDISCOVER. */
  request(address: u32, server: u32): void {
    this.query.requestSelecting(this.query.xid, this.query.secs, address, server);
    this.output.transmit(this.query, 0);
    this.waitForAnswer();
  }

  /** Sends a DHCPREQUEST for the `address` of a lease that we had before (RFC 2131 §3.2). */
  reboot(address: u32): void {
    this.query.requestRebooting(this.query.xid, this.elapsedSeconds(), address);
    this.output.transmit(this.query, 0);
    this.waitForAnswer();
  }

  /** Sends a DHCPINFORM from `address` (RFC 2131 §4.4.3). */
  inform(address: u32): void {
    this.query.inform(this.query.xid, this.elapsedSeconds(), address);
    this.output.transmit(this.query, 0);
    this.waitForAnswer();
  }

  /** Sends a DHCPDECLINE: somebody else has `address`, which `server` gave (RFC 2131 §4.4.4). */
  decline(address: u32, server: u32): void {
    this.query.decline(this.random.next(), address, server);
    this.output.transmit(this.query, 0);
  }

  /**
   * Sends a DHCPRELEASE of `address` to the `server` that gave it (RFC 2131 §4.4.6), or to all when
   * it did not say who it is.
   */
  release(address: u32, server: u32): void {
    this.query.release(this.random.next(), address, server);
    this.output.transmit(this.query, server);
  }

  /**
   * Begins to ask for more time, when `leftMs` are left. `quick`: the first repetitions come as
   * fast as those of a DHCPDISCOVER, since nobody knows whether the lease still holds.
   */
  beginRenewal(leftMs: i32, quick: bool): void {
    this.floorMs = renewalFloor(leftMs);
    this.quickTries = quick ? DOUBLINGS + 1 : 0;
    this.tries = 0;
  }

  /**
   * Sends a DHCPREQUEST for more time on `address`, `leftMs` of which are left: to `server`, or to all
   * when it is 0. Each has a new xid, so that the time from which a lease counts is never in doubt.
   */
  renew(address: u32, server: u32, leftMs: i32): void {
    this.query.requestRenewing(this.random.next(), this.elapsedSeconds(), address);
    this.output.transmit(this.query, server);
    if (this.tries < this.quickTries) {
      this.waitForAnswer();
    } else {
      this.next.start(this.clock, 0, renewalDelay(leftMs, this.floorMs));
    }
  }

  /** Waits after the `failures`-th failure (from 0) in a row, at least `leastMs`. */
  pause(failures: i32, leastMs: u32): void {
    const delay: u32 = backoffDelay(failures, this.random);
    this.next.start(this.clock, 0, delay < leastMs ? leastMs : delay);
  }

  /** Sets the time to send the message again. */
  private waitForAnswer(): void {
    this.next.start(this.clock, 0, backoffDelay(this.tries, this.random));
    this.tries += 1;
  }

  /** Seconds since the acquisition or renewal began, 1–65535: some servers refuse 0. */
  private elapsedSeconds(): i32 {
    const elapsed: u32 = u32(this.clock.sec - this.startSec);
    if (elapsed === 0) return 1;
    return elapsed > 0xffff ? 0xffff : i32(elapsed);
  }
}
