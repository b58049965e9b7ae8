import assert from "node:assert/strict";
import { KvStore } from "../kv/store.ts";
import { CalfStatus } from "./calf_status.ts";

Deno.test("CalfStatus.confined() looks once at each calf, however often it speaks of its layers", () => {
  const store = new KvStore();
  const status = new CalfStatus(store);
  assert.equal(status.confined(), null);
  for (let calf = 0; calf < 2; calf++) {
    status.started(Deno.pid);
    assert.equal(store.get("/sandbox/verified"), null);
    assert.equal(status.confined()?.text, store.get("/sandbox/verified"));
    assert.equal(status.confined(), null);
    assert.notEqual(store.get("/sandbox/verified"), null);
  }
});
