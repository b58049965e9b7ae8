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
 * - A lease from before the start is asked for twice (REBOOTING); then servers are looked for.
 *
 * @module
 */

import { Clock, sooner } from "../sdk/clock.ts";
import { Random } from "../sdk/random.ts";
import { Dhcp4Reply } from "./decode.ts";
import { DHCP_TAKEN, DROP_DHCP_LEASE_TIME, DROP_DHCP_SERVER, DROP_DHCP_STATE } from "./drops.ts";
import { DISCOVERS_PER_XID } from "./exchange.ts";
import { leaseProblem, leaseTimeOf } from "./lease.ts";
import { LeaseHolder } from "./lease_holder.ts";
import { DHCPACK, DHCPOFFER, INFINITE, MIN_V6ONLY_WAIT } from "./options.ts";
import {
  Dhcp4Output,
  LOST_CONFLICT,
  LOST_EXPIRED,
  LOST_MOVED,
  LOST_NAK,
  LOST_RELEASED,
} from "./output.ts";
import { ACD_BEFORE, Dhcp4Settings } from "./settings.ts";
import {
  EVENT_CARRIER,
  EVENT_EXPIRED,
  EVENT_GAVE_UP,
  EVENT_IPV6_ONLY,
  EVENT_LOST,
  EVENT_NAK,
  EVENT_NO_CARRIER,
  EVENT_OFFER,
  EVENT_PROBE,
  EVENT_RELEASE,
  EVENT_SAVED,
  EVENT_START,
  EVENT_T2,
  isAsking,
  STATE_INFORMING,
  STATE_INIT,
  STATE_INIT_REBOOT,
  STATE_PROBING,
  STATE_REBINDING,
  STATE_REBOOTING,
  STATE_RELEASED,
  STATE_RENEWING,
  STATE_REQUESTING,
  STATE_SELECTING,
  STATE_V6ONLY,
} from "./transitions.ts";

/** Times that a DHCPREQUEST is sent in REQUESTING: at 0, 0.5, 1.5 and 3.5 s; given up after 7.5 s. */
export const MAX_REQUESTS: i32 = 4;
/** Times that a DHCPREQUEST is sent in REBOOTING: at 0 and 0.5 s; given up after 1.5 s. */
export const MAX_REBOOT_REQUESTS: i32 = 2;

/** DHCPDISCOVERs without an answer before that is worth a word: 15.5 s. */
export const SILENT_DISCOVERS: i32 = 5;

/** One client, for one interface. The owner advances the clock before each call. */
export class Dhcp4Client extends LeaseHolder {
  private reply: Dhcp4Reply = new Dhcp4Reply();
  /** Whether the last DHCPDISCOVER has been answered by option 116 alone: one such answer counts. */
  private wasTold: bool = false;

  /** Makes a client in INIT that waits for `setMac()` and `linkUp()`, and by then for `settings`. */
  constructor(clock: Clock, random: Random, output: Dhcp4Output, settings: Dhcp4Settings) {
    super(clock, random, output, settings);
    this.reply.wishes = settings.options;
  }

  /**
   * Before `linkUp()`: there was a lease of `address`, which is still `valid` and is asked for in
   * INIT-REBOOT, or is over and worth a wish in the DHCPDISCOVER.
   */
  remember(address: u32, valid: bool): void {
    const unwanted: bool = this.settings.anonymity || this.settings.informAddress !== 0;
    if (this.state !== STATE_INIT || unwanted) return;
    this.wanted = address;
    if (valid) this.enter(EVENT_SAVED);
  }

  /** The carrier is there. With a lease it is confirmed, without one a server is looked for now. */
  linkUp(): void {
    if (this.carrier) return;
    this.awake();
    this.carrier = true;
    if (this.state === STATE_RELEASED) return;
    if (this.hasLease && this.settings.informAddress === 0) {
      this.enterRebinding(EVENT_CARRIER, true);
    } else this.begin();
  }

  /** The carrier is gone: nothing is sent until `linkUp()`, but the lease's time goes on. */
  linkDown(): void {
    if (!this.carrier) return;
    this.carrier = false;
    this.exchange.next.stop();
    if (this.leaving) this.left();
    else {
      if (this.state === STATE_PROBING) this.timers.stop();
      this.enter(EVENT_NO_CARRIER);
    }
  }

  /**
   * Takes a UDP payload from a server, `buf[at..at+len)`. Returns `DHCP_TAKEN`, or the reason why
   * it was ignored, which leaves everything as it was. Never throws.
   */
  receive(buf: Uint8Array, at: i32, len: i32): i32 {
    this.awake();
    let problem: i32 = this.reply.decode(buf, at, len);
    if (problem === DHCP_TAKEN) problem = this.exchange.check(this.reply);
    if (problem !== DHCP_TAKEN) return problem;
    if (!this.carrier || this.leaving) return DROP_DHCP_STATE;
    if (this.reply.messageType === DHCPOFFER) return this.onOffer();
    if (this.reply.messageType !== DHCPACK) return this.onNak();
    if (this.state === STATE_INFORMING) return this.onInformed();
    // RFC 4039 §3.1: without a DHCPREQUEST only what answers our own option 80.
    const rapid: bool = this.state === STATE_SELECTING && this.settings.offersRapidCommit &&
      this.reply.rapidCommit;
    return rapid || isAsking(this.state) ? this.onAck() : DROP_DHCP_STATE;
  }

  /** Does what has become due. Harmless when called early. */
  onTimer(): void {
    if (this.timers.expiry.due(this.clock)) {
      this.loseLease(EVENT_EXPIRED, LOST_EXPIRED);
      if (this.carrier) this.begin();
    } else if (this.timers.t2.due(this.clock)) {
      this.timers.t2.stop();
      if (this.hasLease && this.state !== STATE_REBINDING) this.enterRebinding(EVENT_T2, false);
    } else if (this.timers.t1.due(this.clock)) {
      if (this.hasLease) this.enterRenewing(false);
    }
    if (this.exchange.next.due(this.clock)) this.act();
  }

  /** Milliseconds until `onTimer()` has something to do: 0 when due, `LONGEST_WAIT_MS` if never. */
  remainingMs(): i32 {
    return sooner(this.exchange.next.remainingMs(this.clock), this.timers.remainingMs());
  }

  /** Nobody has the address that is being probed: it may be used. */
  addressVerified(): void {
    this.awake();
    if (this.state === STATE_PROBING && !this.leaving) this.useLease(false);
  }

  /** Somebody else has our address (RFC 2131 §3.1.5): it is declined; not before `leastMs` a new one. */
  addressConflict(leastMs: u32): void {
    if (this.leaving || this.settings.informAddress !== 0) return;
    if (!this.hasLease && this.state !== STATE_PROBING) return;
    if (this.carrier) this.exchange.decline(this.lease.address, this.lease.server);
    this.wanted = 0;
    this.loseLease(EVENT_LOST, LOST_CONFLICT);
    this.pause(leastMs);
  }

  /** Somebody wants more time on the lease now, or, without one, a new attempt to get one now. */
  renewNow(): void {
    this.awake();
    if (this.hasLease && this.settings.informAddress === 0) {
      if (!this.carrier || this.leaving) return;
      // After T2 the server of the lease is not the one to wait for.
      if (this.timers.t2.armed || this.lease.t2 === INFINITE) this.enterRenewing(true);
      else this.enterRebinding(EVENT_T2, true);
    } else {
      this.beginAnew();
    }
  }

  /** As `renewNow()`, but all servers are asked. */
  rebindNow(): void {
    this.awake();
    if (this.hasLease && this.settings.informAddress === 0) {
      if (this.carrier && !this.leaving) this.enterRebinding(EVENT_T2, true);
    } else {
      this.beginAnew();
    }
  }

  /** Gives the lease back and stays in RELEASED until `renewNow()`. */
  release(): void {
    if (this.state === STATE_RELEASED) return;
    this.awake();
    if (this.hasLease || this.state === STATE_PROBING) this.leave(LOST_RELEASED);
    else {
      this.exchange.next.stop();
      this.enter(EVENT_RELEASE);
    }
  }

  /** Whatever comes first after the machine has slept: a lease that is over is lost before. */
  private awake(): void {
    if (this.timers.expiry.due(this.clock)) this.onTimer();
  }

  /** Takes the first usable DHCPOFFER. */
  private onOffer(): i32 {
    if (this.state !== STATE_SELECTING) return DROP_DHCP_STATE;
    if (this.isIpv6Only()) return this.enterV6Only();
    const problem: i32 = leaseProblem(this.reply);
    if (problem !== DHCP_TAKEN) {
      if (this.reply.yiaddr === 0 && this.reply.hasAutoConfigure && !this.wasTold) {
        this.wasTold = true;
        this.output.autoConfigure(this.reply.autoConfigure);
        return DHCP_TAKEN;
      }
      return problem;
    }
    this.wanted = this.reply.yiaddr;
    this.server = this.reply.server;
    this.go(EVENT_OFFER);
    this.timers.noteRequest();
    this.exchange.tries = 0;
    this.exchange.request(this.wanted, this.server);
    this.tell(STATE_SELECTING);
    return DHCP_TAKEN;
  }

  /** A DHCPACK: we have a lease. */
  private onAck(): i32 {
    if (!this.hasLease && this.isIpv6Only()) return this.enterV6Only();
    const problem: i32 = this.acknowledgedProblem();
    if (problem !== DHCP_TAKEN) return problem;
    const moved: bool = this.hasLease && this.reply.yiaddr !== this.lease.address;
    if (moved && this.settings.acd === ACD_BEFORE) return this.onMoved();
    const asked: u32 = this.server;
    this.lease.set(this.reply, this.settings);
    // RFC 2131 demands option 54 here too; without it we know whom we asked, if anybody.
    if (this.lease.server === 0) this.lease.server = asked;
    this.server = this.lease.server;
    this.wanted = this.lease.address;
    this.exchange.next.stop();
    if (this.hasLease || this.settings.acd !== ACD_BEFORE) {
      this.useLease(this.hasLease && !moved);
    } else {
      this.timers.startExpiry(this.lease);
      this.go(EVENT_PROBE);
      this.output.probeAddress(this.lease);
    }
    return DHCP_TAKEN;
  }

  /** Why the lease of a DHCPACK cannot be used, or `DHCP_TAKEN`. */
  private acknowledgedProblem(): i32 {
    // RFC 4039 §3.1: another server's answer to our DHCPDISCOVER; it knows that it was not chosen.
    const rapid: bool = this.state === STATE_REQUESTING && this.reply.rapidCommit;
    if (rapid && this.reply.yiaddr !== this.wanted) return DROP_DHCP_SERVER;
    if (this.timers.isOver(leaseTimeOf(this.reply, this.settings))) return DROP_DHCP_LEASE_TIME;
    return leaseProblem(this.reply);
  }

  /** A DHCPACK takes our address and gives another, which nobody has probed: it is asked for anew. */
  private onMoved(): i32 {
    this.wanted = this.reply.yiaddr;
    this.loseLease(EVENT_NAK, LOST_MOVED);
    this.pause(0);
    return DHCP_TAKEN;
  }

  /** A DHCPACK to our DHCPINFORM: options for the address that we have. */
  private onInformed(): i32 {
    this.lease.setInformed(this.reply, this.settings);
    this.exchange.next.stop();
    this.useLease(true);
    return DHCP_TAKEN;
  }

  /** A DHCPNAK: we have none (RFC 2131 §3.1, §4.4.5). */
  private onNak(): i32 {
    if (!isAsking(this.state)) return DROP_DHCP_STATE;
    const rebooting: bool = this.state === STATE_REBOOTING;
    if (this.hasLease) {
      this.loseLease(EVENT_NAK, LOST_NAK);
    } else {
      const server: u32 = this.reply.server;
      const others: bool = server !== 0 && this.server !== 0 && server !== this.server;
      if (others && !rebooting) return DROP_DHCP_SERVER;
      this.go(EVENT_NAK);
      this.output.addressRefused(this.wanted, server, this.state);
    }
    this.wanted = 0;
    // On another network than before there is no reason to wait, the first time.
    if (rebooting && this.failures === 0) this.begin();
    else this.pause(0);
    return DHCP_TAKEN;
  }

  /** The wait in this state is over. */
  private act(): void {
    this.exchange.next.stop();
    switch (this.state) {
      case STATE_INIT:
      case STATE_V6ONLY:
        this.begin();
        break;
      case STATE_SELECTING:
        if (this.exchange.tries === SILENT_DISCOVERS) this.output.nobodyAnswers();
        this.discover();
        break;
      case STATE_REQUESTING:
        // The lease still counts from the first DHCPREQUEST: the server may have heard that one.
        if (this.exchange.tries < MAX_REQUESTS) this.exchange.request(this.wanted, this.server);
        else this.giveUp();
        break;
      case STATE_REBOOTING:
        if (this.exchange.tries < MAX_REBOOT_REQUESTS) this.exchange.reboot(this.wanted);
        else this.begin();
        break;
      case STATE_RENEWING:
      case STATE_REBINDING:
        this.renew();
        break;
      case STATE_INFORMING:
        this.exchange.inform(this.lease.address);
        break;
      default:
        break;
    }
  }

  /** Leaves a state of rest, or REBOOTING for SELECTING. */
  private begin(): void {
    this.exchange.beginAcquisition();
    if (this.settings.informAddress !== 0) {
      this.inform();
      return;
    }
    const before: i32 = this.state;
    const rebooting: bool = before === STATE_INIT_REBOOT;
    this.server = 0;
    this.go(EVENT_START);
    if (rebooting) {
      this.timers.noteRequest();
      this.exchange.reboot(this.wanted);
    } else {
      this.discover();
    }
    this.tell(before);
  }

  /** Begins without a lease as if the carrier had just come. */
  private beginAnew(): void {
    if (this.leaving || this.state === STATE_PROBING) return;
    this.failures = 0;
    if (this.carrier) {
      this.begin();
    } else if (this.state === STATE_RELEASED) {
      this.go(EVENT_START);
      this.enter(EVENT_NO_CARRIER);
    }
  }

  /** Asks all servers for an address. */
  private discover(): void {
    // With rapid commit the lease counts from the first message that a DHCPACK may answer.
    if (this.exchange.tries === 0 || this.exchange.tries >= DISCOVERS_PER_XID) {
      this.timers.noteRequest();
    }
    this.wasTold = false;
    // RFC 7844 §3.3: an anonymous host does not tell which address it had before.
    this.exchange.discover(this.settings.anonymity ? 0 : this.wanted);
  }

  /** No answer in REQUESTING. */
  private giveUp(): void {
    this.enter(EVENT_GAVE_UP);
    this.pause(0);
  }

  /** Whether the server's message says that IPv4 is not needed, and we asked. */
  private isIpv6Only(): bool {
    return this.settings.ipv6Only && this.reply.hasIpv6OnlyWait;
  }

  /** Does without IPv4 for a while. */
  private enterV6Only(): i32 {
    const told: u32 = this.reply.ipv6OnlyWait;
    const seconds: u32 = told < MIN_V6ONLY_WAIT ? MIN_V6ONLY_WAIT : told;
    this.exchange.next.start(this.clock, seconds, 0);
    this.go(EVENT_IPV6_ONLY);
    this.output.ipv6Only(seconds, this.state);
    return DHCP_TAKEN;
  }
}
