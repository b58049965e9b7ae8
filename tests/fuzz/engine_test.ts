import assert from "node:assert/strict";
import { Engine, type Finding } from "./engine.ts";
import { minimize, signature } from "./minimize.ts";
import { bytesOf, type RunInput, type Target } from "./target.ts";

/** Only a text with four right letters in a row is wrong, and each right one shows. */
const run: RunInput = function* (input) {
  let right = 0;
  for (const byte of input) {
    right = byte === "DHCP".charCodeAt(right) ? right + 1 : 0;
    yield `right ${right}`;
    if (right === 4) throw new Error(`found in ${input.length} bytes`);
  }
};

const TARGET: Target = {
  name: "planted",
  module: import.meta.url,
  what: "a planted fault",
  weight: 1,
  maxLength: 64,
  corpus: [bytesOf("begin")],
  dictionary: [],
  prepare: () => run,
};

function find(seed: number, target: Target = TARGET): { inputs: string[]; found: Finding | null } {
  const engine = new Engine(target, run, seed);
  const inputs: string[] = [];
  let found: Finding | null = null;
  while (found === null && engine.progress.executions < 200_000) {
    const input = engine.next();
    inputs.push(input.join());
    found = engine.step(input);
  }
  return { inputs, found };
}

Deno.test("Engine finds what only an input that shows more and more leads to", () => {
  const { found } = find(1);
  assert.match(String(found?.error), /found in/);
});

Deno.test("Engine runs the same inputs for the same seed, and others for another", () => {
  const { inputs } = find(7);
  assert.deepEqual(find(7).inputs, inputs);
  assert.notDeepEqual(find(8).inputs, inputs);
  assert.equal(inputs[0], bytesOf("begin").join());
});

Deno.test("Engine's inputs are no longer than they may be", () => {
  const engine = new Engine(TARGET, function* () {}, 3);
  for (let i = 0; i < 5000; i++) {
    const input = engine.next();
    assert.ok(input.length <= 64);
    engine.step(input);
  }
});

Deno.test("Engine's inputs keep to whole pieces", () => {
  const target = { ...TARGET, unit: 4, corpus: [new Uint8Array(8)] };
  let n = 0;
  const engine = new Engine(target, () => [`${n++}`], 3);
  for (let i = 0; i < 5000; i++) {
    const input = engine.next();
    assert.equal(input.length % 4, 0);
    engine.step(input);
  }
});

Deno.test("minimize() leaves only what the finding needs", () => {
  const input = bytesOf("some text with DHCP in it, and more");
  const error = new Error("found in 35 bytes");
  assert.deepEqual(minimize({ input, error }, run, 1).input, bytesOf("DHCP"));
});

Deno.test("minimize() keeps to the same finding", () => {
  const other: RunInput = (input) => {
    if (input.length < 5) throw new Error("too short");
    return run(input);
  };
  const input = bytesOf("some text with DHCP in it");
  const { input: small, error } = minimize(
    { input, error: new Error("found in 25 bytes") },
    other,
    1,
  );
  assert.equal(small.length, 5);
  assert.equal(signature(error), signature(new Error("found in 99 bytes")));
});
