/**
 * The rows by which an interface's daemon and calf tell operators of themselves.
 *
 * @module
 */

import { DROP_REASONS } from "./drop_reasons.ts";
import type { KeyRow } from "./key_row.ts";
import { Count, LineText, Timestamp } from "./status_values.ts";
import { PlainText } from "./text_values.ts";
import type { ValueType } from "./value_type.ts";
import { Health, SandboxKind } from "./word_values.ts";

/** How the store has answered a request, from "ok" to the kinds of refusal. */
export const REQUEST_RESULTS = [
  "ok",
  "unknown",
  "denied",
  "value",
  "duplicate",
  "inconsistent",
  "unset",
  "limit",
  "unsupported",
] as const;

const OPERATOR_READS: KeyRow["rights"] = { operator: "r" };
const DHCP4_TELLS: KeyRow["rights"] = { "calf:dhcp4": "w", operator: "r" };

function row(pattern: string, type: ValueType<unknown>, meaning: string, unit = ""): KeyRow {
  return { pattern, rights: OPERATOR_READS, type, unit, meaning };
}

/** A measurement. */
function measured(pattern: string, meaning: string, unit = ""): KeyRow {
  return { ...row(pattern, Count, meaning, unit), volatile: true };
}

function dropped({ slug, meaning, by }: typeof DROP_REASONS[number]): KeyRow {
  const counted = measured(`/packets/dropped/${slug}`, `frames dropped: ${meaning}`);
  return by === "calf" ? { ...counted, rights: DHCP4_TELLS } : counted;
}

/** The rows. */
export const STATUS_ROWS: readonly KeyRow[] = [
  row("/sandbox/kind", SandboxKind, "what runs the calf"),
  {
    ...row("/sandbox/layers", PlainText, "the layers that hold, as the calf itself says"),
    rights: DHCP4_TELLS,
    survivesDeleteAll: true,
  },
  row("/sandbox/verified", LineText, "what of it priv has seen in /proc"),
  row("/calf/pid", Count, "process id of the calf"),
  row("/calf/since", Timestamp, "when this calf was started"),
  row("/calf/restarts", Count, "how many calves have been started after the first"),
  row("/calf/last-end", LineText, "how the last calf ended"),
  row("/applied/ip", PlainText, "the address that the system has from us, as looked up when asked"),
  row("/applied/health", Health, "whether the system follows the lease"),
  row("/error/{001..008}", LineText, "the last warnings and errors, the latest first"),
  measured("/timer/renew", "time to the renewal (T1)", "s"),
  measured("/timer/rebind", "time to the rebinding (T2)", "s"),
  measured("/timer/expire", "time to the end of the lease", "s"),
  measured("/packets/received", "frames given to the calf"),
  measured("/packets/sent", "frames sent for the calf"),
  ...DROP_REASONS.map(dropped),
  ...REQUEST_RESULTS.map((result) =>
    measured(`/requests/${result}`, `requests of the calf that ended so: ${result}`)
  ),
];
