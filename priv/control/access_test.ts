import assert from "node:assert/strict";
import { mayOperate, operatorName } from "./access.ts";

const PEER = { pid: 7, uid: 1000, gid: 1000, groups: [4, 27] };

Deno.test("mayOperate() takes root, the daemon's own user and members of the group", () => {
  assert.ok(mayOperate({ ...PEER, uid: 0 }, { user: 990, group: null }));
  assert.ok(mayOperate({ ...PEER, uid: 990 }, { user: 990, group: null }));
  assert.ok(mayOperate(PEER, { user: 0, group: 1000 }));
  assert.ok(mayOperate(PEER, { user: 0, group: 27 }));
});

Deno.test("mayOperate() refuses everybody else", () => {
  assert.ok(!mayOperate(PEER, { user: 0, group: null }));
  assert.ok(!mayOperate(PEER, { user: 0, group: 28 }));
  assert.ok(!mayOperate({ ...PEER, uid: 65534, gid: 65534, groups: [] }, { user: 0, group: 0 }));
});

Deno.test("operatorName() tells user and process", () => {
  assert.equal(operatorName(PEER), "operator uid=1000 pid=7");
});
