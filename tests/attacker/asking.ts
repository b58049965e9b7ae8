/**
 * What the attacker's calf asks of priv's store, and the answers, a line each.
 *
 * @module
 */

import { equalsText, Text } from "../../calf/sdk/text.ts";
import { KV_CHANGES, KV_OK, type KvClient } from "../../calf/sdk/kv.ts";

const decoder = new TextDecoder("latin1");
/** Keys with their values in a line. */
const TOLD_IN_A_LINE = 5;
const HOST_NAME = "/config/hostname";

/** See the module's description. */
export class Asking {
  readonly #kv: KvClient;
  readonly #say: (text: string) => void;
  readonly #asked = new Map<number, string>();
  readonly #value = new Text(64).ascii("192.0.2.1");

  /** Asks by `kv`. */
  constructor(kv: KvClient, say: (text: string) => void) {
    this.#kv = kv;
    this.#say = say;
  }

  /** `kind` is one of the protocol's requests. */
  ask(kind: string, path: string): void {
    const id = this.#request(kind, path);
    this.#asked.set(id, `${kind} ${path}`);
    if (id < 0) this.#say(`asked ${kind} ${path}: not sent`);
  }

  #request(kind: string, path: string): number {
    const kv = this.#kv;
    switch (kind) {
      case "read":
        return kv.read(path, -1);
      case "watch":
        return kv.watch(path, -1);
      case "subscribe":
        return kv.subscribe(path, -1);
      case "write":
        return kv.write(path, -1, this.#value);
      case "delete":
        return kv.remove(path, -1);
      default:
        kv.beginCommit();
        kv.changeWrite(path, -1, this.#value);
        return kv.endCommit();
    }
  }

  /** Logs an answer. Returns the host name that it tells, or null. */
  take(buf: Uint8Array, len: number): string | null {
    const kv = this.#kv;
    const id = kv.onMessage(buf, len);
    const value = () => decoder.decode(buf.subarray(kv.valueAt, kv.valueAt + kv.valueLength));
    const asked = this.#asked.get(id);
    if (asked === undefined) return null; // an answer to the calf's host
    if (kv.responseKind !== KV_CHANGES) {
      const how = kv.responseKind === KV_OK ? "ok" : "error";
      this.#say(`asked ${asked}: ${how} ${value()}`);
      return null;
    }
    let name: string | null = null;
    const told: string[] = [];
    while (kv.nextChange()) {
      const { bytes, length } = kv.changePath;
      told.push(`${decoder.decode(bytes.subarray(0, length))}=${value()}`);
      if (equalsText(bytes, 0, length, HOST_NAME)) name = value();
    }
    // priv cuts long lines.
    do {
      this.#say(`asked ${asked}: told ${told.splice(0, TOLD_IN_A_LINE).join(" ")}`);
    } while (told.length > 0);
    return name;
  }
}
