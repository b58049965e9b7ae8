/**
 * What the DHCPv4 client and its fallback do, done with a stack and a key-value store.
 *
 * @module
 */

import { Acd, ACD_OFF } from "../sdk/acd.ts";
import { Clock } from "../sdk/clock.ts";
import { Host, LOG_INFO, LOG_WARNING } from "../sdk/host.ts";
import { KvClient } from "../sdk/kv.ts";
import { Stack } from "../sdk/stack.ts";
import { Text } from "../sdk/text.ts";
import { REFUSED_DELAY_MS } from "./delays.ts";
import { Dhcp4Query } from "./encode.ts";
import { Fallback } from "./fallback.ts";
import {
  commitAutoConfigure,
  commitIpv6Only,
  commitLease,
  commitLoss,
  commitState,
  ORIGIN_DHCP,
  ORIGIN_INFORM,
  ORIGIN_IPV4LL,
  ORIGIN_STATIC,
  SCRATCH_LENGTH,
} from "./kv_lease.ts";
import { appendSeconds } from "./kv_options.ts";
import { Dhcp4Lease } from "./lease.ts";
import { INFINITE, PORT_CLIENT, PORT_SERVER } from "./options.ts";
import {
  Dhcp4Output,
  LOST_CONFLICT,
  LOST_EXPIRED,
  LOST_MOVED,
  LOST_NAK,
  LOST_RELEASED,
} from "./output.ts";
import { ACD_NEVER, Dhcp4Settings } from "./settings.ts";
import {
  STATE_INIT,
  STATE_PROBING,
  STATE_RELEASED,
  STATE_SELECTING,
  stateName,
} from "./transitions.ts";

/** See the module's description. */
export class ServiceOutput extends Dhcp4Output {
  /** Id of the commit that carried the current lease, −1 when there is none. */
  leaseCommit: i32 = -1;
  /** Id of the commit that carried the fallback, −1 when there is none. */
  fallbackCommit: i32 = -1;
  /** The fallback, armed and stopped as leases go and come. */
  readonly fallback: Fallback;
  private host: Host;
  private stack: Stack;
  private kv: KvClient;
  private acd: Acd;
  private settings: Dhcp4Settings;
  private state: i32 = STATE_INIT;
  /** Whether the store may have keys of what is over: the next state takes them away. */
  private leftovers: bool = false;
  private line: Text = new Text(256);
  private scratch: Text = new Text(SCRATCH_LENGTH);

  /** Makes one that sends by `stack` and writes by `kv`. */
  constructor(
    host: Host,
    clock: Clock,
    stack: Stack,
    kv: KvClient,
    acd: Acd,
    settings: Dhcp4Settings,
  ) {
    super();
    this.host = host;
    this.stack = stack;
    this.kv = kv;
    this.acd = acd;
    this.settings = settings;
    this.fallback = new Fallback(clock, acd, settings);
  }

  /** Encodes `query` and sends it by the stack. */
  override transmit(query: Dhcp4Query, destination: u32): void {
    const length: i32 = query.encode(this.stack.payload, 0);
    // What cannot reach its server alone may by broadcast, and by a relay agent (RFC 2131 §4.1).
    if (destination === 0 || !this.stack.reaches(destination)) {
      this.stack.sendBroadcast(query.ciaddr, PORT_CLIENT, PORT_SERVER, length);
    } else {
      this.stack.sendUnicast(destination, PORT_CLIENT, PORT_SERVER, length);
    }
  }

  /** Tells the state, and arms or drops the fallback. */
  override stateChanged(state: i32): void {
    this.state = state;
    // A calf before us may have left a lease there, which we were started to give up.
    if (this.leftovers || state === STATE_RELEASED) this.commitNothing();
    else this.sent(commitState(this.kv, this.scratch, state));
    this.info(this.line.clear().ascii("state ").ascii(stateName(state)));
    if (state === STATE_SELECTING) this.fallback.arm();
    if (state === STATE_RELEASED && this.fallback.stop()) this.fallbackLost();
  }

  /**
   * Commits the lease, and lets its address be probed if nobody has yet. The stack gets the address with
   * priv's answer: until then no frame could pass that speaks for it.
   */
  override leaseAcquired(lease: Dhcp4Lease, renewed: bool, state: i32): bool {
    this.state = state;
    this.fallback.stop();
    this.fallbackCommit = -1;
    this.leftovers = false;
    const inform: bool = this.settings.informAddress !== 0;
    const origin: i32 = inform ? ORIGIN_INFORM : ORIGIN_DHCP;
    this.leaseCommit = commitLease(this.kv, this.scratch, lease, origin, state);
    this.line.clear().ascii(renewed ? "renewed " : "bound to ").ipv4(lease.address).ascii("/")
      .decimal(u32(lease.prefixLength));
    if (lease.server !== 0) this.line.ascii(" from ").ipv4(lease.server);
    appendSeconds(this.line.ascii(", lease "), lease.leaseTime);
    this.info(lease.leaseTime === INFINITE ? this.line : this.line.ascii(" s"));
    // An address that is in use already (RFC 5227 §2.1 asks before): see --acd. And again when the
    // carrier was gone, which has stopped the detection.
    const detected: bool = this.acd.phase !== ACD_OFF && this.acd.address === lease.address;
    if (!inform && !detected && this.settings.acd !== ACD_NEVER) {
      this.acd.start(lease.address, true);
    }
    this.sent(this.leaseCommit);
    return this.leaseCommit >= 0;
  }

  /** priv has accepted `lease`: its address is the stack's from now on. */
  leaseAccepted(lease: Dhcp4Lease): void {
    this.stack.configure(lease.address, lease.prefixLength, lease.hopTo(lease.server));
    this.acd.addressIsOurs();
  }

  /** Lets the address be probed. */
  override probeAddress(lease: Dhcp4Lease): void {
    this.state = STATE_PROBING;
    this.fallback.yieldDetection();
    this.sent(commitState(this.kv, this.scratch, STATE_PROBING));
    this.info(this.line.clear().ascii("probing ").ipv4(lease.address));
    this.acd.start(lease.address, false);
  }

  /** Commits the loss. */
  override leaseLost(lease: Dhcp4Lease, cause: i32, state: i32): void {
    this.forget(state);
    this.commitNothing();
    this.line.clear().ascii("lost ").ipv4(lease.address).ascii(": ");
    if (cause === LOST_EXPIRED) this.line.ascii("the lease has expired");
    else if (cause === LOST_NAK) this.line.ascii("DHCPNAK");
    else if (cause === LOST_CONFLICT) this.line.ascii("somebody else has it");
    else if (cause === LOST_MOVED) this.line.ascii("the server gives another address");
    else if (cause === LOST_RELEASED) this.line.ascii("released");
    else this.line.ascii("the lease was refused");
    this.info(this.line);
  }

  /** Takes from the store what a calf before us may have left there: it is not ours any more. */
  override addressRefused(address: u32, server: u32, state: i32): void {
    this.state = state;
    if (this.fallback.held) this.sent(commitState(this.kv, this.scratch, state));
    else this.commitNothing();
    this.line.clear().ipv4(address).ascii(" is refused");
    if (server !== 0) this.line.ascii(" by ").ipv4(server);
    this.info(this.line.ascii(": DHCPNAK"));
  }

  /** Says so. */
  override nobodyAnswers(): void {
    const line: Text = this.line.clear().ascii("no DHCP server answers, still asking");
    this.host.log(LOG_WARNING, line.bytes, line.length);
  }

  /** Does without an address, the fallback's included. */
  override ipv6Only(seconds: u32, state: i32): void {
    this.forget(state);
    this.sent(commitIpv6Only(this.kv, this.scratch, seconds, state));
    this.leftovers = true;
    this.line.clear().ascii("no IPv4 for ").decimal(seconds).ascii(" s: IPv6 is preferred here");
    this.info(this.line);
  }

  /** Tells the store and the fallback. */
  override autoConfigure(allowed: bool): void {
    this.sent(commitAutoConfigure(this.kv, this.scratch, allowed));
    if (this.fallback.autoConfigure(allowed)) this.fallbackLost();
  }

  /** The address of the fallback is ours, if priv accepts it. */
  fallbackAcquired(): void {
    const lease: Dhcp4Lease = this.fallback.lease;
    const origin: i32 = this.fallback.isLinkLocal ? ORIGIN_IPV4LL : ORIGIN_STATIC;
    this.fallbackCommit = commitLease(this.kv, this.scratch, lease, origin, this.state);
    this.leftovers = false;
    this.line.clear().ascii("no server: using ").ipv4(lease.address);
    this.info(this.line);
    this.sent(this.fallbackCommit);
    if (this.fallbackCommit < 0) this.fallbackRefused();
  }

  /** priv has accepted the address of the fallback: it is the stack's from now on. */
  fallbackAccepted(): void {
    const lease: Dhcp4Lease = this.fallback.lease;
    this.stack.configure(lease.address, lease.prefixLength, lease.router);
    this.acd.addressIsOurs();
  }

  /** priv has refused the address of the fallback: after a while it is tried again. */
  fallbackRefused(): void {
    this.acd.stop();
    if (this.fallback.conflict(REFUSED_DELAY_MS)) this.fallbackLost();
  }

  /** The address of the fallback is not ours any more. */
  fallbackLost(): void {
    this.fallbackCommit = -1;
    this.stack.unconfigure();
    this.commitNothing();
    this.info(
      this.line.clear().ascii("not using ").ipv4(this.fallback.lease.address).ascii(" any more"),
    );
  }

  /** Takes everything but the state from the store, if need be with the next state. */
  private commitNothing(): void {
    const commit: i32 = commitLoss(this.kv, this.scratch, this.state);
    this.leftovers = commit < 0;
    this.sent(commit);
  }

  /** No address is ours any more, and the state is `state`. */
  private forget(state: i32): void {
    this.state = state;
    this.leaseCommit = -1;
    this.fallbackCommit = -1;
    this.acd.stop();
    this.fallback.stop();
    this.stack.unconfigure();
  }

  /** One line of log. */
  private info(line: Text): void {
    this.host.log(LOG_INFO, line.bytes, line.length);
  }

  /** Warns when `commit`, the id of a commit, says that it could not be sent. */
  private sent(commit: i32): void {
    if (commit >= 0) return;
    const line: Text = this.scratch.clear().ascii("cannot send a commit");
    this.host.log(LOG_WARNING, line.bytes, line.length);
  }
}
