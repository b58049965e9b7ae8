/**
 * The whole DHCPv4 service as TypeScript, in a world in which anything can happen, often beside its Wasm form. What
 * it sends must pass the filter that priv puts before the network, and what it commits must be what priv's
 * store takes.
 *
 * @module
 */
import "portable";
import fc from "fast-check";
import { dhcpDropSlug } from "../../../calf/dhcp4/drops.ts";
import { stateName } from "../../../calf/dhcp4/transitions.ts";
import { anything, beginnings, type Event, play } from "../../differential/script.ts";
import { TwinWorld } from "../../differential/twin_world.ts";
import { WasmService } from "../../differential/wasm_service.ts";
import { PrivEyes } from "../priv_eyes.ts";
import { magnitude, type RunInput, type Target } from "../target.ts";

/** A word of the input, big endian, is the seed of the beginning or of an event. */
const WORD = 4;
const MOST_EVENTS = 60;
/** One input in so many runs in both forms, which takes three times as long. */
const TWIN_EVERY = 4;
/** Reasons for which a frame may be dropped. */
const REASONS = 160;

/** What a seed gives. */
function drawn<T>(values: fc.Arbitrary<T>, seed: number): T {
  return fc.sample(values, { seed: seed | 0, numRuns: 1 })[0];
}

/** The world, with priv's eyes. */
class WatchedWorld extends TwinWorld {
  readonly #eyes = new PrivEyes();

  override netWrite(buf: Uint8Array, len: number): void {
    this.#eyes.seeFrame(buf.slice(0, len));
    super.netWrite(buf, len);
  }

  override ctlWrite(buf: Uint8Array, len: number): void {
    this.#eyes.seeRequest(buf.slice(0, len));
    super.ctlWrite(buf, len);
  }
}

/** Watches what an event does: in which state it came, to which it led, what was dropped. */
function watched({ name, value, happen }: Event, features: Set<string>): Event {
  return {
    name,
    value,
    happen(world) {
      const { client, stack } = world.service;
      const before = stateName(client.state);
      const drops = Array.from({ length: REASONS }, (_, reason) => stack.drops.get(reason));
      const { length } = world.commits;
      const sent = world.sentFrames.length;
      happen(world);
      const after = stateName(client.state);
      features.add(`${before} ${name} ${after}`);
      features.add(`${name} sends ${magnitude(world.sentFrames.length - sent)}`);
      drops.forEach((count, reason) => {
        if (stack.drops.get(reason) === count) return;
        features.add(`${before} ${dhcpDropSlug(reason)}`);
      });
      for (const change of world.commits.slice(length).flat()) {
        features.add(`${after} ${change.split("=")[0].replace(/[0-9]+$/, "")}`);
      }
    },
  };
}

async function prepare(): Promise<RunInput> {
  // asc takes seconds to load, which the other targets' threads need not wait for.
  const { core } = await import("../../differential/core.ts");
  const module = await core();
  return (input) => {
    const words = new DataView(input.buffer, input.byteOffset, input.length);
    const seeds: number[] = [];
    for (let at = 0; at + WORD <= input.length && seeds.length <= MOST_EVENTS; at += WORD) {
      seeds.push(words.getUint32(at));
    }
    const features = new Set<string>();
    const [beginning = 0, ...rest] = seeds;
    const events = rest.map((seed) => watched(drawn(anything, seed), features));
    // By the input alone, so that a finding stays one.
    const isTwin = input.reduce((sum, byte) => sum + byte, 0) % TWIN_EVERY === 0;
    const world = new WatchedWorld(isTwin ? (host) => new WasmService(module, host) : null);
    play(world, { ...drawn(beginnings, beginning), events });
    for (const line of world.lines) features.add(line.replaceAll(/[0-9a-f]*[0-9][0-9a-f]*/g, "N"));
    return features;
  };
}

/** See the module's description. */
export const SERVICE: Target = {
  name: "service",
  module: import.meta.url,
  what: "the DHCPv4 service under sequences of frames, settings and time; TypeScript and Wasm",
  weight: 4,
  unit: WORD,
  maxLength: WORD * (MOST_EVENTS + 1),
  corpus: [new Uint8Array(WORD * 30)],
  dictionary: [],
  prepare,
};
