import assert from "node:assert/strict";
import { startCalfProcess } from "./calf_start.ts";
import { CalfSource } from "./calf_source.ts";
import { AuditList } from "./testing/audit_list.ts";

Deno.test("startCalfProcess() records the start of the process and the lock of its filter", () => {
  const audit = new AuditList();
  const link = { name: "eth0", mac: "02:00:00:00:00:01" };
  // What is started here is no calf but this test's Deno, which ends at once for want of such a mode.
  const calves = new CalfSource([]);
  const calf = startCalfProcess(link, (name) => calves.start(name), audit);
  calf.endAndClose();
  calves.close();
  assert.deepEqual(audit.texts(), [
    `eth0 | process-start | ok | pid ${calf.pid}`,
    `eth0 | filter-lock | ok | pid ${calf.pid}`,
  ]);
});
