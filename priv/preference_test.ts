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

Deno.test("routeMetric() gives each interface another metric, in the order of the command line", () => {
  const metric = (base: number | null, names: string, rank: number, index: number) =>
    routeMetric(base, names.split(" "), { rank, index });
  assert.equal(metric(null, "a b c eth0", 3, 7), 1007);
  assert.equal(metric(50, "eth0 wlan0", 0, 7), 50);
  assert.equal(metric(50, "eth0 wlan0", 1, 3), 51);
  const mixed = "eth0 wlan* usb* eth1";
  const metrics = [
    metric(50, mixed, 0, 9),
    metric(50, mixed, 1, 1),
    metric(50, mixed, 1, 8),
    metric(50, mixed, 2, 2),
    metric(50, mixed, 2, 7),
    metric(50, mixed, 3, 3),
  ];
  assert.deepEqual(metrics, [50, 52, 59, 65590, 65595, 131125]);
  assert.equal(metric(0xffffffff, "eth0 eth1", 1, 8), 0xffffffff);
});
