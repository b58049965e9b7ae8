/**
 * The DHCPv4 client as a service of a calf: frames to and from the stack, the lease into the key-value
 * store, everything of interest into the log.
 *
 * @module
 */

import { Acd, ACD_CONFLICT, ACD_DEFENDED, ACD_VERIFIED } from "../sdk/acd.ts";
import { Clock, sooner } from "../sdk/clock.ts";
import { DROP_UDP_PORT } from "../sdk/drop.ts";
import { Host, LOG_ERR, LOG_WARNING, Service } from "../sdk/host.ts";
import { KV_CHANGES, KV_ERROR, KvClient } from "../sdk/kv.ts";
import { Random } from "../sdk/random.ts";
import { RECEIVED_ARP, RECEIVED_UDP, Stack } from "../sdk/stack.ts";
import { Text } from "../sdk/text.ts";
import { Dhcp4Client } from "./client.ts";
import { REFUSED_DELAY_MS } from "./delays.ts";
import { DropLog } from "./drop_log.ts";
import { Dhcp4DropReport, DHCP_TAKEN } from "./drops.ts";
import {
  REQUEST_NONE,
  REQUEST_REBIND,
  REQUEST_RELEASE,
  REQUEST_RENEW,
  ServiceInputs,
} from "./service_inputs.ts";
import { PORT_CLIENT } from "./options.ts";
import { ServiceOutput } from "./service_output.ts";
import { Dhcp4Settings } from "./settings.ts";
import { STATE_PROBING } from "./transitions.ts";

/** The service. It begins when /mac, /seed and /link are known. */
export class Dhcp4Service extends Service {
  /** The network stack, with the counters of refused frames. */
  readonly stack: Stack;
  /** The client. */
  readonly client: Dhcp4Client;
  private host: Host;
  private clock: Clock;
  private kv: KvClient;
  private acd: Acd;
  private inputs: ServiceInputs;
  private output: ServiceOutput;
  private dropLog: DropLog;
  private dropReport: Dhcp4DropReport;
  private line: Text = new Text(256);
  private began: bool = false;
  private missed: bool = false;
  private linkIsUp: bool = false;

  /** Makes a service that does nothing until `start()`. */
  constructor(host: Host) {
    super();
    // asc wants every field set before `this` is read.
    const clock: Clock = new Clock();
    const random: Random = new Random();
    const settings: Dhcp4Settings = new Dhcp4Settings();
    const stack: Stack = new Stack(host, clock);
    const kv: KvClient = new KvClient(host);
    const acd: Acd = new Acd(stack, clock, random);
    const output: ServiceOutput = new ServiceOutput(host, clock, stack, kv, acd, settings);
    this.host = host;
    this.clock = clock;
    this.stack = stack;
    this.kv = kv;
    this.acd = acd;
    this.output = output;
    this.inputs = new ServiceInputs(host, stack, random, settings);
    this.client = new Dhcp4Client(clock, random, output, settings);
    this.dropLog = new DropLog(host, clock);
    this.dropReport = new Dhcp4DropReport(host, clock, kv, stack.drops);
  }

  /** Asks priv for all that the client may know. */
  override start(): void {
    this.clock.advance(this.host.nowMs());
    this.kv.subscribe("", -1);
  }

  /** Takes one frame; whatever it is, the worst that happens is that it is counted and dropped. */
  override onFrame(buf: Uint8Array, len: i32): void {
    this.clock.advance(this.host.nowMs());
    const what: i32 = this.stack.receive(buf, len);
    if (what === RECEIVED_UDP) this.onDatagram(buf);
    else if (what !== RECEIVED_ARP) {
      this.dropLog.note(-what);
      this.onDetected(this.acd.onReceived(what), buf);
    }
    this.finishLeaving();
    this.dropReport.note();
  }

  /** Takes one message from priv. */
  override onCtl(buf: Uint8Array, len: i32): void {
    this.clock.advance(this.host.nowMs());
    const id: i32 = this.kv.onMessage(buf, len);
    if (id < 0) {
      const line: Text = this.line.clear().ascii("malformed message from priv");
      this.host.log(LOG_ERR, line.bytes, line.length);
    } else if (this.kv.responseKind === KV_ERROR) {
      this.onRefusal(id, buf);
    } else if (this.kv.responseKind === KV_CHANGES) {
      this.inputs.take(this.kv, buf);
      this.onInputs();
    } else if (id === this.output.leaseCommit) {
      if (this.client.hasLease) this.output.leaseAccepted(this.client.lease);
      this.client.leaseAccepted();
    } else if (id === this.output.fallbackCommit) {
      this.output.fallbackAccepted();
    } else {
      this.dropReport.accepted(id);
    }
    this.finishLeaving();
  }

  /** Does what has become due. */
  override onTimer(): void {
    this.clock.advance(this.host.nowMs());
    this.stack.onTimer();
    // Before the detection: a lease that is over is announced no more.
    this.client.onTimer();
    if (this.acd.onTimer() === ACD_VERIFIED) this.onVerified();
    if (this.output.fallback.onTimer()) this.output.fallbackAcquired();
    this.finishLeaving();
    // Last: what operators see of it can wait.
    this.dropReport.onTimer();
  }

  /** Milliseconds to the next deadline. */
  override nextDeadlineMs(): i32 {
    this.clock.advance(this.host.nowMs());
    const stack: i32 = sooner(this.stack.remainingMs(), this.acd.remainingMs());
    const client: i32 = sooner(this.client.remainingMs(), this.output.fallback.remainingMs());
    return sooner(sooner(stack, client), this.dropReport.remainingMs());
  }

  /** A UDP datagram: DHCP, or nothing that we listen to. */
  private onDatagram(buf: Uint8Array): void {
    let reason: i32 = DROP_UDP_PORT;
    if (this.stack.udpDestinationPort === PORT_CLIENT) {
      reason = this.client.receive(buf, this.stack.payloadAt, this.stack.payloadLength);
    }
    if (reason === DHCP_TAKEN) return;
    this.stack.drops.count(reason);
    this.dropLog.note(reason);
  }

  /** Whether the address whose conflicts are detected is a lease's, not the fallback's. */
  private detectsForLease(): bool {
    return this.client.hasLease || this.client.state === STATE_PROBING;
  }

  /** Nobody else has the address. */
  private onVerified(): void {
    if (this.detectsForLease()) this.client.addressVerified();
    else if (this.output.fallback.verified()) this.output.fallbackAcquired();
  }

  /** `event` of the detection of conflicts, with the frame that caused it. */
  private onDetected(event: i32, buf: Uint8Array): void {
    if (event !== ACD_CONFLICT && event !== ACD_DEFENDED) return;
    const line: Text = this.line.clear().ipv4(this.acd.address);
    line.ascii(" is used by ").mac(buf, this.stack.sourceMacAt).ascii(" too");
    line.ascii(event === ACD_DEFENDED ? ": defended" : ": given up");
    this.host.log(LOG_WARNING, line.bytes, line.length);
    if (event === ACD_DEFENDED) return;
    if (this.detectsForLease()) {
      this.client.addressConflict(this.acd.retryDelayMs(REFUSED_DELAY_MS));
    } else if (this.output.fallback.conflict(this.acd.retryDelayMs(0))) {
      this.output.fallbackLost();
    }
  }

  /** priv said no to request `id`. */
  private onRefusal(id: i32, buf: Uint8Array): void {
    if (this.dropReport.refused(id, buf, this.kv.valueAt, this.kv.valueLength)) return;
    const line: Text = this.line.clear().ascii("priv refused: ");
    line.printable(buf, this.kv.valueAt, this.kv.valueLength);
    this.host.log(LOG_ERR, line.bytes, line.length);
    if (id === this.output.leaseCommit) this.client.leaseRefused();
    else if (id === this.output.fallbackCommit) this.output.fallbackRefused();
  }

  /** Something that priv tells us has changed. */
  private onInputs(): void {
    const inputs: ServiceInputs = this.inputs;
    if (!inputs.complete) {
      this.missInputs();
      return;
    }
    if (!this.began) {
      this.began = true;
      inputs.settled = true;
      this.stack.setMac(inputs.mac, 0);
      this.client.setMac(inputs.mac, 0);
      this.output.fallback.setMac(inputs.mac, 0);
      if (inputs.savedAddress !== 0) this.client.remember(inputs.savedAddress, inputs.savedIsValid);
    }
    // Before the carrier: what has been released before we were started is not asked for again.
    this.onRequest(inputs.takeRequest());
    if (inputs.linkIsUp === this.linkIsUp) return;
    this.linkIsUp = inputs.linkIsUp;
    if (this.linkIsUp) {
      this.output.fallback.linkUp();
      this.client.linkUp();
    } else {
      this.client.linkDown();
      this.acd.stop();
      this.output.fallback.linkDown();
    }
  }

  /** Without these there is no beginning; should they come later, then. */
  private missInputs(): void {
    if (this.missed) return;
    this.missed = true;
    const line: Text = this.line.clear().ascii("priv does not say /mac, /seed and /link");
    this.host.log(LOG_ERR, line.bytes, line.length);
  }

  /** What the operator wants now. */
  private onRequest(request: i32): void {
    switch (request) {
      case REQUEST_RENEW:
        this.client.renewNow();
        break;
      case REQUEST_REBIND:
        this.client.rebindNow();
        break;
      case REQUEST_RELEASE:
        this.client.release();
        break;
      default:
        assert(request === REQUEST_NONE);
        break;
    }
  }

  /** Ends a lease whose DHCPRELEASE does not wait for ARP any more. */
  private finishLeaving(): void {
    if (this.client.leaving && !this.stack.busy()) this.client.left();
  }
}
