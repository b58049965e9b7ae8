/**
 * A whole service with the world around it: priv's end of the control path, and a DHCP server with a
 * network stack of its own. Calls are queued, as sockets would, so that nothing is re-entered.
 *
 * @module
 */
import "portable";
import * as capnp from "capnp-es";
import { Change, Request, Response } from "../../../schema/kv.capnp.ts";
import { KEYS } from "../../../schema/keys.ts";
import { type ChangeSpec, changesResponse } from "../../sdk/capnp_fixture.ts";
import { Clock } from "../../sdk/clock.ts";
import { ascii, fromAscii, ip, RecordingHost, toHex } from "../../sdk/sdk_fixture.ts";
import { RECEIVED_UDP, Stack } from "../../sdk/stack.ts";
import { Dhcp4Service } from "../service.ts";
import { MemoryServer } from "./memory_server.ts";
import { speaksForOwn } from "./own_address.ts";

/** The server's end of the wire. */
class ServerEnd extends RecordingHost {
  readonly dhcp = new MemoryServer();
  readonly clock = new Clock();
  readonly stack: Stack = new Stack(this, this.clock);

  constructor() {
    super();
    this.stack.setMac(Uint8Array.of(2, 0, 0, 0, 0, 2), 0);
    this.stack.configure(ip(this.dhcp.address), 24, 0);
  }

  /** Takes a frame when the clock shows `now`; what it sends is in `frames`. */
  receive(frame: Uint8Array, now: number): void {
    this.clock.advance(now >>> 0);
    if (this.stack.receive(frame, frame.length) !== RECEIVED_UDP) return;
    const { payloadAt, payloadLength, udpSource, udpDestination } = this.stack;
    const message = frame.slice(payloadAt, payloadAt + payloadLength);
    const reply = this.dhcp.answer(message, udpDestination === 0xffffffff ? 0 : udpDestination);
    if (reply === null) return;
    this.stack.payload.set(reply);
    if (udpSource === 0) this.stack.sendBroadcast(ip(this.dhcp.address), 67, 68, reply.length);
    else this.stack.sendUnicast(udpSource, 67, 68, reply.length);
  }
}

/** One interface with a calf. */
export class ServiceWorld extends RecordingHost {
  /** The server on the network. */
  readonly wire = new ServerEnd();
  /** What the service is told first; `tell()` changes it afterwards. */
  readonly readable: Map<string, string> = new Map([
    ["/mac", "02:00:00:00:00:01"],
    ["/seed", "000102030405060708090a0b0c0d0e0f"],
    ["/link", "up"],
  ]);
  /** Every frame that the service has sent. */
  readonly sentFrames: Uint8Array[] = [];
  /** True: nothing of what is sent arrives anywhere. */
  unplugged = false;
  /** What the service has committed. */
  readonly values: Map<string, string> = new Map();
  /** Every commit, as `key=value` and `-key`. */
  readonly commits: string[][] = [];
  /** Answers a commit with an error when it returns one. */
  refuse: (changes: string[]) => string | null = () => null;
  /** The service. */
  readonly service: Dhcp4Service = new Dhcp4Service(this);
  private subscription = 0;

  /** Whether what priv has accepted is known here: not where its answers are forged, or requests lost. */
  protected get knowsAccepted(): boolean {
    return true;
  }

  /** Throws when a frame speaks for an address that priv has not accepted: it would not pass. */
  override netWrite(buf: Uint8Array, len: i32): void {
    const own = this.values.get("/ip")?.replace(/\/.*/, "") ?? "0.0.0.0";
    const frame = buf.slice(0, len);
    if (this.knowsAccepted && !speaksForOwn(frame, ip(own))) {
      throw new Error(`${own} has sent ${toHex(frame)}`);
    }
    super.netWrite(buf, len);
  }

  /** Starts the service and lets the first `ms` pass. */
  start(ms: number): this {
    this.service.start();
    this.run(ms);
    return this;
  }

  /** Lets `ms` pass and everything happen that falls into them. */
  run(ms: number): void {
    const end = this.now + ms;
    this.deliver();
    while (this.now + this.service.nextDeadlineMs() <= end) {
      this.now += this.service.nextDeadlineMs();
      this.service.onTimer();
      this.deliver();
    }
    this.now = end;
    this.service.onTimer();
    this.deliver();
  }

  /** Lets a frame arrive at the service. */
  receive(frame: Uint8Array): void {
    this.service.onFrame(frame, frame.length);
    this.deliver();
  }

  /** Changes the carrier. */
  link(status: "up" | "down"): void {
    this.tell("/link", status);
  }

  /** Sets a key that the service may read, or (null) deletes it. */
  tell(path: string, value: string | null): void {
    if (value === null) this.readable.delete(path);
    else this.readable.set(path, value);
    this.respondChanges(this.subscription, [{ path, value }]);
    this.deliver();
  }

  /** Log lines of a severity, without it. */
  logged(severity: number): string[] {
    const prefix = `<${severity}>`;
    return this.lines.filter((line) => line.startsWith(prefix)).map((line) => line.slice(3));
  }

  /** Sends what a subscription has to tell. */
  respondChanges(id: number, changes: readonly ChangeSpec[]): void {
    const buffer = changesResponse(id, changes);
    this.service.onCtl(buffer, buffer.length);
  }

  /** Sends an answer of priv. */
  respond(id: number, ok: string | null, error: string | null): void {
    const message = new capnp.Message();
    const response = message.initRoot(Response);
    response.id = id;
    const bytes = ascii(ok ?? error ?? "");
    const data = error === null
      ? response._initOk(bytes.length)
      : response._initError(bytes.length);
    data.copyBuffer(bytes);
    const buffer = new Uint8Array(message.toArrayBuffer());
    this.service.onCtl(buffer, buffer.length);
  }

  /** Lets all that is queued arrive. */
  private deliver(): void {
    while (this.frames.length + this.messages.length + this.wire.frames.length > 0) {
      const message = this.messages.shift();
      if (message !== undefined) this.answer(message);
      const sent = this.frames.shift();
      if (sent !== undefined) this.sentFrames.push(sent);
      if (sent !== undefined && !this.unplugged) this.wire.receive(sent, this.now);
      const received = this.wire.frames.shift();
      if (received !== undefined) this.service.onFrame(received, received.length);
    }
  }

  /** priv's answer to a request. */
  private answer(bytes: Uint8Array): void {
    const request = new capnp.Message(bytes, false).getRoot(Request);
    const path = "/" + [...request.path].join("/");
    if (request.which() === Request.COMMIT) {
      const changes = [...request.commit].map(describe);
      this.commits.push(changes);
      const error = this.refuse(changes);
      if (error === null) this.apply(changes);
      this.respond(request.id, error === null ? "" : null, error);
      return;
    }
    if (request.which() !== Request.SUBSCRIBE || path !== "/") {
      throw new Error(`Cannot answer a request about ${path}`);
    }
    this.subscription = request.id;
    this.respondChanges(
      request.id,
      [...this.readable].map(([path, value]) => ({ path, value })),
    );
  }

  /** Applies a commit; throws when priv would have refused it. */
  private apply(changes: string[]): void {
    for (const change of changes) {
      const equals = change.indexOf("=");
      if (equals < 0) {
        for (const key of this.values.keys()) {
          const row = KEYS.get(key);
          if (!row?.survivesDeleteAll && !row?.volatile) this.values.delete(key);
        }
        continue;
      }
      const key = change.slice(0, equals);
      const value = change.slice(equals + 1);
      const row = KEYS.get(key);
      if (row?.rights["calf:dhcp4"] !== "w") throw new Error(`Cannot write ${key}`);
      const parsed = row.type.parse(value);
      if (!parsed.ok) throw new Error(`Cannot write ${key}: ${parsed.reason}`);
      this.values.set(key, value);
    }
    for (const [key, row] of KEYS) {
      if (this.values.has(key) && row.requires && !this.values.has(row.requires)) {
        throw new Error(`${key} without ${row.requires}`);
      }
    }
  }
}

function describe(change: Change): string {
  const path = "/" + [...change.path].join("/");
  return change._isDelete ? `-${path}` : `${path}=${fromAscii(change.write.toUint8Array())}`;
}
