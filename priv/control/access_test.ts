import assert from "node:assert/strict";
import {
  MAX_CLIENTS,
  MAX_CLIENTS_OF_OTHERS,
  MAX_CLIENTS_OF_USER,
  mayOperate,
  objection,
  operatorName,
} from "./access.ts";

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

Deno.test("objection() leaves room for root, and for other users", () => {
  const rule = { user: 990, group: 27 };
  const users = (uid: number, count: number): number[] => new Array(count).fill(uid);
  const root = { ...PEER, uid: 0 };
  assert.equal(objection({ ...PEER, groups: [] }, [], rule), "permission denied");
  assert.equal(objection(PEER, users(1000, MAX_CLIENTS_OF_USER - 1), rule), null);
  const own = users(1000, MAX_CLIENTS_OF_USER);
  assert.equal(objection(PEER, own, rule), "too many clients of one user");
  assert.equal(objection({ ...PEER, uid: 1001 }, own, rule), null);
  const others = [...own, ...users(1001, MAX_CLIENTS_OF_OTHERS - own.length)];
  assert.equal(objection({ ...PEER, uid: 1002 }, others, rule), "too many clients");
  assert.equal(objection(root, others, rule), null);
  assert.equal(objection(root, users(0, MAX_CLIENTS), rule), "too many clients");
});
