import assert from "node:assert/strict";
import { findUser } from "./user.ts";

const PASSWD =
  "root:x:0:0:root:/root:/bin/bash\ndhcp:x:101:102::/:/bin/false\nodd:x:a:1::/:\nshort\n";

Deno.test("findUser() finds a name in passwd(5), and takes two numbers as they are", () => {
  assert.deepEqual(findUser("dhcp", PASSWD), { uid: 101, gid: 102 });
  assert.deepEqual(findUser("65534:65533", PASSWD), { uid: 65534, gid: 65533 });
});

Deno.test("findUser() finds nothing else", () => {
  for (const name of ["odd", "short", "DHCP", "101", "", "4294967295:0", "0:4294967295"]) {
    assert.throws(() => findUser(name, PASSWD), /Cannot find the user/, name);
  }
});
