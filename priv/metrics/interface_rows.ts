/**
 * The metrics of each interface.
 *
 * @module
 */

import { DROP_REASONS } from "../../schema/drop_reasons.ts";
import { REQUEST_RESULTS } from "../../schema/status_keys.ts";
import { CLIENT_STATES } from "../../schema/word_values.ts";
import type { MetricType } from "./exposition.ts";
import {
  countBelow,
  isAt,
  type MetricRow,
  numberAt,
  perInterface,
  perWord,
  type Reader,
  timeAt,
} from "./metric_row.ts";

/** States in which the client has an address that it may use. */
const BOUND_STATES: ReadonlySet<string> = new Set(["BOUND", "RENEWING", "REBINDING"]);

/** The layers that a calf of kind `v8` tries to put up, in their order, as /sandbox/layers has them (calf/host/confine.ts). */
export const SANDBOX_LAYERS: readonly string[] = [
  "descriptors",
  "user-ns",
  "net-ns",
  "mount-ns",
  "pid-ns",
  "ipc-ns",
  "uts-ns",
  "cgroup-ns",
  "empty-root",
  "no_new_privs",
  "landlock",
  "rlimits",
  "bounding-set",
  "ids",
  "capabilities",
  "undumpable",
  "parent-death",
  "permissions",
  "seccomp",
];

function keyRow(
  name: string,
  type: MetricType,
  help: string,
  path: string,
  read: Reader = numberAt(path),
): MetricRow {
  return perInterface({ name: `mirage_dhcp_${name}`, type, help, source: `\`${path}\`` }, read);
}

function wordsAt(keys: ReadonlyMap<string, string>, path: string): string[] {
  return (keys.get(path) ?? "").split(/[\s,;]+/).filter((word) => word !== "");
}

/** Stands before a layer that is missing. */
const MISSING = "no-";

/**
 * 1 for each layer that holds, 0 for the others; nothing before the calf has said so. A calf that has been taken
 * over may say anything, but where its layers are known it makes no series of its own.
 */
function layers(keys: ReadonlyMap<string, string>): (readonly [string, number])[] {
  // A version may stand behind a layer, as in landlock=7.
  const words = wordsAt(keys, "/sandbox/layers").map((word) => word.split("=")[0]);
  if (words.length === 0) return [];
  const names = words.map((word) => word.startsWith(MISSING) ? word.slice(MISSING.length) : word);
  // A tender's layers are others than those of V8.
  const expected = keys.get("/sandbox/kind") === "v8" ? SANDBOX_LAYERS : [...new Set(names)];
  return expected.map((layer) => [layer, Number(words.includes(layer))] as const);
}

/** Counters at the keys `path/word`, of those words that are set. */
function counters(
  words: readonly string[],
  path: string,
): (keys: ReadonlyMap<string, string>) => (readonly [string, number])[] {
  const readers = words.map((word) => [word, numberAt(`${path}/${word}`)] as const);
  return (keys) =>
    readers.flatMap(([word, read]) => {
      const value = read(keys);
      return value === null ? [] : [[word, value] as const];
    });
}

/** The rows. */
export const INTERFACE_ROWS: readonly MetricRow[] = [
  perWord(
    {
      name: "mirage_dhcp_client_state",
      type: "gauge",
      help: "Whether the client is in this state of RFC 2131 section 4.4 (1) or not (0).",
      source: "`/state`",
    },
    "state",
    (keys) => {
      const state = keys.get("/state");
      return state === undefined ? [] : CLIENT_STATES.map((each) => [each, Number(each === state)]);
    },
  ),
  keyRow("link_up", "gauge", "Whether there is a carrier.", "/link", isAt("/link", "up")),
  keyRow(
    "lease_bound",
    "gauge",
    "Whether the client has an address that it may use: BOUND, RENEWING or REBINDING.",
    "/state",
    (keys) => Number(BOUND_STATES.has(keys.get("/state") ?? "")),
  ),
  keyRow("lease_duration_seconds", "gauge", "Lease time from the last DHCPACK on.", "/lease/time"),
  keyRow("lease_t1_seconds", "gauge", "Renewal time T1 from the last DHCPACK on.", "/lease/t1"),
  keyRow("lease_t2_seconds", "gauge", "Rebinding time T2 from the last DHCPACK on.", "/lease/t2"),
  keyRow("lease_remaining_seconds", "gauge", "Time to the end of the lease.", "/timer/expire"),
  keyRow("lease_t1_remaining_seconds", "gauge", "Time to the renewal, T1.", "/timer/renew"),
  keyRow("lease_t2_remaining_seconds", "gauge", "Time to the rebinding, T2.", "/timer/rebind"),
  keyRow(
    "applied_address",
    "gauge",
    "Whether the system has an address from the daemon.",
    "/applied/ip",
    (keys) => Number(keys.has("/applied/ip")),
  ),
  keyRow(
    "applied_healthy",
    "gauge",
    "Whether the system follows the lease; 0 while it could not be made to.",
    "/applied/health",
    isAt("/applied/health", "ok"),
  ),
  keyRow(
    "packets_received_total",
    "counter",
    "Frames that were given to the calf.",
    "/packets/received",
  ),
  keyRow("packets_sent_total", "counter", "Frames that were sent for the calf.", "/packets/sent"),
  perWord(
    {
      name: "mirage_dhcp_packets_dropped_total",
      type: "counter",
      help: "Frames that were dropped, by the reason.",
      source: "`/packets/dropped/…`",
    },
    "reason",
    counters(DROP_REASONS.map(({ slug }) => slug), "/packets/dropped"),
  ),
  perWord(
    {
      name: "mirage_dhcp_requests_total",
      type: "counter",
      help: "Requests of the calf to the key-value store, by their result.",
      source: "`/requests/…`",
    },
    "result",
    counters(REQUEST_RESULTS, "/requests"),
  ),
  keyRow(
    "calf_restarts_total",
    "counter",
    "Calves that were started after the first one.",
    "/calf/restarts",
  ),
  keyRow(
    "calf_start_time_seconds",
    "gauge",
    "When the calf was started, in seconds since 1970.",
    "/calf/since",
    timeAt("/calf/since"),
  ),
  {
    name: "mirage_dhcp_calf_resident_memory_bytes",
    type: "gauge",
    help: "Physical memory of the calf.",
    labels: ["interface"],
    source: "/proc/PID/statm of `/calf/pid`",
    samples: ({ process }) =>
      [...process.calfResidentBytes].map(([name, value]) => ({
        labels: { interface: name },
        value,
      })),
  },
  perWord(
    {
      name: "mirage_dhcp_sandbox_info",
      type: "gauge",
      help: "What runs the calf; always 1.",
      source: "`/sandbox/kind`",
    },
    "kind",
    (keys) => wordsAt(keys, "/sandbox/kind").map((kind) => [kind, 1]),
  ),
  perWord(
    {
      name: "mirage_dhcp_sandbox_layer",
      type: "gauge",
      help: "Whether a layer of the sandbox holds, as the calf itself says.",
      source: "`/sandbox/layers`",
    },
    "layer",
    layers,
  ),
  perWord(
    {
      name: "mirage_dhcp_sandbox_layer_verified",
      type: "gauge",
      help: "What of the sandbox the daemon itself has seen in /proc; always 1.",
      source: "`/sandbox/verified`",
    },
    "layer",
    (keys) => [...new Set(wordsAt(keys, "/sandbox/verified"))].map((layer) => [layer, 1]),
  ),
  keyRow(
    "interface_recent_errors",
    "gauge",
    "How many of the interface's last warnings and errors are kept, 8 at most.",
    "/error/…",
    countBelow("/error"),
  ),
];
