/**
 * The metrics of the daemon itself.
 *
 * @module
 */

import type { Buckets, MetricType } from "./exposition.ts";
import {
  countBelow,
  isAt,
  type MetricRow,
  numberAt,
  type Reader,
  single,
  timeAt,
} from "./metric_row.ts";
import type { ProcessFigures } from "./process_statistics.ts";
import type { HandlerRecord } from "./statistics.ts";

function keyRow(
  name: string,
  type: MetricType,
  help: string,
  path: string,
  read: Reader = numberAt(path),
): MetricRow {
  const head = { name: `mirage_dhcp_${name}`, type, help, source: `\`/daemon${path}\`` };
  return single(head, ({ daemon }) => read(daemon));
}

/**
 * One of the figures that Prometheus's client libraries know. Their names have our prefix (a "namespace"):
 * in a textfile they would otherwise clash with those of node_exporter itself, and cost it the whole scrape.
 */
function processRow(
  name: string,
  type: MetricType,
  help: string,
  figure: keyof ProcessFigures,
): MetricRow {
  const head = { name: `mirage_dhcp_process_${name}`, type, help, source: "/proc/self" };
  return single(head, ({ process }) => process.self === null ? null : process.self[figure]);
}

function handlerRow(
  name: string,
  type: MetricType,
  help: string,
  read: (record: HandlerRecord) => number | Buckets,
): MetricRow {
  return {
    name: `mirage_dhcp_handler_${name}`,
    type,
    help,
    labels: ["handler"],
    source: "measured",
    samples: ({ handlers }) =>
      [...handlers.records].map(([handler, record]) => ({
        labels: { handler },
        value: read(record),
      })),
  };
}

/** The rows. */
export const DAEMON_ROWS: readonly MetricRow[] = [
  {
    name: "mirage_dhcp_build_info",
    type: "gauge",
    help: "The version of mirage-dhcp; always 1.",
    labels: ["version"],
    source: "`/daemon/version`",
    samples: ({ daemon }) => {
      const version = daemon.get("/version");
      return version === undefined ? [] : [{ labels: { version }, value: 1 }];
    },
  },
  single(
    {
      name: "mirage_dhcp_interfaces",
      type: "gauge",
      help: "How many interfaces are managed.",
      source: "`/interface/…`",
    },
    ({ interfaces }) => interfaces.length,
  ),
  keyRow(
    "interfaces_waiting",
    "gauge",
    "Names and patterns for which there is no interface.",
    "/waiting/…",
    countBelow("/waiting"),
  ),
  keyRow(
    "config_last_load_successful",
    "gauge",
    "Whether the last attempt to read the configuration file succeeded.",
    "/config/error",
    (keys) => keys.has("/config/file") ? Number(!keys.has("/config/error")) : null,
  ),
  keyRow(
    "config_load_time_seconds",
    "gauge",
    "When the configuration that is in force was read, in seconds since 1970.",
    "/config/loaded",
    timeAt("/config/loaded"),
  ),
  keyRow(
    "audit_healthy",
    "gauge",
    "Whether the audit log could be written the last time.",
    "/audit/health",
    isAt("/audit/health", "ok"),
  ),
  keyRow("audit_lines_total", "counter", "Lines in the chain of the audit log.", "/audit/lines"),
  keyRow(
    "audit_lost_total",
    "counter",
    "Events that could not be written to the audit log.",
    "/audit/lost",
  ),
  keyRow("control_clients", "gauge", "Operators that are connected.", "/clients"),
  keyRow(
    "recent_errors",
    "gauge",
    "How many of the daemon's last warnings and errors are kept, 8 at most.",
    "/error/…",
    countBelow("/error"),
  ),
  handlerRow(
    "duration_seconds",
    "histogram",
    "How long a system handler took to make the host follow a lease.",
    ({ durations }) => durations.buckets,
  ),
  handlerRow(
    "errors_total",
    "counter",
    "Calls of a system handler that failed.",
    ({ errors }) => errors,
  ),
  single(
    {
      name: "mirage_dhcp_loop_turn_duration_seconds",
      type: "histogram",
      help:
        "How long the event loop was busy before it waited again: what a frame may have to wait.",
      source: "measured",
    },
    ({ loop }) => loop.turns.buckets,
  ),
  processRow(
    "cpu_seconds_total",
    "counter",
    "Processor time of the daemon without its calves.",
    "cpuSeconds",
  ),
  processRow("resident_memory_bytes", "gauge", "Physical memory of the daemon.", "residentBytes"),
  processRow("virtual_memory_bytes", "gauge", "Address space of the daemon.", "virtualBytes"),
  processRow("open_fds", "gauge", "Descriptors that are open in the daemon.", "openFds"),
  processRow("max_fds", "gauge", "Descriptors that may be open in the daemon.", "maxFds"),
  processRow(
    "start_time_seconds",
    "gauge",
    "When the daemon was started, in seconds since 1970.",
    "startTimeSeconds",
  ),
];
