import assert from "node:assert/strict";
import { CalfLog } from "./calf_log.ts";

const encoder = new TextEncoder();

function collect(): { log: CalfLog; lines: string[]; clock: { now: number } } {
  const lines: string[] = [];
  const clock = { now: 0 };
  const log = new CalfLog((level, text) => lines.push(`${level}: ${text}`), () => clock.now);
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

Deno.test("CalfLog gives the unfinished line when the pipe ends", () => {
  const { log, lines } = collect();
  log.write(encoder.encode("<3>last words"));
  assert.deepEqual(lines, []);
  log.end();
  assert.deepEqual(lines, ["error: last words"]);
});
