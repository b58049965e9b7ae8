/**
 * Audit logs that somebody has changed: verification never fails, finds what is not genuine, and a
 * daemon that goes on with such a file makes no new fault.
 *
 * @module
 */
import assert from "node:assert/strict";
import { AuditLog } from "../../../priv/audit/audit_log.ts";
import { parseLine } from "../../../priv/audit/line.ts";
import { bytesSource } from "../../../priv/audit/log_source.ts";
import { sha256 } from "../../../priv/audit/sha256.ts";
import { verifyAudit } from "../../../priv/audit/verify.ts";
import { chainOf, eventOf } from "../../../priv/testing/audit_chain.ts";
import { FakeLoop } from "../../../priv/testing/fake_loop.ts";
import { scratchFile } from "../scratch.ts";
import { bytesOf, magnitude, type RunInput, type Target } from "../target.ts";

const GENUINE = chainOf(Array.from({ length: 12 }, (_, i) => eventOf(i)));
const HEAD = sha256(GENUINE[GENUINE.length - 1]);
const BYTES = bytesOf(GENUINE.map((line) => `${line}\n`).join(""));

/** Records up to the one with the known hash are the genuine ones, without a gap. */
function checkGenuine(text: string): void {
  const records = text.split("\n").filter((line) => parseLine(line) !== null);
  const end = records.findIndex((line) => sha256(bytesOf(line)) === HEAD);
  assert.ok(end >= 0, "the last line is not there");
  const first = GENUINE.indexOf(records[0]);
  assert.deepEqual(records.slice(0, end + 1), GENUINE.slice(first), "not the genuine records");
}

function verify(bytes: Uint8Array, head: string | null) {
  return verifyAudit([bytesSource("audit.log", bytes)], head);
}

function prepare(): RunInput {
  const file = scratchFile("audit");
  return function* (input) {
    const verified = verify(input, HEAD);
    const { problems, notes, lines } = verified;
    yield `lines ${magnitude(lines)}`;
    for (const { what } of [...problems, ...notes]) {
      assert.match(what, /^[\x20-\x7e]+$/);
      yield what.replaceAll(/[0-9]+/g, "N");
    }
    if (problems.length === 0) {
      checkGenuine(String.fromCharCode(...input));
      yield `genuine ${notes.length}`;
    }
    yield* goOn(file, input);
  };
}

/** A daemon goes on with the file. */
function* goOn(file: string, input: Uint8Array): Generator<string> {
  Deno.writeFileSync(file, input);
  const warnings: string[] = [];
  const log = AuditLog.open({
    ...{ file, maxBytes: 1 << 24, keep: 0, loop: new FakeLoop(), now: () => 1_700_000_100_000 },
    warn: (text) => warnings.push(text),
  });
  log.record(eventOf(1));
  log.flush();
  const { health, head } = log.status;
  log.close();
  assert.equal(health, "ok", warnings.join());
  const before = verify(input, null);
  const after = verify(Deno.readFileSync(file), head);
  yield `goes on ${after.problems.length - before.problems.length}`;
  if (before.problems.length === 0) assert.deepEqual(after.problems, [], "a fault of the daemon's");
}

/** See the module's description. */
export const AUDIT: Target = {
  name: "audit",
  module: import.meta.url,
  what: "audit logs: verification, and a daemon that goes on with them",
  weight: 1,
  maxLength: 6000,
  corpus: [
    BYTES,
    BYTES.slice(0, -1),
    BYTES.slice(0, -40),
    BYTES.slice(GENUINE[0].length + 1),
    bytesOf(GENUINE.toReversed().join("\n")),
    bytesOf(`${GENUINE[0].slice(0, 50)}\n${GENUINE[1]}\n`),
    bytesOf("garbage\n"),
  ],
  dictionary: [
    ...GENUINE.slice(0, 4).map((line) => bytesOf(`${line}\n`)),
    ...["\n", '"seq":', '"prev":"', "0".repeat(64), HEAD, "null", "\\u0000", "9007199254740993"]
      .map(
        bytesOf,
      ),
    Uint8Array.of(0xff),
  ],
  prepare,
};
