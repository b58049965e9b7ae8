import assert from "node:assert/strict";
import { DAEMON_KEYS } from "../../schema/daemon_keys.ts";
import { KEYS } from "../../schema/keys.ts";
import { KvStore } from "../kv/store.ts";
import { DAEMON, interfacePlace, KvTree } from "../kv/tree.ts";
import type { AuditEvent } from "./event.ts";
import { TreeAudit } from "./tree_audit.ts";

const OPERATOR = "operator uid=0 pid=7";

Deno.test("TreeAudit records what calves and operators write, each in its store", () => {
  const events: AuditEvent[] = [];
  const audit = new TreeAudit({ record: (event) => events.push(event) });
  const tree = new KvTree(KEYS);
  tree.subscribe((changes, by) => audit.changed(changes, by, by === "operator" ? OPERATOR : null));
  const eth0 = new KvStore();
  tree.mount(DAEMON, new KvStore(DAEMON_KEYS));
  tree.mount(interfacePlace("eth0"), eth0);
  eth0.set("/link", "up");
  eth0.commit("calf:dhcp4", [{ path: "/state", text: "INIT" }]);
  tree.commit("operator", [{ path: "/interface/eth0/request", text: "renew" }]);
  tree.commit("operator", [{ path: "/daemon/request", text: "reload" }]);
  tree.unmount(interfacePlace("eth0"));
  assert.deepEqual(events, [
    {
      actor: "calf:dhcp4",
      interface: "eth0",
      action: "write",
      key: "/state",
      old: null,
      new: "INIT",
      result: "ok",
    },
    {
      actor: OPERATOR,
      interface: "eth0",
      action: "write",
      key: "/request",
      old: null,
      new: "renew",
      result: "ok",
    },
    {
      actor: OPERATOR,
      action: "write",
      key: "/request",
      old: null,
      new: "reload",
      result: "ok",
    },
  ]);
});

Deno.test("TreeAudit records refusals with whom and where", () => {
  const events: AuditEvent[] = [];
  const audit = new TreeAudit({ record: (event) => events.push(event) });
  const record = { operation: "read", key: "/x", code: "denied", reason: "denied: no" } as const;
  audit.refusedToCalf("eth0", record, "calf:dhcp4");
  audit.refusedToOperator(record, OPERATOR);
  const same = { action: "read", key: "/x", result: "denied", detail: "denied: no" };
  assert.deepEqual(events, [
    { actor: "calf:dhcp4", interface: "eth0", ...same },
    { actor: OPERATOR, ...same },
  ]);
});
