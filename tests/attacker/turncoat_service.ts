/**
 * The real DHCPv4 client, until a frame holds the text `ATTACK name;`: then it does that.
 *
 * @module
 */

import { Dhcp4Service } from "../../calf/dhcp4/service.ts";
import { type Host, LOG_ERR } from "../../calf/sdk/host.ts";
import { attackIn } from "./attack_service.ts";
import { ATTACKS } from "./attacks.ts";
import { MisdeedError, MISDEEDS } from "./misdeeds.ts";

/** See the module's description. */
export class TurncoatService extends Dhcp4Service {
  readonly #host: Host;

  /** `host` is the way out. */
  constructor(host: Host) {
    super(host);
    this.#host = host;
  }

  /** Takes a frame as the client does, unless it is a command. */
  override onFrame(buf: Uint8Array, len: i32): void {
    const name = attackIn(buf, len);
    if (name === null) return super.onFrame(buf, len);
    try {
      this.#say(`attack ${name} survived: ${({ ...ATTACKS, ...MISDEEDS })[name](this.#host)}`);
    } catch (error) {
      if (error instanceof MisdeedError) throw error;
      this.#say(`attack ${name} refused: ${error instanceof Error ? error.name : error}`);
    }
  }

  #say(text: string): void {
    const bytes = new TextEncoder().encode(text);
    this.#host.log(LOG_ERR, bytes, bytes.length);
  }
}
