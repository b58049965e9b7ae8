/**
 * What a calf in good order says, as priv sees it: every frame passes the calf's filter, every commit is one
 * that the store takes, whatever the network has said before.
 *
 * @module
 */
import assert from "node:assert/strict";
import { calfFilter } from "../../priv/bpf/programs.ts";
import { toNumber } from "../../priv/handlers/ipv4.ts";
import { decodeRequest } from "../../priv/kv/codec.ts";
import { KvStore } from "../../priv/kv/store.ts";
import { runBpf } from "./bpf_machine.ts";

const MAC = Uint8Array.of(2, 0, 0, 0, 0, 1);

/** The filter of an interface with the address of a key such as `192.0.2.7/24`; null = it has none. */
function filterFor(cidr: string | null): Uint8Array {
  return calfFilter(MAC, 1514, cidr === null ? null : toNumber(cidr.replace(/\/.*/, "")));
}

/** Looks at what one service says from its start on. */
export class PrivEyes {
  readonly #store = new KvStore();
  #filter = filterFor(null);

  /** @throws AssertionError when the calf's filter would drop it */
  seeFrame(frame: Uint8Array): void {
    assert.equal(runBpf(this.#filter, frame), frame.length, "the calf's filter drops a frame");
  }

  /** @throws AssertionError when priv would refuse it */
  seeRequest(message: Uint8Array): void {
    const decoded = decodeRequest(message);
    assert.ok(decoded.ok, "a request that priv cannot decode");
    if (!("changes" in decoded.value)) return;
    const refused = this.#store.commit("calf:dhcp4", decoded.value.changes);
    assert.equal(refused, null, `priv refuses: ${refused?.message}`);
    this.#filter = filterFor(this.#store.get("/ip"));
  }
}
