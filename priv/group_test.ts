import assert from "node:assert/strict";
import { groupId } from "./group.ts";

const FILE = "root:x:0:\nadm:x:4:syslog\nodd\n# no\n7:x:99:\nbad:x:nine:\n";

Deno.test("groupId() finds a group by its name, and takes a number for itself", () => {
  assert.equal(groupId("root", FILE), 0);
  assert.equal(groupId("adm", FILE), 4);
  assert.equal(groupId("27", FILE), 27);
  assert.equal(groupId("7", FILE), 7);
  assert.equal(groupId("root"), 0, "of this machine");
});

Deno.test("groupId() says which group there is not", () => {
  for (const name of ["wheel", "odd", "bad", "", "4294967295", "-1", "# no"]) {
    assert.throws(() => groupId(name, FILE), {
      message: `Cannot find the group ${JSON.stringify(name)}`,
    });
  }
});
