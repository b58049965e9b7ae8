/**
 * Everything that metrics can be made of, for tests: each key that a metric comes from is set.
 *
 * @module
 */

import { DAEMON_KEYS } from "../../schema/daemon_keys.ts";
import { KEYS } from "../../schema/keys.ts";
import type { MetricsInput } from "./metric_row.ts";
import { SANDBOX_LAYERS } from "./interface_rows.ts";
import { HANDLER_NAMES, HandlerStatistics, LoopStatistics } from "./statistics.ts";

function examples(keys: typeof KEYS): Map<string, string> {
  return new Map(
    [...keys.values()].filter(({ rights }) => rights.operator !== undefined)
      .map(({ path, type }) => [path, type.examples[0]]),
  );
}

/** An input with two interfaces: one with a lease, and one without anything. */
export function exampleInput(): MetricsInput {
  let now = 0;
  const handlers = new HandlerStatistics(() => now += 2);
  for (const name of HANDLER_NAMES) handlers.measure(name, () => {});
  handlers.failed("route");
  const loop = new LoopStatistics();
  for (const seconds of [0.0002, 0.003, 4]) loop.turns.observe(seconds);
  const held = SANDBOX_LAYERS.filter((layer) => layer !== "user-ns");
  const keys = examples(KEYS);
  for (
    const [path, text] of [
      ...[["/state", "BOUND"], ["/timer/expire", "1800"], ["/calf/restarts", "2"]],
      ...[["/sandbox/kind", "v8"], ["/sandbox/layers", held.join(" ")]],
      ...[["/sandbox/verified", "seccomp no-new-privs uid"], ["/lease/time", "infinite"]],
    ]
  ) keys.set(path, text);
  return {
    daemon: examples(DAEMON_KEYS),
    interfaces: [{ name: "eth0", keys }, { name: "wlan0", keys: new Map() }],
    process: {
      self: {
        residentBytes: 40_000_000,
        virtualBytes: 900_000_000,
        cpuSeconds: 0.25,
        startTimeSeconds: 1_700_000_000,
        openFds: 20,
        maxFds: 1024,
      },
      calfResidentBytes: new Map([["eth0", 36_000_000]]),
    },
    handlers,
    loop,
  };
}
