/**
 * Gathers what the metrics are made of.
 *
 * @module
 */

import type { EventLoop } from "../event_loop.ts";
import { DAEMON, INTERFACES, type KvTree } from "../kv/tree.ts";
import type { MetricsInput } from "./families.ts";
import { ProcessReader } from "./process_statistics.ts";
import { type HandlerStatistics, LoopStatistics } from "./statistics.ts";

/**
 * Begins to measure the loop.
 *
 * @param tree all keys
 * @param loop the daemon's
 * @param handlers what is measured elsewhere
 * @returns gives everything as of now
 */
export function metricsInput(
  tree: KvTree,
  loop: Pick<EventLoop, "measureTurns">,
  handlers: HandlerStatistics,
): () => MetricsInput {
  const statistics = new LoopStatistics();
  const processes = new ProcessReader();
  loop.measureTurns((seconds) => statistics.turns.observe(seconds));
  return () => {
    tree.measure();
    const places = [...tree.stores].filter(([place]) => place.startsWith(`${INTERFACES}/`));
    const interfaces = places.map(([place, store]) => ({
      name: place.slice(INTERFACES.length + 1),
      keys: store.snapshot(),
    }));
    const calves = new Map<string, number>();
    for (const { name, keys } of interfaces) {
      const pid = keys.get("/calf/pid");
      if (pid !== undefined) calves.set(name, Number(pid));
    }
    return {
      daemon: tree.stores.get(DAEMON)?.snapshot() ?? new Map(),
      interfaces,
      process: processes.read(calves),
      handlers,
      loop: statistics,
    };
  };
}
