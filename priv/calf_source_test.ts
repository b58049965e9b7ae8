import assert from "node:assert/strict";
import { CalfSource } from "./calf_source.ts";

function withSource(argv: readonly string[], body: (calves: CalfSource) => void): void {
  const calves = new CalfSource(argv);
  try {
    body(calves);
  } finally {
    calves.close();
  }
}

Deno.test("CalfSource hands its early calf to the interface it was started for, and once", () => {
  withSource(["--oneshot", "eth0"], (calves) => {
    const early = calves.earlyPid;
    assert.ok(early !== null);
    const other = calves.start("eth1");
    const first = calves.start("eth0");
    const second = calves.start("eth0");
    assert.notEqual(other.pid, early);
    assert.equal(first.pid, early);
    assert.notEqual(second.pid, early);
    assert.equal(calves.earlyPid, null);
    for (const calf of [other, first, second]) calf.endAndClose();
  });
});

Deno.test("CalfSource.settle() ends an early calf that nobody has taken", () => {
  withSource(["eth0"], (calves) => {
    const early = calves.earlyPid;
    calves.settle();
    assert.equal(calves.earlyPid, null);
    const calf = calves.start("eth0");
    assert.notEqual(calf.pid, early);
    calf.endAndClose();
  });
});

Deno.test("CalfSource starts nothing early for an option, a pattern, or what is no name", () => {
  for (const last of ["--help", "-1", "eth*", "en?0", "", "/run/dhcp", "a-name-of-16-chars"]) {
    withSource(["eth0", last], (calves) => assert.equal(calves.earlyPid, null, last));
  }
  withSource([], (calves) => assert.equal(calves.earlyPid, null));
});
