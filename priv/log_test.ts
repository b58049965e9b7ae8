import assert from "node:assert/strict";
import type { LogRecord } from "@logtape/logtape";
import { escapeText } from "./escape.ts";
import { formatRecord, lineSink } from "./log.ts";

const RECORD: LogRecord = {
  category: ["calf", "eth0"],
  level: "warning",
  message: ["name is ", "\x1b[2Jevil\r\n2026 FATAL", ""],
  rawMessage: "name is {name}",
  timestamp: 0,
  properties: {},
};

Deno.test("formatRecord() keeps untrusted text on one line and away from the terminal", () => {
  assert.equal(
    formatRecord(RECORD, false),
    "1970-01-01T00:00:00.000Z WARN  calf eth0: name is \\x1b[2Jevil\\x0d\\x0a2026 FATAL",
  );
});

Deno.test("formatRecord() colours the level alone when asked to", () => {
  const line = formatRecord(RECORD, true);
  assert(line.startsWith("1970-01-01T00:00:00.000Z \x1b[33mWARN \x1b[0m calf eth0: "), line);
});

Deno.test("escapeText() writes each byte of what is not printable ASCII", () => {
  assert.equal(
    escapeText("é\u{1f600}\u202e\0"),
    "\\xc3\\xa9\\xf0\\x9f\\x98\\x80\\xe2\\x80\\xae\\x00",
  );
});

Deno.test("lineSink() says how many lines were lost, before the next one that is not", () => {
  const lines: string[] = [];
  let room = true;
  const sink = lineSink({ write: (line) => room && lines.push(line) > 0 }, false);
  const say = (text: string) => sink({ ...RECORD, message: [text] });
  say("one");
  room = false;
  for (let i = 0; i < 3; i++) say("lost");
  room = true;
  say("two");
  say("three");
  assert.deepEqual(lines.map((line) => line.slice("1970-01-01T00:00:00.000Z ".length)), [
    "WARN  calf eth0: one",
    "WARN  priv: 3 log lines dropped: nobody read them",
    "WARN  calf eth0: two",
    "WARN  calf eth0: three",
  ]);
});
