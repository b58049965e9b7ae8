/**
 * `mirage-dhcp keys`.
 *
 * @module
 */

import { DAEMON_TABLE } from "../../schema/daemon_keys.ts";
import { jsonForm } from "../../schema/json_form.ts";
import type { KeyRow } from "../../schema/key_row.ts";
import { KEY_TABLE } from "../../schema/keys.ts";
import { ExitCode } from "../exit_code.ts";
import type { CommandLine } from "./command_line.ts";
import { print } from "./context.ts";
import { columns } from "./layout.ts";

/** A row as operators see it. */
interface ListedKey {
  /** How `get` is told of it. */
  readonly key: string;
  readonly type: string;
  /** How `status --json` and lease.json show a value. */
  readonly json: string;
  readonly unit: string;
  readonly writable: boolean;
  readonly file: boolean;
  readonly measured: boolean;
  readonly meaning: string;
}

function listed(top: string, rows: readonly KeyRow[]): ListedKey[] {
  return rows.flatMap((row) => {
    const right = row.rights.operator;
    if (right?.includes("r") !== true) return [];
    return [{
      key: top + row.pattern,
      type: row.type.name,
      json: jsonForm(row.type),
      unit: row.unit,
      writable: right === "rw",
      file: row.file === true,
      measured: row.volatile === true,
      meaning: row.meaning,
    }];
  });
}

function table(keys: readonly ListedKey[]): string {
  const rows = keys.map(({ key, type, unit, writable, meaning }) => [
    key,
    type,
    unit,
    // What is shown is ASCII, whatever terminal it is for.
    `${meaning.replaceAll("§", "section ")}${writable ? " (writable)" : ""}`,
  ]);
  return columns([["KEY", "TYPE", "UNIT", "MEANING"], ...rows]).map((row) => `${row}\n`).join("");
}

/** Runs the command. @throws {ExitError} */
export function keysCommand(line: CommandLine): ExitCode {
  const keys = [...listed("IFACE", KEY_TABLE), ...listed("/daemon", DAEMON_TABLE)];
  print(line.has("json") ? JSON.stringify(keys, null, 2) + "\n" : table(keys));
  return ExitCode.OK;
}
