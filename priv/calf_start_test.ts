import assert from "node:assert/strict";
import { startCalfProcess } from "./calf_start.ts";
import { CalfSource } from "./calf_source.ts";
import { AuditList } from "./testing/audit_list.ts";

Deno.test("startCalfProcess() records the start of the process and its filter", () => {
  const audit = new AuditList();
  const link = { name: "eth0", mac: "02:00:00:00:00:01" };
  // What is started here is no calf but this test's Deno, which ends at once for want of such a mode.
  const calves = new CalfSource([]);
  const calf = startCalfProcess(link, (name) => calves.start(name), audit);
  calf.endAndClose();
  calves.close();
  assert.deepEqual(audit.texts(), [
    `eth0 | process-start | ok | pid ${calf.pid}`,
    `eth0 | filter-set | ok | pid ${calf.pid}, no address`,
  ]);
});

Deno.test("startCalfProcess() lets a calf speak for the address that one before it has left", () => {
  const audit = new AuditList();
  const link = { name: "eth0", mac: "02:00:00:00:00:01" };
  const calves = new CalfSource([]);
  const calf = startCalfProcess(link, (name) => calves.start(name), audit, "192.0.2.7");
  calf.endAndClose();
  calves.close();
  assert.equal(audit.texts()[1], `eth0 | filter-set | ok | pid ${calf.pid}, 192.0.2.7`);
});
