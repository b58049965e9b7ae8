/**
 * Two forms of the DHCPv4 service in one world: the plain TypeScript, and another that must do the
 * same at every call. The first gets buffers that end with the frame or message, so that a read
 * beyond the end shows as a difference from a twin whose buffer is larger.
 *
 * @module
 */
import "portable";
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { Dhcp4Service } from "../../calf/dhcp4/service.ts";
import { ServiceWorld } from "../../calf/dhcp4/testing/service_world.ts";
import { Host, type Service } from "../../calf/sdk/host.ts";
import { fromAscii } from "../../calf/sdk/sdk_fixture.ts";

/** Writes down in order what a service does, and passes it on to the world if there is one. */
class Tape extends Host {
  readonly lines: string[] = [];

  constructor(readonly clock: { now: number }, readonly world: Host | null) {
    super();
  }

  override netWrite(buf: Uint8Array, len: i32): void {
    this.lines.push(`frame ${toHex(buf, len)}`);
    this.world?.netWrite(buf, len);
  }

  override ctlWrite(buf: Uint8Array, len: i32): void {
    this.lines.push(`ctl ${toHex(buf, len)}`);
    this.world?.ctlWrite(buf, len);
  }

  override nowMs(): u32 {
    return this.clock.now >>> 0; // the world's time does not wrap
  }

  override log(severity: i32, text: Uint8Array, len: i32): void {
    this.lines.push(`log <${severity}>${fromAscii(text.subarray(0, len))}`);
    this.world?.log(severity, text, len);
  }
}

/** The service as plain TypeScript, and another form of it that gets the same calls. */
export class TwinService extends Dhcp4Service {
  /** Calls so far; asking for the next deadline does not count. */
  calls = 0;
  /** The last message from priv. */
  lastCtl: Uint8Array = new Uint8Array(0);
  readonly #twin: Service | null;
  readonly #ours: Tape;
  readonly #theirs: Tape;

  /**
   * Makes both.
   *
   * @param world gets what the plain TypeScript does, and gives the time
   * @param makeTwin makes the other form; null for none, when nothing is compared
   */
  constructor(world: ServiceWorld, makeTwin: ((host: Host) => Service) | null) {
    const ours = new Tape(world, world);
    super(makeTwin === null ? world : ours);
    this.#ours = ours;
    this.#theirs = new Tape(world, null);
    this.#twin = makeTwin?.(this.#theirs) ?? null;
  }

  /** See `Service.start()`. */
  override start(): void {
    this.#both(() => "start", () => super.start(), (twin) => twin.start());
  }

  /** See `Service.onFrame()`. */
  override onFrame(buf: Uint8Array, len: i32): void {
    this.#both(
      () => `onFrame ${toHex(buf, len)}`,
      () => super.onFrame(buf, len),
      (twin) => twin.onFrame(buf, len),
    );
  }

  /** See `Service.onCtl()`. */
  override onCtl(buf: Uint8Array, len: i32): void {
    this.lastCtl = buf.slice(0, len);
    this.#both(
      () => `onCtl ${toHex(buf, len)}`,
      () => super.onCtl(buf, len),
      (twin) => twin.onCtl(buf, len),
    );
  }

  /** See `Service.onTimer()`. */
  override onTimer(): void {
    this.#both(() => "onTimer", () => super.onTimer(), (twin) => twin.onTimer());
  }

  /** See `Service.nextDeadlineMs()`. */
  override nextDeadlineMs(): i32 {
    const ours = super.nextDeadlineMs();
    if (this.#twin !== null) assert.equal(this.#twin.nextDeadlineMs(), ours, "nextDeadlineMs()");
    return ours;
  }

  /** Calls both and compares what they did and when they want to be called again. */
  #both(call: () => string, ours: () => void, theirs: (twin: Service) => void): void {
    this.calls += 1;
    const twin = this.#twin;
    if (twin === null) return guard("the plain TypeScript", call, ours);
    this.#ours.lines.length = 0;
    this.#theirs.lines.length = 0;
    guard("the plain TypeScript", call, ours);
    guard("its twin", call, () => theirs(twin));
    this.#ours.lines.push(`deadline ${super.nextDeadlineMs()}`);
    this.#theirs.lines.push(`deadline ${twin.nextDeadlineMs()}`);
    const expected = this.#ours.lines.join("\n");
    const actual = this.#theirs.lines.join("\n");
    if (actual !== expected) assert.equal(`${call()}\n${actual}`, `${call()}\n${expected}`);
  }
}

/** What becomes of bytes under way. */
export interface Damage {
  /** Bytes that change: where (modulo the length), and their new value. */
  changes: [at: number, value: number][];
  /** The length that is left; null when nothing is cut off. */
  length: number | null;
}

/** Damages a copy of `bytes`. */
export function damaged(bytes: Uint8Array, damage: Damage): Uint8Array {
  const copy = bytes.slice();
  for (const [at, value] of damage.changes) copy[at % copy.length] = value;
  return copy.slice(0, damage.length ?? copy.length);
}

/** The world of {@linkcode ServiceWorld} around a {@linkcode TwinService}, and its weather. */
export class TwinWorld extends ServiceWorld {
  /** Both forms of the service. */
  override readonly service: TwinService;
  /** True: frames of the calf are lost. */
  lossy = false;
  /** How often each frame of the server arrives. */
  copies = 1;
  /** True: requests to priv are lost. */
  deaf = false;
  /** Damage to the next DHCP messages of the server, below correct checksums. */
  readonly messageDamage: Damage[] = [];
  /** Damage to the next frames of the server. */
  readonly frameDamage: Damage[] = [];
  /** The last frame of the server, as it was sent. */
  lastReply: Uint8Array = new Uint8Array(0);
  /** `xid` of the last DHCP message of the calf. */
  xid = 0;

  /** Target of the last ARP request of the calf. */
  lastTarget = 0;

  /**
   * Makes a world whose service has not started yet.
   *
   * @param makeTwin makes the other form of the service; null for none, when nothing is compared
   */
  constructor(makeTwin: ((host: Host) => Service) | null) {
    super();
    this.service = new TwinService(this, makeTwin);
    const { dhcp, frames } = this.wire;
    const answer = dhcp.answer.bind(dhcp);
    dhcp.answer = (message, destination) => {
      const reply = answer(message, destination);
      const damage = reply === null ? undefined : this.messageDamage.shift();
      return reply === null || damage === undefined ? reply : damaged(reply, damage);
    };
    this.wire.netWrite = (buf, len) => {
      this.lastReply = buf.slice(0, len);
      const damage = this.frameDamage.shift();
      const frame = damage === undefined ? this.lastReply : damaged(this.lastReply, damage);
      for (let i = 0; i < this.copies; i++) frames.push(frame);
    };
  }

  protected override get knowsAccepted(): boolean {
    return false;
  }

  /** Carries a frame of the calf to the server. */
  override netWrite(buf: Uint8Array, len: i32): void {
    // An ARP request: its target is what we probe for, announce or look for.
    if (len === 42 && buf[21] === 1) {
      this.lastTarget = new DataView(buf.buffer, buf.byteOffset).getUint32(38);
    }
    // Our DHCP messages are the only frames as long as this; 46 is behind all headers and `hlen`.
    if (len > 300) this.xid = new DataView(buf.buffer, buf.byteOffset).getUint32(46);
    if (!this.lossy) super.netWrite(buf, len);
  }

  /** Carries a request of the calf to priv. */
  override ctlWrite(buf: Uint8Array, len: i32): void {
    if (!this.deaf) super.ctlWrite(buf, len);
  }

  /** The address whose conflicts are detected, or else one that ARP was about. */
  get detected(): number {
    return this.service.stack.address || this.lastTarget;
  }

  /** A frame arrives from somewhere, and everything happens that follows from it at once. */
  inject(frame: Uint8Array): void {
    this.service.onFrame(frame, frame.length);
    this.run(0);
  }

  /** Lets time pass up to the next deadline, and what is due happen. */
  toDeadline(): void {
    this.run(this.service.nextDeadlineMs());
  }

  /** The states that the service has committed, without repetitions. */
  states(): string[] {
    return this.commits.flat().filter((change) => change.startsWith("/state="))
      .map((change) => change.slice(7))
      .filter((state, index, all) => state !== all[index - 1]);
  }
}

/** Says which form failed at which call. */
function guard(who: string, call: () => string, body: () => void): void {
  try {
    body();
  } catch (cause) {
    throw new Error(`${who} threw at ${call()}: ${cause}`, { cause });
  }
}

function toHex(buf: Uint8Array, len: number): string {
  return Buffer.from(buf.buffer, buf.byteOffset, len).toString("hex");
}
