/**
 * A calf that does whatever a frame tells it to: the frame holds the text `ATTACK name;`.
 *
 * @module
 */

import { type Host, LOG_ERR, LOG_INFO, Service } from "../../calf/sdk/host.ts";
import { type Attack, ATTACKS } from "./attacks.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder("latin1");

/** The attack that a frame, `buf[0..len)`, commands, or null. */
export function attackIn(buf: Uint8Array, len: number): string | null {
  return /ATTACK ([a-z0-9-]+);/.exec(decoder.decode(buf.subarray(0, len)))?.[1] ?? null;
}

/** Runs the attack that a frame names and reports on the log channel what came of it. */
export class AttackService extends Service {
  readonly #host: Host;

  /** `host` is the way out. */
  constructor(host: Host) {
    super();
    this.#host = host;
  }

  /** Says that the calf is ready to be attacked. */
  override start(): void {
    this.#say(LOG_INFO, "attacker ready");
  }

  /** Looks for a command. */
  override onFrame(buf: Uint8Array, len: i32): void {
    const name = attackIn(buf, len);
    if (name === null) return;
    const attack: Attack | undefined = ATTACKS[name];
    if (attack === undefined) return this.#say(LOG_ERR, `no such attack: ${name}`);
    try {
      this.#say(LOG_ERR, `attack ${name} survived: ${attack(this.#host)}`);
    } catch (error) {
      const reason = error instanceof Error ? error.name : String(error);
      this.#say(LOG_ERR, `attack ${name} refused: ${reason}`);
    }
  }

  /** Answers do not matter to an attacker. */
  override onCtl(): void {}

  /** Never asked for. */
  override onTimer(): void {}

  /** Waits for frames only. */
  override nextDeadlineMs(): i32 {
    return 1 << 30;
  }

  #say(severity: i32, text: string): void {
    const bytes = encoder.encode(text);
    this.#host.log(severity, bytes, bytes.length);
  }
}
