/**
 * `mirage-dhcp get`.
 *
 * @module
 */

import { DAEMON_KEYS } from "../../schema/daemon_keys.ts";
import { covers, KEYS } from "../../schema/keys.ts";
import { escapeText } from "../escape.ts";
import { ExitCode, ExitError } from "../exit_code.ts";
import { inTableOrder } from "../key_json.ts";
import { commandError, type CommandLine } from "./command_line.ts";
import { askDaemons, print } from "./context.ts";
import { keyOf, type KeyTexts, type Place, shownPlace } from "./snapshot.ts";
import { isKnown, targetOf, unknownInterface } from "./target.ts";

/** Whether no operator may read a key: the daemon does not tell whether it is set. */
function isSecret(place: Place): boolean {
  const key = keyOf(place);
  return key !== undefined && key.rights.operator?.includes("r") !== true;
}

/** Runs the command. @throws {ExitError} */
export function getCommand(line: CommandLine): ExitCode {
  const [text] = line.arguments;
  const snapshots = askDaemons(line).map(({ snapshot }) => snapshot);
  const names = snapshots.flatMap(({ interfaces }) => [...interfaces.keys()]);
  const place = targetOf(text, names);
  const { interfaceName, key } = place;
  const stores: readonly KeyTexts[] = interfaceName === null
    ? [snapshots[0].daemon]
    : snapshots.flatMap(({ interfaces }) => interfaces.get(interfaceName) ?? []);
  if (stores.length === 0) throw unknownInterface(String(interfaceName), names);
  const [keys] = stores;
  const value = keys.get(key);
  if (value !== undefined) {
    print(`${escapeText(value)}\n`);
    return ExitCode.OK;
  }
  const below = inTableOrder(keys, interfaceName === null ? DAEMON_KEYS : KEYS)
    .filter(([path]) => covers(key, path));
  if (below.length === 0) {
    if (!isKnown(place)) {
      throw commandError("get", `Cannot use ${JSON.stringify(text)}: no such key`);
    }
    if (isSecret(place)) {
      throw new ExitError(ExitCode.NOPERM, `Cannot get ${shownPlace(place)}: it may not be read`);
    }
    throw new ExitError(ExitCode.NOINPUT, `Cannot get ${shownPlace(place)}: not set`);
  }
  const lines = below.map(([path, each]) => {
    return `${escapeText(shownPlace({ interfaceName, key: path }))} ${escapeText(each)}\n`;
  });
  print(lines.join(""));
  return ExitCode.OK;
}
