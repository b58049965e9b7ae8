import assert from "node:assert/strict";
import { DAEMON_KEYS } from "../../schema/daemon_keys.ts";
import { KEYS } from "../../schema/keys.ts";
import { KvStore } from "../kv/store.ts";
import { AuditList } from "../testing/audit_list.ts";
import { KvAudit, SECRET } from "./kv_audit.ts";

function setUp() {
  const list = new AuditList();
  const audit = new KvAudit(list, { interface: "eth0", keys: KEYS });
  const store = new KvStore();
  store.subscribe((changes, by) => audit.changed(changes, by, "calf:dhcp4"));
  return { list, audit, store };
}

Deno.test("KvAudit records each key that has another value, and those that have the same as one", () => {
  const { list, store } = setUp();
  const lease = [
    { path: "/ip", text: "192.0.2.7/24" },
    { path: "/lease/time", text: "3600" },
    { path: "/lease/server", text: "192.0.2.1" },
  ];
  store.commit("calf:dhcp4", lease);
  assert.deepEqual(list.texts(), [
    "eth0 | write | /ip |  | 192.0.2.7/24 | ok",
    "eth0 | write | /lease/server |  | 192.0.2.1 | ok",
    "eth0 | write | /lease/time |  | 3600 | ok",
  ]);
  store.commit("calf:dhcp4", lease);
  assert.deepEqual(list.texts(), ["eth0 | rewrite | ok | 3 keys unchanged"]);
  store.commit("calf:dhcp4", [{ path: "/", text: null }, ...lease.slice(0, 2)]);
  assert.deepEqual(list.texts(), [
    "eth0 | delete | /lease/server | 192.0.2.1 |  | ok",
    "eth0 | rewrite | ok | 2 keys unchanged",
  ]);
});

Deno.test("KvAudit records nothing of what priv writes", () => {
  const { list, store } = setUp();
  store.set("/mac", "02:00:00:00:00:01");
  assert.deepEqual(list.events, []);
});

Deno.test("KvAudit shows no value that operators may not read, and no measurements", () => {
  const { list, audit } = setUp();
  const seed = "0".repeat(32);
  audit.changed(
    [
      { path: "/seed", text: seed, previous: null },
      { path: "/seed", text: null, previous: seed },
      { path: "/packets/sent", text: "2", previous: "1" },
    ],
    "calf:dhcp4",
    "calf:dhcp4",
  );
  assert.deepEqual(list.texts(), [
    `eth0 | write | /seed |  | ${SECRET} | ok`,
    `eth0 | delete | /seed | ${SECRET} |  | ok`,
  ]);
});

Deno.test("KvAudit records what was refused, and to whom", () => {
  const list = new AuditList();
  const audit = new KvAudit(list, { keys: DAEMON_KEYS });
  const reason = "denied: /version is read-only";
  const refused = { operation: "write", key: "/version", code: "denied", reason } as const;
  audit.refused(refused, "operator uid=1000 pid=42");
  assert.deepEqual(list.events, [{
    actor: "operator uid=1000 pid=42",
    action: "write",
    key: "/version",
    result: "denied",
    detail: reason,
  }]);
});
