/**
 * Text of strangers: values of the schema, the pipe of a calf's log, requests for metrics.
 *
 * @module
 */
import assert from "node:assert/strict";
import type { LogRecord } from "@logtape/logtape";
import { CalfLog, calfLogLimit } from "../../../priv/calf_log.ts";
import { formatRecord } from "../../../priv/logging/format.ts";
import { formatJournal, formatJournalLine } from "../../../priv/logging/journal_format.ts";
import { formatSyslog } from "../../../priv/logging/syslog_format.ts";
import { endOfHead, judgeHead } from "../../../priv/metrics/http_request.ts";
import { DAEMON_KEYS } from "../../../schema/daemon_keys.ts";
import { KEYS } from "../../../schema/keys.ts";
import type { ValueType } from "../../../schema/value_type.ts";
import { bytesOf, magnitude, type Target } from "../target.ts";

/** Every type that a key has. */
const TYPES: readonly ValueType<unknown>[] = [
  ...new Set([...KEYS.values(), ...DAEMON_KEYS.values()].map(({ type }) => type)),
];

/** All types read the text; what one takes has one form only. */
function* runValues(input: Uint8Array): Generator<string> {
  for (const type of TYPES) {
    const parsed = type.parse(input);
    assert.deepEqual(type.parse(String.fromCharCode(...input)), parsed, type.name);
    if (!parsed.ok) {
      assert.match(parsed.reason, /^[\x20-\x7e]+$/);
      yield `${type.name} ${parsed.reason}`;
      continue;
    }
    const text = type.format(parsed.value);
    assert.match(text, /^[\x20-\x7e]{1,512}$/, type.name);
    const again = type.parse(text);
    assert.deepEqual(again, parsed, `${type.name} reads what it writes`);
    assert.ok(again.ok && type.format(again.value) === text, type.name);
    yield `${type.name} ${magnitude(text.length)}`;
  }
}

/** See the module's description. */
export const VALUES: Target = {
  name: "values",
  module: import.meta.url,
  what: "every type of value of the schema",
  weight: 0.5,
  maxLength: 600,
  corpus: TYPES.flatMap(({ examples }) => examples).map(bytesOf),
  dictionary: [
    ...["192.0.2.7", "/24", "/32", "/0", "0", "00", "255", "4294967295", "4294967296", "infinite"],
    ...[" ", ".", ":", "-", "a", "xn--", "\0", "\n", "%00", "https://", "[::1]", "é", "+", "1e9"],
  ].map(bytesOf),
  prepare: () => runValues,
};

/** The pipe in pieces; each record is one printable line in each format. */
function* runLog(input: Uint8Array): Generator<string> {
  const [pieces = 1] = input;
  let now = 0;
  const emitted: string[] = [];
  const log = new CalfLog((level, text) => {
    emitted.push(text);
    checkLine(level, text);
  }, calfLogLimit(() => now));
  const step = 1 + pieces % 64;
  for (let at = 1; at < input.length; at += step) {
    log.write(input.subarray(at, at + step));
    now += 10;
  }
  log.end();
  const lines = input.subarray(1).reduce((sum, byte) => sum + (byte === 10 ? 1 : 0), 1);
  assert.ok(emitted.length <= Math.min(2 * lines, 200 + now / 500 + 100), "more lines than came");
  yield `lines ${magnitude(emitted.length)}`;
  for (const text of emitted) yield `length ${magnitude(text.length)}`;
}

function checkLine(level: LogRecord["level"], text: string): void {
  assert.ok(text.length <= 400 || /dropped/.test(text), "cut");
  const record: LogRecord = {
    ...{ category: ["calf", "eth0"], level, timestamp: 1_700_000_000_000 },
    ...{ message: [text], rawMessage: text, properties: { text } },
  };
  for (const format of ["text", "kv", "json"] as const) {
    assert.match(formatRecord(record, format, false), /^[\x20-\x7e]+$/, format);
  }
  JSON.parse(formatRecord(record, "json", false));
  assert.match(formatJournalLine(record), /^[\x20-\x7e]+$/);
  for (const line of formatJournal(record).trimEnd().split("\n")) {
    assert.match(line, /^[A-Z_]+=[\x20-\x7e]*$/);
  }
  assert.match(formatSyslog(record, { hostName: "host", pid: 1 }), /^[\x20-\x7e]+$/);
}

/** See the module's description. */
export const LOG: Target = {
  name: "log",
  module: import.meta.url,
  what: "the pipe of a calf's log, and what is written of it in each format",
  weight: 0.5,
  maxLength: 3000,
  corpus: ["\x08<6>state BOUND\n<4>x\n", "\x01<9>x\n\n\nno newline", `\x20${"<6>y\n".repeat(300)}`]
    .map(bytesOf),
  dictionary: ["<3>", "<4>", "<6>", "<7>", "\n", "\r", "\x1b[31m", "\x00", '"', "\\", "\xff", "]"]
    .map(
      bytesOf,
    ),
  prepare: () => runLog,
};

/** The end of a head is found alike in pieces and at once, and each head has a verdict. */
function* runHttp(input: Uint8Array): Generator<string> {
  const end = endOfHead(input, 0, input.length);
  let stepwise = -1;
  for (let length = 1; length <= input.length && stepwise < 0; length++) {
    stepwise = endOfHead(input, length - 1, length);
  }
  assert.equal(stepwise, end, "the end of the head depends on how it comes");
  if (end < 0) {
    yield "no end";
    return;
  }
  const { status, headOnly } = judgeHead(input.subarray(0, end));
  if (status === 200) {
    assert.match(String.fromCharCode(...input), /^\r?\n?(GET|HEAD) [^ ]*\/metrics/i);
  }
  yield `${status} ${headOnly} ${magnitude(input.length)}`;
}

/** See the module's description. */
export const HTTP: Target = {
  name: "http",
  module: import.meta.url,
  what: "requests for metrics",
  weight: 0.25,
  maxLength: 1024,
  corpus: [
    "GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n",
    "HEAD http://a/metrics?x HTTP/1.0\n\n",
    "\r\nPOST / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
  ].map(bytesOf),
  dictionary: ["\r\n", "\n", "\r", " ", "GET ", "HTTP/1.1", "Host:", "/metrics", "?", "\0", "\xff"]
    .map(bytesOf),
  prepare: () => runHttp,
};
