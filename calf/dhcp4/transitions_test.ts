import assert from "node:assert/strict";
import "portable";
import * as transitions from "./transitions.ts";
import { nextState, stateName } from "./transitions.ts";

const STATES = [
  "INIT",
  "SELECTING",
  "REQUESTING",
  "INIT-REBOOT",
  "REBOOTING",
  "PROBING",
  "BOUND",
  "RENEWING",
  "REBINDING",
  "INFORMING",
  "V6ONLY",
  "RELEASED",
];

/** `STATE_*` or `EVENT_*` by name. */
function constant(name: string): number {
  const value = Object.entries(transitions)
    .find(([key]) => key === name.replaceAll("-", "_"))?.[1];
  assert.ok(typeof value === "number", name);
  return value;
}

/** The rows of the table in the module's documentation, cell by cell. */
function documentedTable(): string[][] {
  const source = Deno.readTextFileSync(new URL("./transitions.ts", import.meta.url));
  return source.split("\n").filter((line) => line.startsWith(" * |") && !line.includes("---"))
    .map((line) => line.split("|").slice(1, -1).map((cell) => cell.trim()));
}

Deno.test("nextState() does what the table in its documentation says", () => {
  const [[, ...events], ...rows] = documentedTable();
  assert.deepEqual(rows.map(([state]) => state), STATES);
  const known = Object.keys(transitions).filter((k) => k.startsWith("EVENT_"));
  assert.deepEqual(
    new Set([...events.map((event) => `EVENT_${event}`), "EVENT_RELEASE"]),
    new Set(known),
  );
  for (const [state, ...cells] of rows) {
    events.forEach((event, i) => {
      const expected = cells[i] === "" ? -1 : constant(`STATE_${cells[i]}`);
      const next = nextState(constant(`STATE_${state}`), constant(`EVENT_${event}`));
      assert.equal(next, expected, `${event} in ${state}`);
    });
  }
});

Deno.test("nextState() leads to RELEASED from everywhere", () => {
  for (let state = 0; state < STATES.length; state++) {
    assert.equal(nextState(state, transitions.EVENT_RELEASE), transitions.STATE_RELEASED);
  }
});

Deno.test("nextState() knows no way from a state or by an event that does not exist", () => {
  assert.equal(nextState(STATES.length, 0), -1);
  assert.equal(nextState(-1, 0), -1);
  for (let state = 0; state < STATES.length; state++) assert.equal(nextState(state, 16), -1);
});

Deno.test("stateName() gives the names of RFC 2131 and our own", () => {
  for (const name of STATES) assert.equal(stateName(constant(`STATE_${name}`)), name);
});
