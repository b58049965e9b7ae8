import assert from "node:assert/strict";
import { PreferenceList, routeMetric } from "./preference.ts";

Deno.test("PreferenceList sorts by place on the command line, then by metric", () => {
  const list = new PreferenceList<string>();
  list.set("eth9", "c", { rank: 1, metric: 1009 });
  list.set("eth3", "b", { rank: 1, metric: 1003 });
  list.set("wlan0", "a", { rank: 0, metric: 5000 });
  assert.deepEqual([...list.sorted()], [["wlan0", "a"], ["eth3", "b"], ["eth9", "c"]]);
  list.set("eth3", null, { rank: 1, metric: 1003 });
  list.set("eth9", "d", { rank: 1, metric: 1009 });
  assert.deepEqual([...list.sorted()], [["wlan0", "a"], ["eth9", "d"]]);
});

Deno.test("routeMetric() gives each interface another metric", () => {
  assert.equal(routeMetric(null, { rank: 3, name: "eth0", index: 7 }), 1007);
  assert.equal(routeMetric(50, { rank: 0, name: "eth0", index: 7 }), 50);
  assert.equal(routeMetric(50, { rank: 1, name: "wlan0", index: 3 }), 51);
  assert.equal(routeMetric(50, { rank: 1, name: "eth*", index: 7 }), 58);
  assert.equal(routeMetric(0xffffffff, { rank: 1, name: "eth1", index: 8 }), 0xffffffff);
});
