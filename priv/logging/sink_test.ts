import assert from "node:assert/strict";
import type { LogRecord } from "@logtape/logtape";
import { problemSink } from "./problems.ts";
import { countingSink } from "./sink.ts";

const RECORD: LogRecord = {
  category: ["calf", "eth0"],
  level: "warning",
  message: ["x"],
  rawMessage: "x",
  timestamp: 0,
  properties: {},
};

Deno.test("countingSink() says how many records were lost, before the next one that is not", () => {
  const lines: string[] = [];
  let room = true;
  const sink = countingSink(
    ({ category, message }) => room && lines.push(`${category.join(" ")}: ${message}`) > 0,
    () => room ? "?" : "no room",
  );
  const say = (text: string) => sink({ ...RECORD, message: [text] });
  say("one");
  room = false;
  for (let i = 0; i < 3; i++) say("lost");
  room = true;
  say("two");
  say("three");
  assert.deepEqual(lines, [
    "calf eth0: one",
    "priv: 3 log lines dropped: no room",
    "calf eth0: two",
    "calf eth0: three",
  ]);
});

Deno.test("problemSink() tells of warnings and worse, and marks what a calf says", () => {
  const told: unknown[] = [];
  const sink = problemSink((...problem) => {
    told.push(problem);
    sink({ ...RECORD, message: ["a problem of the listener's own"] });
  });
  for (const level of ["trace", "debug", "info", "warning", "error", "fatal"] as const) {
    sink({ ...RECORD, level, message: [level, "\x1b"] });
  }
  sink({ ...RECORD, category: ["priv"], message: ["\n".repeat(500)] });
  sink({ ...RECORD, category: ["priv"], message: [""] });
  assert.deepEqual(told, [
    ["eth0", "warning", "untrusted calf: warning\\x1b"],
    ["eth0", "error", "untrusted calf: error\\x1b"],
    ["eth0", "error", "untrusted calf: fatal\\x1b"],
    [null, "warning", "\\x0a".repeat(500).slice(0, 509) + "..."],
    [null, "warning", "no text"],
  ]);
});
