import assert from "node:assert/strict";
import fc from "fast-check";
import { chainOf, eventOf } from "../testing/audit_chain.ts";
import type { AuditEvent } from "./event.ts";
import { bytesSource } from "./log_source.ts";
import { sha256 } from "./sha256.ts";
import { type Finding, verifyAudit } from "./verify.ts";

const ROTATED: AuditEvent = { actor: "priv", action: "rotated", result: "ok" };
const TORN: AuditEvent = { actor: "priv", action: "torn", result: "ok" };

const encoder = new TextEncoder();

function textOf(lines: readonly string[]): Uint8Array {
  return encoder.encode(lines.map((line) => `${line}\n`).join(""));
}

/** Ten lines. */
function ten(): string[] {
  return chainOf(Array.from({ length: 10 }, (_, n) => eventOf(n)));
}

function textsOf(findings: readonly Finding[]): string[] {
  return findings.map(({ file, line, what }) => `${file}:${line}: ${what}`);
}

/** What is wrong with one file. */
function problemsOf(lines: readonly string[], head: string | null = null): string[] {
  return textsOf(verifyAudit([bytesSource("log", textOf(lines))], head).problems);
}

/** Three files, oldest first: lines 1 to 10, 11 to 20, 21 to 30. */
function three(): string[][] {
  const events = Array.from({ length: 30 }, (_, n) => n % 10 === 0 && n > 0 ? ROTATED : eventOf(n));
  const lines = chainOf(events);
  return [lines.slice(0, 10), lines.slice(10, 20), lines.slice(20)];
}

function problemsOfFiles(files: readonly (readonly [string, readonly string[]])[]): string[] {
  const sources = files.map(([name, lines]) => bytesSource(name, textOf(lines)));
  return textsOf(verifyAudit(sources).problems);
}

Deno.test("verifyAudit() finds nothing wrong with what was written", () => {
  const lines = ten();
  const head = sha256(lines[9]);
  const found = verifyAudit([bytesSource("log", textOf(lines))], head);
  assert.deepEqual(found, { lines: 10, problems: [], notes: [], head });
  assert.deepEqual(problemsOf([]), []);
  // The daemon has gone on since its head was asked for.
  assert.deepEqual(problemsOf(lines, sha256(lines[7])), []);
});

Deno.test("verifyAudit() says which line was changed", () => {
  const lines = ten();
  lines[4] = lines[4].replace("192.0.2.5", "192.0.2.9");
  assert.deepEqual(problemsOf(lines), ["log:5: was changed"]);
});

Deno.test("verifyAudit() says of several lines that they were changed", () => {
  const lines = ten();
  for (const at of [0, 4, 7]) lines[at] = lines[at].replace('"ok"', '"no"');
  assert.deepEqual(problemsOf(lines), [
    "log:1: was changed",
    "log:5: was changed",
    "log:8: was changed",
  ]);
});

Deno.test("verifyAudit() finds a change of a line's number or of the hash in it in that line", () => {
  for (
    const [from, to] of [['"seq":5', '"seq":7'], ['"prev":"', '"prev":"0'], ['"prev"', '"perv"']]
  ) {
    const lines = ten();
    lines[4] = lines[4].replace(from, to);
    const [first] = problemsOf(lines);
    assert.match(first, /^log:5: /, to);
  }
});

Deno.test("verifyAudit() sees a change of the last line by the hash that the daemon knows", () => {
  const lines = ten();
  const head = sha256(lines[9]);
  lines[9] = lines[9].replace("192.0.2.10", "192.0.2.99");
  assert.deepEqual(problemsOf(lines), []);
  assert.deepEqual(problemsOf(lines, head), [
    "log:10: is not what the daemon wrote last: it was changed, or lines after it are missing",
  ]);
});

Deno.test("verifyAudit() says which lines are missing", () => {
  const lines = ten();
  assert.deepEqual(problemsOf(lines.toSpliced(6, 3)), [
    "log:7: records 7 to 9 are missing between log:6 and this line",
  ]);
  assert.deepEqual(problemsOf(lines.toSpliced(2, 1)), [
    "log:3: record 3 is missing between log:2 and this line",
  ]);
  assert.deepEqual(problemsOf(lines.slice(2)), [
    "log:1: records 1 to 2 are missing before this line",
  ]);
});

Deno.test("verifyAudit() sees that the end is missing by the hash that the daemon knows", () => {
  const lines = ten();
  const what = "is not what the daemon wrote last: it was changed, or lines after it are missing";
  assert.deepEqual(problemsOf(lines.slice(0, 8), sha256(lines[9])), [`log:8: ${what}`]);
  assert.deepEqual(problemsOf([], sha256(lines[9])), [
    "log:1: is not there, nor any line after it",
  ]);
});

Deno.test("verifyAudit() says which lines were moved", () => {
  const lines = ten();
  [lines[3], lines[6]] = [lines[6], lines[3]];
  assert.deepEqual(problemsOf(lines), [
    "log:4: stands before log:6, which was written first",
    "log:5: stands before log:7, which was written first",
  ]);
  const last = ten();
  [last[8], last[9]] = [last[9], last[8]];
  assert.deepEqual(problemsOf(last), ["log:9: stands before log:10, which was written first"]);
});

Deno.test("verifyAudit() says which lines were inserted", () => {
  const lines = ten();
  const forged = chainOf([eventOf(99)], { seq: 4, prev: sha256(lines[3]) });
  assert.deepEqual(problemsOf(lines.toSpliced(4, 0, ...forged)), [
    "log:5: does not belong to the chain: inserted",
  ]);
  const foreign = chainOf([eventOf(99), eventOf(98)], { seq: 70, prev: sha256("x") });
  assert.deepEqual(problemsOf(lines.toSpliced(4, 0, ...foreign)), [
    "log:5: and the lines up to log:6 do not belong to the chain: inserted",
  ]);
  assert.deepEqual(problemsOf(lines.toSpliced(4, 0, "hello")), [
    "log:5: is no line of an audit log, or was changed",
  ]);
});

Deno.test("verifyAudit() says which lines are copies", () => {
  const lines = ten();
  assert.deepEqual(problemsOf(lines.toSpliced(5, 0, lines[4])), ["log:6: is a copy of log:5"]);
  assert.deepEqual(problemsOf([...lines, ...lines.slice(1, 4)]), [
    "log:11: and the lines up to log:13 are a copy of log:2 and those after it",
  ]);
});

Deno.test("verifyAudit() follows the chain from file to file, the oldest of which may be gone", () => {
  const [oldest, older, newest] = three();
  assert.deepEqual(problemsOfFiles([["log.2", oldest], ["log.1", older], ["log", newest]]), []);
  assert.deepEqual(problemsOfFiles([["log.1", older], ["log", newest]]), []);
  assert.deepEqual(problemsOfFiles([["log.2", oldest], ["log", newest]]), [
    "log:1: records 11 to 20 are missing between log.2:10 and this line",
  ]);
  assert.deepEqual(problemsOfFiles([["log.1", older.slice(1)], ["log", newest]]), [
    "log.1:1: records 1 to 11 are missing before this line",
  ]);
});

Deno.test("verifyAudit() sees that files were swapped", () => {
  const [oldest, older, newest] = three();
  assert.deepEqual(problemsOfFiles([["log.2", older], ["log.1", oldest], ["log", newest]]), [
    "log.2:1: stands before log.1:10, which was written first",
  ]);
});

Deno.test("verifyAudit() takes a line that was cut off for that, when the next one says so", () => {
  const lines = ten().slice(0, 6);
  const half = lines[5].slice(0, 40);
  const after = chainOf([TORN, eventOf(3)], { seq: 5, prev: sha256(half) });
  const torn = [...lines.slice(0, 5), half, ...after];
  const found = verifyAudit([bytesSource("log", textOf(torn))]);
  assert.deepEqual(found.problems, []);
  assert.deepEqual(textsOf(found.notes), [
    "log:6: was cut off while it was written: the daemon or the machine stopped, or the disk failed",
  ]);
  // It is part of the chain all the same.
  assert.deepEqual(problemsOf(torn.with(5, half.slice(1))).map((text) => text.slice(0, 6)), [
    "log:6:",
  ]);
  assert.deepEqual(problemsOf(torn.toSpliced(3, 2)), [
    "log:4: records 4 to 5 are missing between log:3 and this line",
  ]);
  assert.deepEqual(problemsOf(torn.toSpliced(5, 1)), [
    "log:6: the line that was cut off before it is missing",
  ]);
});

Deno.test("verifyAudit() does not take what is being written for a fault", () => {
  const text = textOf(ten()).slice(0, -30);
  const found = verifyAudit([bytesSource("log", text)]);
  assert.deepEqual(found.problems, []);
  assert.deepEqual(textsOf(found.notes).map((note) => note.slice(0, 18)), ["log:10: is cut off"]);
});

const word = fc.string({ unit: "binary", maxLength: 12 });
const anyEvent: fc.Arbitrary<AuditEvent> = fc.record({
  actor: fc.constantFrom("priv" as const, "calf:dhcp4" as const, "operator uid=0 pid=1" as const),
  action: fc.constantFrom("write" as const, "delete" as const, "route-add" as const),
  key: word,
  old: fc.option(word),
  new: fc.option(word),
  result: fc.constantFrom("ok" as const, "denied" as const, "failed" as const),
});
const CHANGED_EVENT: AuditEvent = { actor: "priv", action: "write", key: "", result: "ok" };
const anyEvents = fc.array(anyEvent, { minLength: 2, maxLength: 8 });

Deno.test("verifyAudit() finds any change of one byte of any line but the last, in that line", () => {
  fc.assert(
    fc.property(anyEvents, fc.nat(), fc.nat(), fc.integer({ min: 1, max: 255 }), (...given) => {
      const [events, line, place, change] = given;
      const lines = chainOf(events).map((text) => encoder.encode(`${text}\n`));
      const at = line % (lines.length - 1);
      const byte = place % lines[at].length;
      lines[at][byte] ^= change;
      const isCut = lines[at][byte] === 0x0a;
      const bytes = Uint8Array.from(lines.flatMap((each) => [...each]));
      const { problems } = verifyAudit([bytesSource("log", bytes)]);
      assert.ok(problems.some((problem) => problem.line === at + 1), textsOf(problems).join("\n"));
      // A newline that goes makes one line of two; one that comes makes two of one, neither of which is the
      // record that the line after them asks for.
      const own = isCut ? [at + 1, at + 2, at + 3] : [at + 1, at + 2];
      const others = problems.filter((problem) => !own.includes(problem.line));
      assert.deepEqual(others, []);
    }),
    {
      numRuns: 2000,
      examples: [[[CHANGED_EVENT, CHANGED_EVENT, CHANGED_EVENT], 0, 8, 0x26]], // the comma after `"seq":1`
    },
  );
});

Deno.test("verifyAudit() finds lines that were removed, repeated or swapped anywhere but at the end", () => {
  fc.assert(fc.property(anyEvents, fc.nat(), fc.nat(), (events, from, to) => {
    const lines = chainOf(events);
    const at = from % (lines.length - 1);
    assert.notDeepEqual(problemsOf(lines.toSpliced(at, 1)), []);
    assert.notDeepEqual(problemsOf(lines.toSpliced(to % lines.length, 0, lines[at])), []);
    assert.notDeepEqual(problemsOf(lines.with(at, lines[at + 1]).with(at + 1, lines[at])), []);
    const cut = lines.slice(0, at + 1);
    assert.notDeepEqual(problemsOf(cut, sha256(lines[lines.length - 1])), []);
  }));
});
