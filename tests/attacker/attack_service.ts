/**
 * A calf that does whatever a frame tells it to. The frame is a DHCP reply with an order behind the magic
 * cookie:
 *
 * | order            | what it does                                                                 |
 * | ---------------- | ---------------------------------------------------------------------------- |
 * | `ATTACK name;`   | runs one of {@link ATTACKS}                                                  |
 * | `SEND n;bytes`   | sends the bytes as a frame, with zeros behind them if they are fewer than n  |
 * | `THEN n;bytes`   | sends such a frame when priv's next message comes                            |
 * | `TELL n;bytes`   | the same with a control message to priv                                      |
 * | `ASK kind path;` | asks priv, and logs each answer                                              |
 * | `COUNT;`         | logs how many frames that were no order have come since it was asked last    |
 *
 * It also does what a key says as soon as it is told so, without a frame: see {@link STANDING_ORDERS}.
 *
 * @module
 */

import { type Host, LOG_ERR, LOG_INFO, Service } from "../../calf/sdk/host.ts";
import { KvClient } from "../../calf/sdk/kv.ts";
import { Asking } from "./asking.ts";
import { type Attack, ATTACKS, discoverAndDie } from "./attacks.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder("latin1");

/** Ethernet, IPv4 and UDP headers, and a DHCP message up to its magic cookie. */
const ORDER_AT = 14 + 20 + 8 + 240;

/** What a calf does at each of its starts, by the host name that the operator tells servers. */
const STANDING_ORDERS: Readonly<Record<string, Attack>> = {
  "discover-and-die": discoverAndDie,
};

/** The attack that a frame, `buf[0..len)`, commands, or null. */
export function attackIn(buf: Uint8Array, len: number): string | null {
  return /ATTACK ([a-z0-9-]+);/.exec(decoder.decode(buf.subarray(0, len)))?.[1] ?? null;
}

/** Obeys, and reports on the log channel what came of it. */
export class AttackService extends Service {
  readonly #host: Host;
  readonly #asking: Asking;
  #others = 0;
  #then: Uint8Array | null = null;

  /** `host` is the way out. */
  constructor(host: Host) {
    super();
    this.#host = host;
    this.#asking = new Asking(new KvClient(host), (text) => this.#say(LOG_ERR, text));
  }

  /** Says that the calf is ready to be attacked. */
  override start(): void {
    this.#say(LOG_INFO, "attacker ready");
    this.#asking.ask("subscribe", "");
  }

  /** Looks for an order. */
  override onFrame(buf: Uint8Array, len: i32): void {
    const text = decoder.decode(buf.subarray(ORDER_AT, len));
    const [order, verb, first = "", second = ""] =
      /^(ATTACK|SEND|THEN|TELL|ASK|COUNT)(?: ([^ ;]+))?(?: ([^;]*))?;/.exec(text) ?? [];
    if (order === undefined) {
      this.#others++;
      return;
    }
    const rest = buf.slice(ORDER_AT + order.length, len);
    if (verb === "ATTACK") this.#attack(first);
    else if (verb === "SEND") this.#send(rest, Number(first));
    else if (verb === "THEN") this.#then = padded(rest, Number(first));
    else if (verb === "TELL") this.#tell(rest, Number(first));
    else if (verb === "ASK") this.#asking.ask(first, second);
    else this.#count();
  }

  /** Looks at what priv tells it. */
  override onCtl(buf: Uint8Array, len: i32): void {
    if (this.#then !== null) this.#send(this.#then, 0);
    this.#then = null;
    const name = this.#asking.take(buf, len);
    const attack = name === null ? undefined : STANDING_ORDERS[name];
    if (attack !== undefined) attack(this.#host);
  }

  /** Never asked for. */
  override onTimer(): void {}

  /** Waits for frames and answers only. */
  override nextDeadlineMs(): i32 {
    return 1 << 30;
  }

  #attack(name: string): void {
    const attack: Attack | undefined = ATTACKS[name];
    if (attack === undefined) return this.#say(LOG_ERR, `no such attack: ${name}`);
    try {
      this.#say(LOG_ERR, `attack ${name} survived: ${attack(this.#host)}`);
    } catch (error) {
      const reason = error instanceof Error ? error.name : String(error);
      this.#say(LOG_ERR, `attack ${name} refused: ${reason}`);
    }
  }

  #send(bytes: Uint8Array, length: number): void {
    this.#host.netWrite(padded(bytes, length), Math.max(bytes.length, length));
  }

  #tell(bytes: Uint8Array, length: number): void {
    this.#host.ctlWrite(padded(bytes, length), Math.max(bytes.length, length));
  }

  #count(): void {
    this.#say(LOG_ERR, `got ${this.#others} frames`);
    this.#others = 0;
  }

  #say(severity: i32, text: string): void {
    const bytes = encoder.encode(text);
    this.#host.log(severity, bytes, bytes.length);
  }
}

function padded(bytes: Uint8Array, length: number): Uint8Array {
  const copy = new Uint8Array(Math.max(bytes.length, length));
  copy.set(bytes);
  return copy;
}
