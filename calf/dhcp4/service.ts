/**
 * The DHCPv4 client as a service of a calf: frames to and from the stack, the lease into the key-value
 * store, everything of interest into the log.
 *
 * @module
 */

import { Clock, sooner } from "../sdk/clock.ts";
import { DROP_UDP_PORT } from "../sdk/drop.ts";
import { Host, LOG_ERR, LOG_INFO, LOG_WARNING, Service } from "../sdk/host.ts";
import { KV_ERROR, KvClient } from "../sdk/kv.ts";
import { Random } from "../sdk/random.ts";
import { RECEIVED_ARP, RECEIVED_UDP, Stack } from "../sdk/stack.ts";
import { equalsText, parseMac, Text } from "../sdk/text.ts";
import { Dhcp4Client } from "./client.ts";
import { DropLog } from "./drop_log.ts";
import { DHCP_TAKEN } from "./drops.ts";
import { Dhcp4Query } from "./encode.ts";
import { appendSeconds, commitLease, commitLoss, commitState, SCRATCH_LENGTH } from "./kv_lease.ts";
import { Dhcp4Lease } from "./lease.ts";
import { PORT_CLIENT, PORT_SERVER } from "./options.ts";
import { Dhcp4Output, LOST_EXPIRED, LOST_NAK } from "./output.ts";
import { stateName } from "./transitions.ts";

/** What the client does, done with a stack and a key-value store. */
class ServiceOutput extends Dhcp4Output {
  /** Id of the commit that carried the current lease, −1 when there is none. */
  leaseCommit: i32 = -1;
  private host: Host;
  private stack: Stack;
  private kv: KvClient;
  private line: Text = new Text(256);
  private scratch: Text = new Text(SCRATCH_LENGTH);

  constructor(host: Host, stack: Stack, kv: KvClient) {
    super();
    this.host = host;
    this.stack = stack;
    this.kv = kv;
  }

  override transmit(query: Dhcp4Query, destination: u32): void {
    const length: i32 = query.encode(this.stack.payload, 0);
    if (destination === 0) {
      this.stack.sendBroadcast(query.ciaddr, PORT_CLIENT, PORT_SERVER, length);
    } else {
      this.stack.sendUnicast(destination, PORT_CLIENT, PORT_SERVER, length);
    }
  }

  override stateChanged(state: i32): void {
    if (commitState(this.kv, this.scratch, state) < 0) this.warnUnsent();
    this.info(this.line.clear().ascii("state ").ascii(stateName(state)));
  }

  override leaseAcquired(lease: Dhcp4Lease, renewed: bool): bool {
    this.stack.configure(lease.address, lease.prefixLength, lease.router);
    this.leaseCommit = commitLease(this.kv, this.scratch, lease);
    this.line.clear().ascii(renewed ? "renewed " : "bound to ").ipv4(lease.address).ascii("/")
      .decimal(u32(lease.prefixLength));
    if (lease.server !== 0) this.line.ascii(" from ").ipv4(lease.server);
    appendSeconds(this.line.ascii(", lease "), lease.leaseTime);
    this.info(lease.leaseTime === 0xffffffff ? this.line : this.line.ascii(" s"));
    if (this.leaseCommit < 0) this.warnUnsent();
    return this.leaseCommit >= 0;
  }

  override leaseLost(lease: Dhcp4Lease, cause: i32): void {
    this.stack.unconfigure();
    this.leaseCommit = -1;
    if (commitLoss(this.kv, this.scratch) < 0) this.warnUnsent();
    this.line.clear().ascii("lost ").ipv4(lease.address).ascii(": ");
    if (cause === LOST_EXPIRED) this.line.ascii("the lease has expired");
    else if (cause === LOST_NAK) this.line.ascii("DHCPNAK");
    else this.line.ascii("the lease was refused");
    this.info(this.line);
  }

  private info(line: Text): void {
    this.host.log(LOG_INFO, line.bytes, line.length);
  }

  private warnUnsent(): void {
    const line: Text = this.line.clear().ascii("cannot send a commit");
    this.host.log(LOG_WARNING, line.bytes, line.length);
  }
}

/** The service. It begins when /mac, /seed and /link are known. */
export class Dhcp4Service extends Service {
  /** The network stack, with the counters of refused frames. */
  readonly stack: Stack;
  /** The client. */
  readonly client: Dhcp4Client;
  private host: Host;
  private clock: Clock;
  private random: Random;
  private kv: KvClient;
  private output: ServiceOutput;
  private dropLog: DropLog;
  private line: Text = new Text(256);
  private mac: Uint8Array = new Uint8Array(6);
  private macId: i32 = -1;
  private seedId: i32 = -1;
  private linkId: i32 = -1;
  private hasMac: bool = false;
  private hasSeed: bool = false;
  private linkIsUp: bool = false;

  /** Makes a service that does nothing until `start()`. */
  constructor(host: Host) {
    super();
    // asc wants every field set before `this` is read.
    const clock: Clock = new Clock();
    const random: Random = new Random();
    const stack: Stack = new Stack(host, clock);
    const kv: KvClient = new KvClient(host);
    const output: ServiceOutput = new ServiceOutput(host, stack, kv);
    this.host = host;
    this.clock = clock;
    this.random = random;
    this.stack = stack;
    this.kv = kv;
    this.output = output;
    this.client = new Dhcp4Client(clock, random, output);
    this.dropLog = new DropLog(host, clock);
  }

  /** Asks priv for what the client needs. */
  override start(): void {
    this.clock.advance(this.host.nowMs());
    this.macId = this.kv.read("/mac", -1);
    this.seedId = this.kv.read("/seed", -1);
    this.linkId = this.kv.watch("/link", -1);
  }

  /** Takes one frame; whatever it is, the worst that happens is that it is counted and dropped. */
  override onFrame(buf: Uint8Array, len: i32): void {
    this.clock.advance(this.host.nowMs());
    const what: i32 = this.stack.receive(buf, len);
    if (what === RECEIVED_UDP) this.onDatagram(buf);
    else if (what !== RECEIVED_ARP) this.dropLog.note(-what);
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
    } else if (id === this.output.leaseCommit) {
      this.client.leaseAccepted();
    } else {
      this.onValue(id, buf, this.kv.valueAt, this.kv.valueLength);
    }
  }

  /** Does what has become due. */
  override onTimer(): void {
    this.clock.advance(this.host.nowMs());
    this.stack.onTimer();
    this.client.onTimer();
  }

  /** Milliseconds to the next deadline of the client or the stack. */
  override nextDeadlineMs(): i32 {
    this.clock.advance(this.host.nowMs());
    return sooner(this.client.remainingMs(), this.stack.remainingMs());
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

  /** priv said no to request `id`. */
  private onRefusal(id: i32, buf: Uint8Array): void {
    const line: Text = this.line.clear().ascii("priv refused: ");
    line.printable(buf, this.kv.valueAt, this.kv.valueLength);
    this.host.log(LOG_ERR, line.bytes, line.length);
    if (id === this.output.leaseCommit) this.client.leaseRefused();
  }

  /** priv answered request `id` with the value `buf[at..at+len)`. */
  private onValue(id: i32, buf: Uint8Array, at: i32, len: i32): void {
    if (id === this.macId) {
      this.hasMac = parseMac(buf, at, len, this.mac);
      if (!this.hasMac) this.badValue("/mac");
      this.stack.setMac(this.mac, 0);
      this.client.setMac(this.mac, 0);
    } else if (id === this.seedId) {
      this.hasSeed = this.random.seedHex(buf, at, len);
      if (!this.hasSeed) this.badValue("/seed");
    } else if (id === this.linkId) {
      this.linkIsUp = equalsText(buf, at, len, "up");
    } else {
      return;
    }
    if (!this.hasMac || !this.hasSeed) return;
    if (this.linkIsUp) this.client.linkUp();
    else this.client.linkDown();
  }

  /** priv sent a value that cannot be: its mistake, and we cannot begin. */
  private badValue(path: string): void {
    const line: Text = this.line.clear().ascii("cannot read ").ascii(path);
    this.host.log(LOG_ERR, line.bytes, line.length);
  }
}
