/**
 * Reading the configuration again while the daemon runs.
 *
 * @module
 */

import { errorText } from "../error_text.ts";
import { ExitError } from "../exit_code.ts";
import { interfaceOptions } from "../interface_options.ts";
import { commandOf, configPath, type PrivOptions, readCommandLine } from "../options.ts";
import { readConfigFile } from "./file.ts";

/** What came of it. */
export type Reloaded =
  | {
    readonly ok: true;
    /** What counts from now on. */
    readonly options: PrivOptions;
    /** What is not done as the file says, and what cannot change while the daemon runs. */
    readonly warnings: readonly string[];
  }
  | {
    readonly ok: false;
    /** Why the former options go on, in one line. */
    readonly reason: string;
  };

/** What is decided at the start and holds until the end: its option, and where it is. */
const FIXED: readonly (readonly [option: string, of: (options: PrivOptions) => unknown])[] = [
  ["oneshot", ({ oneshot }) => oneshot],
  ["timeout", ({ oneshot, timeoutMs }) => oneshot ? timeoutMs : null],
  ["run-dir", ({ runDir }) => runDir],
  ["state-dir", ({ stateDir }) => stateDir],
  ["resolv-conf", ({ resolvConf }) => resolvConf],
  ["apply-hostname", ({ applyHostName }) => applyHostName],
  ["nowait", ({ services }) => services.noWait],
  ["no-control", ({ services }) => services.control.socket],
  ["control-group", ({ services }) => services.control.group],
  ["metrics", ({ services }) => [services.metrics.socket, services.metrics.address]],
  ["audit-log", ({ services }) => services.audit.file],
];

/** Whether two plain values are the same. */
export function isSame(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

function keepFixed(next: PrivOptions, previous: PrivOptions): PrivOptions {
  const { oneshot, timeoutMs, runDir, stateDir, resolvConf, applyHostName } = previous;
  const { noWait, control, metrics, audit } = previous.services;
  return {
    ...next,
    ...{ oneshot, timeoutMs, runDir, stateDir, resolvConf, applyHostName },
    services: {
      ...next.services,
      noWait,
      control,
      metrics: { ...metrics, textfile: next.services.metrics.textfile },
      audit: { ...next.services.audit, file: audit.file },
    },
  };
}

/**
 * Reads the configuration file again, by the daemon's own command line.
 *
 * @param argv the command line without the program's name
 * @param previous what counts now
 */
export function reloadOptions(argv: readonly string[], previous: PrivOptions): Reloaded {
  try {
    const line = readCommandLine(argv);
    const path = configPath(line);
    const command = commandOf(line, path === null ? null : readConfigFile(path));
    if (command.kind !== "run") return { ok: false, reason: "not the command line of a daemon" };
    const { options } = command;
    const fixed = FIXED.filter(([, of]) => !isSame(of(options), of(previous)))
      .map(([option]) => `${option} cannot change while the daemon runs: it stays as it was`);
    return {
      ok: true,
      options: keepFixed(options, previous),
      warnings: [...options.warnings, ...fixed],
    };
  } catch (error) {
    if (error instanceof ExitError) return { ok: false, reason: error.message };
    return { ok: false, reason: errorText(error) };
  }
}

/** Those of `names` for which something of `InterfaceOptions`, or the common metric, is different now. */
export function changedInterfaces(
  before: PrivOptions,
  after: PrivOptions,
  names: readonly string[],
): string[] {
  // The order of the names counts only where a metric is given (see preference.ts).
  const isOther = before.metric !== after.metric ||
    (after.metric !== null && !isSame(before.interfaces, after.interfaces));
  return names.filter((name) => {
    const [old, now] = [interfaceOptions(before, name), interfaceOptions(after, name)];
    return !isSame(old, now) || (isOther && now.metric === null);
  });
}
