/**
 * Tests of requirements.ts.
 *
 * @module
 */
import assert from "node:assert/strict";
import { planTest, requirement, type RequirementName } from "./requirements.ts";

const machine = (lacking: RequirementName[]) => (name: RequirementName) => {
  const ok = !lacking.includes(name);
  return { ok, reason: ok ? "" : `no ${name}` };
};
const environment = (env: Record<string, string>) => (name: string) => env[name];

Deno.test("planTest() runs a test when the machine has what it needs", () => {
  const env = environment({ REQUIRE_ALL: "1", REQUIRE_KVM: "1" });
  assert.deepEqual(planTest(["root", "netns"], machine(["kvm"]), env), {
    action: "run",
    reason: "",
  });
});

Deno.test("planTest() skips a test with the reasons", () => {
  const look = machine(["kvm", "root"]);
  assert.deepEqual(planTest(["root", "netns", "kvm"], look, environment({ REQUIRE_NETNS: "1" })), {
    action: "skip",
    reason: "no root, no kvm",
  });
});

Deno.test("planTest() fails a test when what it lacks is required", () => {
  for (const name of ["REQUIRE_KVM", "REQUIRE_ALL"]) {
    const plan = planTest(["root", "kvm"], machine(["kvm"]), environment({ [name]: "1" }));
    assert.deepEqual(plan, { action: "fail", reason: "no kvm" });
  }
  const plan = planTest(["kvm"], machine(["kvm"]), environment({ REQUIRE_KVM: "0" }));
  assert.equal(plan.action, "skip");
});

Deno.test("requirement() looks at this machine", () => {
  // Root of a user namespace in which not everybody is mapped is root of a part only.
  const mapped = Deno.readTextFileSync("/proc/self/uid_map").trim().split(/\s+/).at(-1);
  const whole = Deno.uid() === 0 && mapped === "4294967295";
  assert.equal(requirement("root").ok, whole);
  assert.equal(requirement("root").reason === "", whole);
});
