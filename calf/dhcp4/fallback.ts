/**
 * What a host does while no server has given it an address: it waits a while and then takes a
 * link-local one (RFC 3927) or the operator's static one, and keeps looking for a server.
 *
 * @module
 */

import { Acd } from "../sdk/acd.ts";
import { Clock, Timer } from "../sdk/clock.ts";
import { LinkLocalCandidates } from "../sdk/link_local.ts";
import { Dhcp4Lease } from "./lease.ts";
import {
  ACD_NEVER,
  Dhcp4Settings,
  FALLBACK_IPV4LL,
  FALLBACK_NONE,
  FALLBACK_STATIC,
} from "./settings.ts";

/** Nothing is under way. */
const PHASE_OFF: i32 = 0;
/** A server still has time to answer, or the next attempt is yet to come. */
const PHASE_WAITING: i32 = 1;
/** The address is being probed. */
const PHASE_PROBING: i32 = 2;
/** The address is ours. */
const PHASE_HELD: i32 = 3;

/**
 * The fallback of one interface. It uses the detection of conflicts while no lease does. Where a method
 * returns true, the address in `lease` has become ours, or has just ceased to be.
 */
export class Fallback {
  /** The address when it is held. */
  readonly lease: Dhcp4Lease = new Dhcp4Lease();
  private clock: Clock;
  private acd: Acd;
  private settings: Dhcp4Settings;
  private candidates: LinkLocalCandidates = new LinkLocalCandidates();
  private candidate: u32 = 0;
  /** Whether a server lets hosts choose link-local addresses (RFC 2563). */
  private allowed: bool = true;
  private phase: i32 = PHASE_OFF;
  private timer: Timer = new Timer();

  /** Makes one that does nothing until `arm()`. */
  constructor(clock: Clock, acd: Acd, settings: Dhcp4Settings) {
    this.clock = clock;
    this.acd = acd;
    this.settings = settings;
  }

  /** Sets our MAC address, `buf[at..at+6)`, from which the link-local address follows. */
  setMac(buf: Uint8Array, at: i32): void {
    this.candidates.setMac(buf, at);
  }

  /** True while its address is ours. */
  get held(): bool {
    return this.phase === PHASE_HELD;
  }

  /** There is no lease and a server is looked for: the wait begins, unless it has already. */
  arm(): void {
    const settings: Dhcp4Settings = this.settings;
    if (this.phase !== PHASE_OFF || settings.fallback === FALLBACK_NONE) return;
    if (settings.fallback === FALLBACK_STATIC && settings.staticAddress === 0) return;
    this.phase = PHASE_WAITING;
    this.timer.start(this.clock, this.settings.fallbackAfter, 0);
  }

  /** Ends it: a lease takes its place, or nothing shall. True when an address was held. */
  stop(): bool {
    const held: bool = this.held;
    if (this.phase === PHASE_PROBING || this.phase === PHASE_HELD) this.acd.stop();
    this.phase = PHASE_OFF;
    this.timer.stop();
    return held;
  }

  /** The detection of conflicts is needed for a lease: what is not held yet ends until `arm()`. */
  yieldDetection(): void {
    if (!this.held) this.stop();
  }

  /** The carrier is gone: what is held stays, undetected; what is under way ends until `arm()`. */
  linkDown(): void {
    this.allowed = true;
    if (!this.held) this.stop();
  }

  /** The carrier is back: perhaps there are others on this link who have the address. */
  linkUp(): void {
    if (this.held && this.probes) this.detect(true);
  }

  /** A server says whether hosts may choose link-local addresses here. True: the address is lost. */
  autoConfigure(allowed: bool): bool {
    this.allowed = allowed;
    if (allowed) this.arm();
    return !allowed && this.settings.fallback === FALLBACK_IPV4LL && this.stop();
  }

  /** Nobody has the address. True: it is ours. */
  verified(): bool {
    if (this.phase !== PHASE_PROBING) return false;
    this.phase = PHASE_HELD;
    return true;
  }

  /** Somebody else has the address: the next attempt comes after `waitMs`. True: it was ours. */
  conflict(waitMs: u32): bool {
    const held: bool = this.held;
    this.candidate = 0;
    this.phase = PHASE_WAITING;
    this.timer.start(this.clock, 0, waitMs);
    return held;
  }

  /** Does what has become due; harmless when called early. True: the address is ours. */
  onTimer(): bool {
    if (!this.timer.due(this.clock)) return false;
    this.timer.stop();
    if (this.settings.fallback === FALLBACK_STATIC) return this.tryStatic();
    this.tryLinkLocal();
    return false;
  }

  /** Milliseconds until `onTimer()` has something to do: 0 when due, `LONGEST_WAIT_MS` if never. */
  remainingMs(): i32 {
    return this.timer.remainingMs(this.clock);
  }

  /** Whether the link-local address is the one in use, not the static one. */
  get isLinkLocal(): bool {
    return this.settings.fallback === FALLBACK_IPV4LL;
  }

  /** True when it may be used at once. */
  private tryStatic(): bool {
    this.lease.setStatic(this.settings);
    if (this.probes) this.detect(false);
    else this.phase = PHASE_HELD;
    return this.held;
  }

  /** Whether others are asked; RFC 3927 §2.2.1: always about a link-local address. */
  private get probes(): bool {
    return this.isLinkLocal || this.settings.acd !== ACD_NEVER;
  }

  /** The next candidate, or the last one when nobody had it. */
  private tryLinkLocal(): void {
    if (!this.allowed) {
      this.phase = PHASE_OFF;
      return;
    }
    if (this.candidate === 0) this.candidate = this.candidates.next();
    this.lease.setLinkLocal(this.candidate);
    this.detect(false);
  }

  /** Looks for others who have the address. */
  private detect(atOnce: bool): void {
    if (this.phase !== PHASE_HELD) this.phase = PHASE_PROBING;
    this.acd.start(this.lease.address, atOnce);
  }
}
