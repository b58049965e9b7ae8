import assert from "node:assert/strict";
import fc from "fast-check";
import type { LogRecord } from "@logtape/logtape";
import { escapeText } from "../escape.ts";
import { MAX_MESSAGE } from "./fields.ts";
import { formatRecord } from "./format.ts";

const RECORD: LogRecord = {
  category: ["calf", "eth0"],
  level: "warning",
  message: ["name is ", "\x1b[2Jevil\r\n2026 FATAL", ""],
  rawMessage: "name is {name}",
  timestamp: 0,
  properties: {},
};
const OURS: LogRecord = {
  ...RECORD,
  category: ["priv"],
  level: "info",
  message: ["pid ", 7, ' of "x"'],
  properties: { pid: 7, who: 'a "b" \\', empty: "", no: null, list: [1], text: 'pid 7 of "x"' },
};

/** Takes a logfmt line apart; throws when it is none. */
function parseKv(line: string): [string, string][] {
  const pairs: [string, string][] = [];
  const pair = /([A-Za-z][A-Za-z0-9_]*)=(?:"((?:[^"\\]|\\["\\])*)"|([^\s"\\=]+))( |$)/y;
  while (pair.lastIndex < line.length) {
    const at = pair.lastIndex;
    const match = pair.exec(line);
    if (match === null) throw new Error(`no pair at ${at}: ${line}`);
    pairs.push([match[1], match[3] ?? match[2].replace(/\\(["\\])/g, "$1")]);
  }
  return pairs;
}

Deno.test("formatRecord() keeps untrusted text on one line and away from the terminal", () => {
  const escaped = "name is \\x1b[2Jevil\\x0d\\x0a2026 FATAL";
  assert.equal(
    formatRecord(RECORD, "text", false),
    `1970-01-01T00:00:00.000Z WARN  untrusted calf eth0: ${escaped}`,
  );
  assert.equal(
    formatRecord(RECORD, "kv", false),
    "time=1970-01-01T00:00:00.000Z level=warning source=calf interface=eth0 untrusted=true " +
      'msg="name is \\\\x1b[2Jevil\\\\x0d\\\\x0a2026 FATAL"',
  );
  assert.deepEqual(JSON.parse(formatRecord(RECORD, "json", false)), {
    ...{ time: "1970-01-01T00:00:00.000Z", level: "warning", source: "calf", interface: "eth0" },
    ...{ untrusted: true, msg: escaped },
  });
});

Deno.test("formatRecord() shows what priv says without a mark, and its plain properties", () => {
  assert.equal(
    formatRecord(OURS, "text", false),
    '1970-01-01T00:00:00.000Z INFO  priv: pid 7 of "x"',
  );
  assert.equal(
    formatRecord(OURS, "kv", false),
    'time=1970-01-01T00:00:00.000Z level=info source=priv msg="pid 7 of \\"x\\"" ' +
      'pid=7 who="a \\"b\\" \\\\" empty=""',
  );
  assert.deepEqual(JSON.parse(formatRecord(OURS, "json", false)), {
    ...{ time: "1970-01-01T00:00:00.000Z", level: "info", source: "priv" },
    ...{ msg: 'pid 7 of "x"', pid: 7, who: 'a "b" \\', empty: "" },
  });
});

Deno.test("formatRecord() lets no property pass itself off as a field of every record", () => {
  const properties = { untrusted: false, source: "priv", level: "x", "a b": 1, "a=1 b": 2 };
  const line = formatRecord({ ...RECORD, properties }, "kv", false);
  assert.deepEqual(parseKv(line).map(([name]) => name), [
    ...["time", "level", "source", "interface", "untrusted", "msg"],
  ]);
});

Deno.test("formatRecord() colours the level of a line for people alone, when asked to", () => {
  const line = formatRecord(RECORD, "text", true);
  assert(
    line.startsWith("1970-01-01T00:00:00.000Z \x1b[33mWARN \x1b[0m untrusted calf eth0: "),
    line,
  );
  for (const format of ["kv", "json"] as const) {
    assert.equal(formatRecord(RECORD, format, true), formatRecord(RECORD, format, false));
  }
});

Deno.test("escapeText() writes each byte of what is not printable ASCII", () => {
  assert.equal(
    escapeText("é\u{1f600}\u202e\0"),
    "\\xc3\\xa9\\xf0\\x9f\\x98\\x80\\xe2\\x80\\xae\\x00",
  );
});

const anyText = fc.oneof(
  fc.string({ unit: "binary", maxLength: 3000 }),
  fc.string({ maxLength: 200 }),
  fc.constantFrom('"'.repeat(5000), "\\".repeat(5000), "\n".repeat(5000)),
);
const anyRecord = fc.record({
  category: fc.oneof(
    fc.constant(["priv"]),
    fc.tuple(fc.constantFrom("priv", "calf"), fc.string({ unit: "binary", maxLength: 15 })),
  ),
  level: fc.constantFrom("fatal", "error", "warning", "info", "debug", "trace"),
  message: fc.array(fc.oneof(anyText, fc.integer()), { minLength: 1, maxLength: 5 }),
  properties: fc.dictionary(
    fc.oneof(fc.string({ maxLength: 30 }), fc.stringMatching(/^[a-z]{1,24}$/)),
    fc.oneof(anyText, fc.double(), fc.boolean(), fc.bigInt(), fc.constant(null), fc.object()),
    { maxKeys: 10 },
  ),
}).map((record): LogRecord => ({ ...RECORD, ...record as Partial<LogRecord> }));

Deno.test("formatRecord() gives one short printable line of any record", () => {
  fc.assert(fc.property(anyRecord, fc.constantFrom("text", "kv", "json"), (record, format) => {
    const line = formatRecord(record, format as "text", false);
    assert.match(line, /^[\x20-\x7e]+$/);
    assert.ok(line.length < 4095, String(line.length));
  }));
});

Deno.test("formatRecord() gives logfmt and JSON that say the same, and the message", () => {
  fc.assert(fc.property(anyRecord, (record) => {
    const object = JSON.parse(formatRecord(record, "json", false));
    const pairs = parseKv(formatRecord(record, "kv", false));
    assert.deepEqual(
      Object.entries(object).map(([name, value]) => [name, String(value)]).sort(),
      pairs.sort(),
    );
    const text = escapeText(record.message.map(String).join(""));
    if (text.length <= MAX_MESSAGE) assert.equal(object.msg, text);
    else assert.equal(object.msg, `${text.slice(0, MAX_MESSAGE - 3)}...`);
    assert.equal(object.untrusted, record.category[0] === "calf" ? true : undefined);
  }));
});
