/**
 * The raw end of a cable: a test sees every frame that an interface receives, and sends any bytes.
 *
 * @module
 */

import { Ancillary, assemble, jeq, label, ldAncillary, ret } from "../../priv/bpf/assembler.ts";
import { parseHex, toHex } from "./frame.ts";
import type { Namespace } from "./namespace.ts";
import type { Running } from "./process.ts";

const PACKET_OUTGOING = 4;
const EVERYTHING_RECEIVED = assemble([
  ldAncillary(Ancillary.PACKET_TYPE),
  jeq(PACKET_OUTGOING, { yes: "drop" }),
  ret(0xffffffff),
  label("drop"),
  ret(0),
]);

/** How to listen. */
export interface WireOptions {
  /** Called for each frame. */
  readonly onFrame?: (frame: Uint8Array) => void;
  /** A BPF program; all received frames pass, and no sent ones, unless given. */
  readonly program?: Uint8Array;
  /** How many frames in a thousand are lost, either way; none unless given. */
  readonly lostPerMille?: number;
}

/** Frames of one interface, by way of packet_relay.ts. */
export class Wire {
  /** All frames received so far. */
  readonly frames: Uint8Array[] = [];
  readonly #relay: Running;
  readonly #onFrame: (frame: Uint8Array) => void;
  readonly #timer: ReturnType<typeof setInterval>;
  #taken = 0;

  private constructor(relay: Running, onFrame: (frame: Uint8Array) => void) {
    this.#relay = relay;
    this.#onFrame = onFrame;
    this.#timer = setInterval(() => this.#pump(), 2);
  }

  /**
   * Listens to an interface, which must be up. Call {@link close} in the end.
   */
  static async open(
    namespace: Namespace,
    interfaceName: string,
    options: WireOptions = {},
  ): Promise<Wire> {
    const links = await namespace.ip<{ ifindex: number }[]>("link", "show", "dev", interfaceName);
    const script = new URL("./packet_relay.ts", import.meta.url).pathname;
    const relay = namespace.start([
      ...[Deno.execPath(), "run", "--no-check", "--allow-ffi", script],
      ...[String(links[0].ifindex), toHex(options.program ?? EVERYTHING_RECEIVED)],
      String(options.lostPerMille ?? 0),
    ]);
    await relay.waitForLine(/^ready$/, 60_000); // another runtime starts, on a busy machine
    return new Wire(relay, options.onFrame ?? (() => {}));
  }

  /** Sends any bytes. */
  send(frame: Uint8Array): void {
    this.#relay.writeLine(toHex(frame)).catch(() => {}); // it may have ended already
  }

  /** Stops listening and ends its process. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#relay.stop();
  }

  #pump(): void {
    for (const lines = this.#relay.stdout; this.#taken < lines.length; this.#taken++) {
      if (lines[this.#taken] === "ready") continue;
      const frame = parseHex(lines[this.#taken]);
      this.frames.push(frame);
      this.#onFrame(frame);
    }
  }
}
