/**
 * `mirage-dhcp status`.
 *
 * @module
 */

import { DAEMON_KEYS } from "../../schema/daemon_keys.ts";
import { KEYS } from "../../schema/keys.ts";
import { ExitCode } from "../exit_code.ts";
import { type JsonValue, keysToJson } from "../key_json.ts";
import type { CommandLine } from "./command_line.ts";
import {
  askDaemons,
  type AskedDaemon,
  findInterfaces,
  type FoundInterface,
  hasColour,
  print,
} from "./context.ts";
import { daemonLines, interfaceLines, type ScreenOptions } from "./status_screen.ts";
import { COLOUR, PLAIN } from "./style.ts";

/** One line is empty between a daemon and its interfaces, and between two of them. */
function screen(
  daemons: readonly AskedDaemon[],
  found: readonly FoundInterface[],
  options: Pick<ScreenOptions, "style" | "nowMs">,
): string {
  const blocks = daemons.flatMap((daemon) => {
    const own = found.filter((each) => each.daemon === daemon);
    if (own.length === 0 && found.length > 0) return []; // another one's are asked for
    return [
      daemonLines(daemon.snapshot.daemon, options),
      ...own.map(({ name }) =>
        interfaceLines(name, daemon.snapshot.interfaces.get(name) ?? new Map(), {
          ...options,
          resolvConf: daemon.snapshot.daemon.get("/resolv-conf") ?? null,
        })
      ),
    ];
  });
  return blocks.map((lines) => lines.map((line) => `${line.trimEnd()}\n`).join("")).join("\n");
}

/** With several daemons `daemon` is the first one, and `daemons` has all of them. */
function json(daemons: readonly AskedDaemon[], found: readonly FoundInterface[]): JsonValue {
  const each = daemons.map(({ snapshot }) => keysToJson(snapshot.daemon, DAEMON_KEYS));
  const interfaces = found.map(({ name, daemon }): [string, JsonValue] => [
    name,
    keysToJson(daemon.snapshot.interfaces.get(name) ?? new Map(), KEYS),
  ]);
  return {
    daemon: each[0],
    ...(each.length > 1 ? { daemons: each } : {}),
    interfaces: Object.fromEntries(interfaces),
  };
}

/** Runs the command. @throws {ExitError} */
export function statusCommand(line: CommandLine): ExitCode {
  const daemons = askDaemons(line);
  const found = findInterfaces(daemons, line.arguments);
  if (line.has("json")) print(JSON.stringify(json(daemons, found), null, 2) + "\n");
  else print(screen(daemons, found, { style: hasColour() ? COLOUR : PLAIN, nowMs: Date.now() }));
  return ExitCode.OK;
}
