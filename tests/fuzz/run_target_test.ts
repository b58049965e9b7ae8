import assert from "node:assert/strict";
import { FINDINGS } from "./findings.ts";
import type { Outcome } from "./report.ts";
import { replayLine, replayTarget, runTarget } from "./run_target.ts";
import { bytesOf, type Target } from "./target.ts";
import { HANGS, HOLDS, THROWS } from "./testing/planted_targets.ts";

/** Runs a target; the finding, if any, is read and removed. */
async function fuzzed(target: Target, seconds: number): Promise<[Outcome, string[], Uint8Array[]]> {
  const said: string[] = [];
  const outcome = await runTarget(target, 1, seconds, (line) => said.push(line), 1000);
  const inputs = outcome.findings.map((path) => {
    assert.ok(path.startsWith(FINDINGS));
    const bytes = Deno.readFileSync(path);
    Deno.removeSync(path);
    return bytes;
  });
  return [outcome, said, inputs];
}

Deno.test("runTarget() ends an input that does not come back, and writes it down", async () => {
  const [{ executions, findings }, said, inputs] = await fuzzed(HANGS, 600);
  assert.equal(executions, 2);
  assert.deepEqual(inputs, [bytesOf("second")]);
  assert.match(said.join(), /takes more than 1 s/);
  assert.ok(said.join().includes(replayLine(findings[0])));
});

Deno.test("runTarget() writes down what makes a target throw, made small", async () => {
  const [{ executions, findings }, said, inputs] = await fuzzed(THROWS, 600);
  assert.equal(executions, 2);
  assert.deepEqual(inputs, [bytesOf("d")]);
  assert.match(said.join(), /Error: planted/);
  assert.ok(said.join().includes(replayLine(findings[0])));
  await assert.rejects(replayTarget(THROWS, inputs[0]), /planted/);
});

Deno.test("runTarget() finds nothing where nothing is wrong, and skips what cannot run", async () => {
  const [outcome, said] = await fuzzed(HOLDS, 0.2);
  assert.ok(outcome.executions > 2);
  assert.deepEqual([outcome.findings, outcome.skipped, said], [[], null, []]);
  const [skipped] = await fuzzed({ ...HOLDS, lacks: () => "no such thing" }, 0.2);
  assert.deepEqual([skipped.executions, skipped.skipped], [0, "no such thing"]);
});
