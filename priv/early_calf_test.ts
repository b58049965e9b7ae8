import assert from "node:assert/strict";
import { EarlyCalf, startEarlyCalf } from "./early_calf.ts";

Deno.test("EarlyCalf hands its calf to the interface it was started for, and once", () => {
  const early = new EarlyCalf("eth0");
  assert.equal(early.take("eth1"), null);
  const calf = early.take("eth0");
  assert.ok(calf !== null);
  assert.equal(early.take("eth0"), null);
  early.end(); // not its any more
  calf.endAndClose(); // throws for descriptors that are closed already
});

Deno.test("EarlyCalf ends a calf that nobody takes", () => {
  const early = new EarlyCalf("eth0");
  early.end();
  assert.equal(early.take("eth0"), null);
});

Deno.test("startEarlyCalf() starts the calf of the interface at the end of a command line", () => {
  const early = startEarlyCalf(["--oneshot", "eth0"]);
  const calf = early?.take("eth0") ?? null;
  assert.ok(calf !== null);
  calf.endAndClose();
});

Deno.test("startEarlyCalf() starts nothing for an option, a pattern, or what is no name", () => {
  for (const last of ["--help", "-1", "eth*", "en?0", "", "/run/dhcp", "a-name-of-16-chars"]) {
    assert.equal(startEarlyCalf(["eth0", last]), null, last);
  }
  assert.equal(startEarlyCalf([]), null);
});
