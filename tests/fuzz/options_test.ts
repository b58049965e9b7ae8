import assert from "node:assert/strict";
import { targetOf, writeFinding } from "./findings.ts";
import { readOptions } from "./options.ts";
import { outcomeLine, summaryLine } from "./report.ts";
import { removeScratch } from "./scratch.ts";
import { TARGETS } from "./targets/all.ts";

const NAMES = ["core", "service"];

Deno.test("readOptions() runs all fuzzers for some minutes unless told otherwise", () => {
  const usual = { minutes: 5, only: NAMES, seed: null, replay: null };
  assert.deepEqual(readOptions([], NAMES), usual);
  const args = ["--minutes", "0.5", "--only", "service", "--seed", "0", "--replay", "x"];
  const all = { minutes: 0.5, only: ["service"], seed: 0, replay: "x" };
  assert.deepEqual(readOptions(args, NAMES), all);
});

Deno.test("readOptions() refuses what cannot be done", () => {
  for (
    const [args, why] of [
      [["--minutes", "0"], /0 minutes/],
      [["--minutes", "x"], /x minutes/],
      [["--only", "core,nothing"], /fuzz nothing: there are core, service/],
      [["--seed", "4294967296"], /32 bits/],
      [["--fast"], /--fast/],
      [["word"], /word/],
    ] as const
  ) assert.throws(() => readOptions(args, NAMES), why);
});

Deno.test("a finding's file tells its target", async () => {
  const folder = await Deno.makeTempDir() + "/";
  try {
    for (const name of ["core", ...TARGETS.map((target) => target.name)]) {
      const path = writeFinding(name, Uint8Array.of(1, 2), folder);
      assert.equal(targetOf(path), name);
      assert.deepEqual(Deno.readFileSync(path), Uint8Array.of(1, 2));
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("outcomeLine() and summaryLine() say what was done, found and left out", () => {
  const outcome = {
    ...{ name: "core", executions: 3000, seconds: 10, coverage: "7 of 9 edges", repeat: "seed 1" },
    ...{ findings: ["a"], skipped: null },
  };
  const line = "fuzz core: 3000 executions in 10 s (300/s), 7 of 9 edges, 1 findings (seed 1)";
  assert.equal(outcomeLine(outcome), line);
  const none = { ...outcome, executions: 0, seconds: 0, findings: [], skipped: "no afl-fuzz" };
  assert.equal(outcomeLine(none), "fuzz core: skipped: no afl-fuzz");
  assert.equal(
    summaryLine([outcome, none]),
    "fuzz: 3000 executions in 10 s, 1 findings, 1 skipped",
  );
});

for (const target of TARGETS) {
  Deno.test(`the inputs that ${target.name} begins with are sound`, async (t) => {
    const lacks = target.lacks?.() ?? null;
    if (lacks !== null) return void await t.step({ name: lacks, ignore: true, fn() {} });
    try {
      const run = await target.prepare();
      const seen = new Set<string>();
      for (const input of target.corpus) for (const feature of run(input)) seen.add(feature);
      assert.ok(seen.size > 0, "something is seen");
    } finally {
      removeScratch();
    }
  });
}
