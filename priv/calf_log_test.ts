import assert from "node:assert/strict";
import { CalfLog, calfLogLimit } from "./calf_log.ts";
import type { TokenBucket } from "./kv/token_bucket.ts";

const encoder = new TextEncoder();

function collect(limit?: TokenBucket): { log: CalfLog; lines: string[]; clock: { now: number } } {
  const lines: string[] = [];
  const clock = { now: 0 };
  const log = new CalfLog(
    (level, text) => lines.push(`${level}: ${text}`),
    limit ?? calfLogLimit(() => clock.now),
  );
  return { log, lines, clock };
}

Deno.test("CalfLog makes a record of each line whatever the pieces in which it arrives", () => {
  const { log, lines } = collect();
  for (const piece of ["<6>bou", "nd\n<7>a", "\n<3>b\n<4>c\n"]) log.write(encoder.encode(piece));
  assert.deepEqual(lines, ["info: bound", "debug: a", "error: b", "warning: c"]);
});

Deno.test("CalfLog takes a line without a known severity for an error", () => {
  const { log, lines } = collect();
  log.write(encoder.encode("thread panicked\n<0>emergency\n"));
  assert.deepEqual(lines, ["error: thread panicked", "error: <0>emergency"]);
});

Deno.test("CalfLog cuts a long line and keeps the next one", () => {
  const { log, lines } = collect();
  log.write(encoder.encode("<6>" + "x".repeat(100_000) + "\n<6>next\n"));
  assert.equal(lines.length, 2);
  assert.equal(lines[0].length, "info: ".length + 397);
  assert.equal(lines[1], "info: next");
});

Deno.test("CalfLog drops what comes too fast and says how much when there is room again", () => {
  const { log, lines, clock } = collect();
  for (let i = 0; i < 1_000; i++) log.write(encoder.encode("<6>spam\n"));
  assert.equal(lines.length, 200);
  clock.now += 1_000;
  log.write(encoder.encode("<6>after\n"));
  assert.deepEqual(lines.slice(200), [
    "warning: 800 lines of the calf's log dropped: too many",
    "info: after",
  ]);
});

Deno.test("CalfLog lets two lines a second pass for ever, whatever comes", () => {
  const { log, lines, clock } = collect();
  const spam = encoder.encode("<6>spam\n".repeat(100));
  for (; clock.now < 3_600_000; clock.now += 500) log.write(spam);
  const passed = lines.filter((line) => line === "info: spam").length;
  assert.equal(passed, 200 + 3600 * 2 - 1);
});

Deno.test("CalfLog gives a new calf no more than its predecessor has left", () => {
  const limit = calfLogLimit(() => 0);
  collect(limit).log.write(encoder.encode("<6>spam\n".repeat(150)));
  const { log, lines } = collect(limit);
  log.write(encoder.encode("<6>spam\n".repeat(150)));
  assert.equal(lines.length, 50);
});

Deno.test("CalfLog gives the unfinished line when the pipe ends", () => {
  const { log, lines } = collect();
  log.write(encoder.encode("<3>last words"));
  assert.deepEqual(lines, []);
  log.end();
  assert.deepEqual(lines, ["error: last words"]);
});
