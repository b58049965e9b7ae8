import assert from "node:assert/strict";
import { reasonsOf } from "./hook_event.ts";

type Keys = Record<string, string>;

function reasons(before: Keys, after: Keys, written: readonly string[]): string[] {
  return reasonsOf({
    before: new Map(Object.entries(before)),
    after: new Map(Object.entries(after)),
    written: new Set(written),
  });
}

const IDLE: Keys = { "/mac": "02:00:00:00:00:01", "/state": "INIT" };
const BOUND: Keys = { ...IDLE, "/state": "BOUND", "/ip": "192.0.2.7/24", "/lease/time": "60" };
const WRITTEN = ["/state", "/ip", "/lease/time"];

Deno.test("reasonsOf() names what happens to a lease, by the state before", () => {
  const bound = (state: string): Keys => ({ ...BOUND, "/state": state });
  const idle = (state: string): Keys => ({ ...IDLE, "/state": state });
  const expected: [Keys, Keys, string[]][] = [
    [idle("REQUESTING"), BOUND, ["BOUND"]],
    [idle("SELECTING"), BOUND, ["BOUND"]],
    [idle("PROBING"), BOUND, ["BOUND"]],
    [idle("REBOOTING"), BOUND, ["REBOOT"]],
    [bound("REBOOTING"), BOUND, ["REBOOT"]],
    [bound("RENEWING"), BOUND, ["RENEW"]],
    [bound("BOUND"), BOUND, ["RENEW"]],
    [bound("REBINDING"), BOUND, ["REBIND"]],
    [bound("BOUND"), { ...BOUND, "/ip": "192.0.2.8/24" }, ["BOUND"]],
  ];
  for (const [before, after, wanted] of expected) {
    assert.deepEqual(reasons(before, after, WRITTEN), wanted, before["/state"]);
  }
});

Deno.test("reasonsOf() names what happens to an address that is no lease", () => {
  const other = (origin: string): Keys => ({ ...BOUND, "/origin": origin });
  for (
    const [origin, reason] of [["ipv4ll", "IPV4LL"], ["static", "STATIC"], ["inform", "INFORM"]]
  ) {
    assert.deepEqual(reasons(IDLE, other(origin), WRITTEN), [reason]);
    assert.deepEqual(reasons(other(origin), BOUND, WRITTEN), ["BOUND"], "a lease takes its place");
  }
  assert.deepEqual(reasons(other("ipv4ll"), IDLE, []), ["IPV4LL"]);
  assert.deepEqual(reasons(other("static"), IDLE, []), ["EXPIRE"]);
});

Deno.test("reasonsOf() tells the ends of a lease apart", () => {
  assert.deepEqual(reasons(BOUND, IDLE, ["/state"]), ["EXPIRE"]);
  assert.deepEqual(reasons(BOUND, { ...IDLE, "/state": "RELEASED" }, ["/state"]), ["RELEASE"]);
  assert.deepEqual(reasons(BOUND, {}, []), ["STOP"]);
  assert.deepEqual(reasons(IDLE, {}, []), ["STOP"]);
});

Deno.test("reasonsOf() tells of the interface and its carrier before its lease", () => {
  const up = { ...BOUND, "/link": "up" };
  const down = { ...BOUND, "/link": "down" };
  assert.deepEqual(reasons({}, up, Object.keys(up)), ["PREINIT", "CARRIER", "BOUND"]);
  assert.deepEqual(reasons({}, IDLE, []), ["PREINIT"]);
  assert.deepEqual(reasons(up, down, ["/link"]), ["NOCARRIER"]);
  assert.deepEqual(reasons(down, up, ["/link"]), ["CARRIER"]);
  assert.deepEqual(reasons(up, up, ["/link"]), [], "told again");
});

Deno.test("reasonsOf() has none when nothing happens to address, carrier or interface", () => {
  assert.deepEqual(reasons(BOUND, { ...BOUND, "/state": "RENEWING" }, ["/state"]), []);
  assert.deepEqual(reasons(BOUND, { ...BOUND, "/error/001": "x" }, ["/error/001"]), []);
  assert.deepEqual(reasons(IDLE, { ...IDLE, "/state": "SELECTING" }, ["/state"]), []);
});
