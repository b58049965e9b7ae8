import assert from "node:assert/strict";
import { PreferenceList } from "./preference.ts";

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
