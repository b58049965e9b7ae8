import assert from "node:assert/strict";
import { lookAtConfinement, seenConfinement } from "./confinement.ts";

const CONFINED = `Name:\tmirage-dhcp
Uid:\t65534\t65534\t65534\t65534
Threads:\t1
CapInh:\t0000000000000000
CapPrm:\t0000000000000000
CapEff:\t0000000000000000
CapBnd:\t0000000000000000
CapAmb:\t0000000000000000
NoNewPrivs:\t1
Seccomp:\t2
Seccomp_filters:\t1
`;

Deno.test("seenConfinement() finds everything in a calf that is confined", () => {
  assert.deepEqual(seenConfinement(CONFINED), {
    text: "seccomp no_new_privs no-capabilities bounding-set uid=65534 threads=1",
    complete: true,
  });
});

for (
  const [what, from, to, word] of [
    ["seccomp", "Seccomp:\t2", "Seccomp:\t0", "no-seccomp"],
    ["strict seccomp in place of a filter", "Seccomp:\t2", "Seccomp:\t1", "no-seccomp"],
    ["no_new_privs", "NoNewPrivs:\t1", "NoNewPrivs:\t0", "new-privs"],
    ["an empty ambient set", "CapAmb:\t0", "CapAmb:\t8", "capabilities"],
    ["any word of capabilities", "CapEff:\t0000000000000000\n", "", "capabilities"],
  ]
) {
  Deno.test(`seenConfinement() misses ${what}`, () => {
    const seen = seenConfinement(CONFINED.replace(from, to));
    assert.equal(seen.complete, false);
    assert.ok(seen.text.split(" ").includes(word), seen.text);
  });
}

Deno.test("seenConfinement() tells of a bounding set that a calf could not empty", () => {
  const seen = seenConfinement(CONFINED.replace("CapBnd:\t0", "CapBnd:\t1"));
  assert.deepEqual(seen, {
    text: "seccomp no_new_privs no-capabilities no-bounding-set uid=65534 threads=1",
    complete: true,
  });
});

Deno.test("seenConfinement() tells of root, which a user namespace may leave to a calf", () => {
  const seen = seenConfinement(CONFINED.replace("Uid:\t65534", "Uid:\t0"));
  assert.deepEqual(seen, {
    text: "seccomp no_new_privs no-capabilities bounding-set root threads=1",
    complete: true,
  });
});

Deno.test("lookAtConfinement() sees this test, which is not confined, and no process 0", () => {
  assert.equal(lookAtConfinement(Deno.pid)?.complete, false);
  assert.equal(lookAtConfinement(0), null);
});
