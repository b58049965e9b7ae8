/**
 * The table of the daemon's own keys, which operators see below /daemon. The keys of an interface are in
 * keys.ts, and operators see them below /interface/NAME.
 *
 * @module
 */

import type { KeyRow } from "./key_row.ts";
import { expandTable, type Key } from "./keys.ts";
import { Count, LineText, Sha256, Timestamp } from "./status_values.ts";
import type { ValueType } from "./value_type.ts";
import { DaemonRequest, Health } from "./word_values.ts";

function row(pattern: string, type: ValueType<unknown>, meaning: string): KeyRow {
  return { pattern, rights: { operator: "r" }, type, unit: "", meaning };
}

/** The table. */
export const DAEMON_TABLE: readonly KeyRow[] = [
  row("/version", LineText, "version of mirage-dhcp"),
  row("/pid", Count, "process id of priv"),
  row("/since", Timestamp, "when it was started"),
  row("/command-line", LineText, "its arguments"),
  row("/sandbox/layers", LineText, "what priv has given up, and what it keeps"),
  row("/resolv-conf", LineText, "the resolver configuration that it writes, if any"),
  {
    ...row("/request", DaemonRequest, "what the daemon is to do"),
    rights: { operator: "rw" },
  },
  row("/config/file", LineText, "the configuration file that is in force, if any"),
  row("/config/loaded", Timestamp, "when it was read"),
  row("/config/warning/{001..008}", LineText, "what is not done as the configuration says"),
  row("/config/error", LineText, "why the last attempt to read it was given up"),
  row("/audit/file", LineText, "the audit log"),
  row("/audit/health", Health, "whether it can be written"),
  row("/audit/error", LineText, "why not"),
  { ...row("/audit/lines", Count, "lines in the chain so far"), volatile: true },
  { ...row("/audit/lost", Count, "events that could not be written"), volatile: true },
  { ...row("/audit/head", Sha256, "SHA-256 of the last line"), volatile: true },
  { ...row("/clients", Count, "operators that are connected"), volatile: true },
  row("/waiting/{001..016}", LineText, "names and patterns for which there is no interface"),
  row("/error/{001..008}", LineText, "the last warnings and errors, the latest first"),
];

/** Every key of the daemon's own store. */
export const DAEMON_KEYS: ReadonlyMap<string, Key> = expandTable(DAEMON_TABLE);
