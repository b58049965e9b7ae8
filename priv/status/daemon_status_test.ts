import assert from "node:assert/strict";
import { DaemonStatus } from "./daemon_status.ts";

Deno.test("DaemonStatus tells version, process and start", () => {
  const { store } = new DaemonStatus("1.2.3");
  assert.equal(store.get("/version"), "1.2.3");
  assert.equal(store.get("/pid"), String(Deno.pid));
  assert.ok(Math.abs(Date.parse(store.get("/since") ?? "") - Date.now()) < 60_000);
});

Deno.test("DaemonStatus shows what is waited for, and no more than there are places", () => {
  const status = new DaemonStatus("1");
  const waiting = () => status.store.readBelow("operator", "/waiting").map(({ text }) => text);
  status.waitingFor(["eth7", "wlan*"]);
  assert.deepEqual(waiting(), ["eth7", "wlan*"]);
  status.waitingFor(Array.from({ length: 20 }, (_, i) => `eth${i}`));
  assert.equal(waiting().length, 16);
  status.waitingFor([]);
  assert.deepEqual(waiting(), []);
});

Deno.test("DaemonStatus.publish() escapes, cuts, deletes, and tells nobody of what stays", () => {
  const status = new DaemonStatus("1");
  let told = 0;
  status.store.subscribe(() => told++);
  status.publish({ "/config/error": `x\n${"y".repeat(600)}` });
  status.publish({ "/config/error": `x\n${"y".repeat(600)}` });
  assert.equal(told, 1);
  assert.equal(status.store.get("/config/error")?.length, 512);
  status.publish({ "/config/error": null });
  assert.equal(status.store.get("/config/error"), null);
});
