/**
 * Reading the configuration again while the daemon runs.
 *
 * @module
 */

import { logDirectories } from "../confinement/needs.ts";
import { errorText } from "../error_text.ts";
import { ExitError } from "../exit_code.ts";
import { isSame } from "../interface_changes.ts";
import type { Reloaded } from "../reload.ts";
import { commandOf, configPath, type PrivOptions } from "../options.ts";
import { readConfiguration } from "./file.ts";

/** What is decided at the start and holds until the end: its option, and where it is. */
const FIXED: readonly (readonly [option: string, of: (options: PrivOptions) => unknown])[] = [
  ["oneshot", ({ oneshot }) => oneshot],
  ["timeout", ({ oneshot, timeoutMs }) => oneshot ? timeoutMs : null],
  ["run-dir", ({ runDir }) => runDir],
  ["state-dir", ({ stateDir }) => stateDir],
  ["resolv-conf", ({ resolvConf }) => resolvConf],
  ["apply-hostname", ({ applyHostName }) => applyHostName],
  ["user", ({ services }) => services.user],
  ["nowait", ({ services }) => services.noWait],
  ["no-control", ({ services }) => services.control.socket],
  ["control-group", ({ services }) => services.control.group],
  ["metrics", ({ services }) => [services.metrics.socket, services.metrics.address]],
  ["metrics-textfile", ({ services }) => services.metrics.textfile],
  ["audit-log", ({ services }) => services.audit.file],
  ["audit-size", ({ services }) => services.audit.maxBytes],
  ["audit-keep", ({ services }) => services.audit.keep],
];

/** Where a log file may be is decided at the start, too: nothing can be written elsewhere since then. */
function isWithinReach({ services: { log } }: PrivOptions, initial: PrivOptions): boolean {
  const { file } = log;
  return file === null || logDirectories(initial).some((path) => file.startsWith(`${path}/`));
}

function keepFixed(
  next: PrivOptions,
  previous: PrivOptions,
  initial: PrivOptions,
): PrivOptions {
  const { oneshot, timeoutMs, runDir, stateDir, resolvConf, applyHostName } = previous;
  const { noWait, control, metrics, audit, user, log } = previous.services;
  return {
    ...next,
    ...{ oneshot, timeoutMs, runDir, stateDir, resolvConf, applyHostName },
    services: {
      ...next.services,
      log: isWithinReach(next, initial)
        ? next.services.log
        : { ...next.services.log, file: log.file },
      user,
      noWait,
      control,
      metrics,
      audit,
    },
  };
}

/**
 * Reads the configuration file again, by the daemon's own command line.
 *
 * @param previous what counts now
 * @param initial what counted at the start
 */
export function reloadOptions(
  previous: PrivOptions,
  initial: PrivOptions,
): Reloaded {
  try {
    const { line } = initial.layers;
    const command = commandOf(line, readConfiguration(line, configPath(line)));
    if (command.kind !== "run") return { ok: false, reason: "not the command line of a daemon" };
    const { options } = command;
    const fixed = FIXED.filter(([, of]) => !isSame(of(options), of(previous)))
      .map(([option]) => `${option} cannot change while the daemon runs: it stays as it was`);
    const { file } = options.services.log;
    if (!isWithinReach(options, initial)) {
      fixed.push(`log-file ${file} is out of reach until the daemon is started anew`);
    }
    return {
      ok: true,
      options: keepFixed(options, previous, initial),
      warnings: [...options.warnings, ...fixed],
    };
  } catch (error) {
    if (error instanceof ExitError) return { ok: false, reason: error.message };
    return { ok: false, reason: errorText(error) };
  }
}
