/**
 * The command line of `--mode=priv`, read by its table, joined with the configuration file if there is
 * one, and checked as a whole.
 *
 * @module
 */

import { parseArgs } from "node:util";
import type { Directive } from "./config/parse.ts";
import { ExitCode, ExitError } from "./exit_code.ts";
import { fitsAny, isPattern } from "./fnmatch.ts";
import { Given, type Setting, type Settings } from "./given.ts";
import {
  type DhcpOptions,
  type InterfaceBlock,
  interfaceGiven,
  type Layers,
  readDhcp,
  readInterface,
  readMetric,
} from "./interface_options.ts";
import { settleContradictions } from "./option_rules.ts";
import { OPTION_TABLE } from "./option_table.ts";
import {
  MAX_TIMEOUT_SECONDS,
  parseInterface,
  parseNumber,
  parsePath,
  parseWord,
  usageError,
} from "./option_values.ts";
import type { ServiceOptions } from "./service_options.ts";
import { readServices } from "./service_values.ts";

export type { DhcpOptions } from "./interface_options.ts";

/** The configuration file that counts when none is named and this one is there. */
export const DEFAULT_CONFIG = "/etc/mirage-dhcp.conf";

/** When the host takes the name that a server gives it. */
export type ApplyHostName = "auto" | "always" | "never";

/** A configuration file without mistakes that forbid to use it. */
export interface ConfigFile {
  /** Its path; null = there is none, and the command line alone has directives. */
  readonly path: string | null;
  /** What it decides for all interfaces. */
  readonly settings: Settings;
  /** What it decides for some. */
  readonly blocks: readonly InterfaceBlock[];
  /** Names and patterns of `allowinterfaces`. */
  readonly allowed: readonly string[];
  /** Names and patterns of `denyinterfaces`. */
  readonly denied: readonly string[];
  /** What is not done as the file says, one line each with `FILE:LINE: `. */
  readonly warnings: readonly string[];
}

/** The checked command line and configuration file of `--mode=priv`. */
export interface PrivOptions {
  /** Interface names and patterns in the order given, each once. */
  readonly interfaces: readonly string[];
  /** What a pattern does not mean. */
  readonly denied: readonly string[];
  /** Exit once every interface has a lease. */
  readonly oneshot: boolean;
  /** Milliseconds that `--oneshot` waits for a lease; null = for ever. */
  readonly timeoutMs: number | null;
  /** Leave the configuration in place at exit. */
  readonly persistent: boolean;
  /** Give the leases back at exit. */
  readonly release: boolean;
  /** Directory of the results. */
  readonly runDir: string;
  /** Directory of what survives a restart. */
  readonly stateDir: string;
  /** Path of the resolver configuration; null = not managed. */
  readonly resolvConf: string | null;
  /** When the host takes the name that a server gives it. */
  readonly applyHostName: ApplyHostName;
  /** Metric of the routes; null = by the interface's index. */
  readonly metric: number | null;
  /** Log, audit log, metrics, socket. */
  readonly services: ServiceOptions;
  /** What the calves are told where no block says otherwise (see `interfaceOptions()`). */
  readonly dhcp: DhcpOptions;
  /** The configuration file; null = none. */
  readonly configFile: string | null;
  /** What of it is not done as it says. */
  readonly warnings: readonly string[];
  /** Who decided what. */
  readonly layers: Layers;
}

/** What the command line asks for. */
export type Command =
  | { readonly kind: "run"; readonly options: PrivOptions }
  | { readonly kind: "check-config"; readonly path: string | null }
  | { readonly kind: "help" }
  | { readonly kind: "version" };

/** What a command line in the style of dhcpcd means beside options of ours. */
export interface DhcpcdPart {
  /** Directives that count before those of the file; their `line` is the place of the word. */
  readonly directives: readonly Directive[];
  /** Directives that count after those of the file. */
  readonly defaults: readonly Directive[];
  /** Whether somebody waits to be told on standard error that the daemon is ready; see `ready_marker.ts`. */
  readonly marksReady: boolean;
}

/** The command line, before its values are looked at. */
export interface CommandLine {
  /** The options. */
  readonly settings: Settings;
  /** The other words. */
  readonly words: readonly string[];
  /** Absent when it is our own command line. With it, all interfaces are meant when none is named. */
  readonly dhcpcd?: DhcpcdPart;
}

/** Splits a command line by its table. @throws {ExitError} for an unknown option */
export function readCommandLine(argv: readonly string[]): CommandLine {
  const options: Record<string, { type: "string" | "boolean"; short?: string }> = {};
  for (const row of OPTION_TABLE) {
    options[row.name] = { type: row.value === undefined ? "boolean" : "string" };
    if (row.short !== undefined) options[row.name].short = row.short;
  }
  try {
    const { values, positionals } = parseArgs({ args: [...argv], options, allowPositionals: true });
    const origin = { from: "command line" } as const;
    const settings = Object.entries(values)
      .map(([name, value]): [string, Setting] => [name, { value: value as string, origin }]);
    return { settings: new Map(settings), words: positionals };
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    // parseArgs explains at length how to pass a positional that begins with a dash.
    throw usageError(text.split(". To ")[0].split("\n")[0]);
  }
}

/** Whether there is a file, or may be one, at a path. */
export function isThere(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch (error) {
    // One that cannot be looked at is there: whoever reads it learns why not.
    return !(error instanceof Deno.errors.NotFound);
  }
}

/** A path as it is or below the working directory, so that it stays the same. */
function absolutePath(text: string): string {
  return parsePath("config", text === "" || text.startsWith("/") ? text : `${Deno.cwd()}/${text}`);
}

/**
 * The configuration file that a command line means: that of `--config`, or the default one if it is
 * there; null = none.
 *
 * @throws {ExitError} for a bad path
 */
export function configPath({ settings }: CommandLine): string | null {
  const text = new Given([settings]).optional("config", (path) => path);
  if (text === "none") return null;
  if (text !== null) return absolutePath(text);
  return isThere(DEFAULT_CONFIG) ? DEFAULT_CONFIG : null;
}

function parseTimeout(text: string): number | null {
  const range = { min: 0, max: MAX_TIMEOUT_SECONDS, unit: "seconds" };
  const seconds = parseNumber("timeout", text, range);
  return seconds === 0 ? null : seconds * 1000;
}

/** What is decided for the whole daemon. */
type DaemonOptions = Pick<
  PrivOptions,
  | "oneshot"
  | "timeoutMs"
  | "persistent"
  | "release"
  | "runDir"
  | "stateDir"
  | "resolvConf"
  | "applyHostName"
  | "metric"
  | "services"
  | "dhcp"
>;

function readDaemon(given: Given): DaemonOptions {
  const path = (name: string) => parsePath(name, given.text(name));
  const stateDir = path("state-dir");
  return {
    oneshot: given.has("oneshot"),
    timeoutMs: parseTimeout(given.text("timeout")),
    persistent: given.has("persistent"),
    release: given.has("release"),
    runDir: path("run-dir"),
    stateDir,
    resolvConf: given.text("resolv-conf") === "none" ? null : path("resolv-conf"),
    applyHostName: parseWord("apply-hostname", given.text("apply-hostname"), [
      "auto",
      "always",
      "never",
    ]),
    metric: readMetric(given),
    services: readServices(given, stateDir),
    dhcp: readDhcp(given),
  };
}

/** Whether the value of one setting can be read. @throws {ExitError} with the reason when it cannot */
export function checkSetting(name: string, setting: Setting): void {
  const given = new Given([new Map([[name, setting]])]);
  readDaemon(given);
  readInterface(given);
}

/** What dhcpcd takes when nothing is said of interfaces. */
const ALL_INTERFACES = ["*"];

/**
 * The interfaces that are meant: those of the command line, else those that the file allows, else
 * those for which it has blocks, or all when the command line is dhcpcd's. A name that the file denies
 * counts on the command line only.
 */
function namesOf({ words, dhcpcd }: CommandLine, file: ConfigFile | null): string[] {
  if (words.length > 0) return [...new Set(words.map(parseInterface))];
  const { allowed, blocks, denied } = file ?? { allowed: [], blocks: [], denied: [] };
  const otherwise = dhcpcd === undefined
    ? blocks.flatMap(({ patterns }) => patterns)
    : ALL_INTERFACES;
  const names = allowed.length > 0 ? allowed : otherwise;
  return [...new Set(names)].filter((name) => isPattern(name) || !fitsAny(denied, name));
}

/**
 * Joins command line and file, and checks the whole.
 *
 * @throws {ExitError} for a bad value on the command line, and for contradictions
 */
export function joinOptions(line: CommandLine, file: ConfigFile | null): PrivOptions {
  const interfaces = namesOf(line, file);
  const layers: Layers = {
    line,
    file: file?.settings ?? new Map(),
    blocks: file?.blocks ?? [],
  };
  const given = new Given([line.settings, layers.file]);
  const daemon = readDaemon(settleContradictions(given, interfaces));
  for (const block of layers.blocks) interfaceGiven(layers, [block]);
  return {
    interfaces,
    denied: file?.denied ?? [],
    ...daemon,
    configFile: file?.path ?? null,
    warnings: file?.warnings ?? [],
    layers,
  };
}

/**
 * What a command line asks for, the configuration file being read already.
 *
 * @throws {ExitError} with USAGE for a bad value, options that contradict each other, or no interface;
 * with CONFIG for contradictions in the file
 */
export function commandOf(line: CommandLine, file: ConfigFile | null): Command {
  const options = joinOptions(line, file);
  if (options.interfaces.length > 0) return { kind: "run", options };
  if (file === null) throw usageError("Cannot start: no interface named");
  throw new ExitError(
    ExitCode.USAGE,
    `Cannot start: no interface named, neither on the command line nor by allowinterfaces or an ` +
      `interface block of ${file.path} (see --help)`,
  );
}

/** What needs no configuration file; null = the rest. */
export function simpleCommand(line: CommandLine): Command | null {
  const given = new Given([line.settings]);
  if (given.has("help")) return { kind: "help" };
  if (given.has("version")) return { kind: "version" };
  if (!given.has("check-config")) return null;
  const named = given.has("config") ? undefined : line.words[0];
  const path = named === undefined ? configPath(line) : absolutePath(named);
  return { kind: "check-config", path };
}

/**
 * Reads the command line of `--mode=priv` (without the program's name).
 *
 * @param file the configuration file that {@link configPath} names
 * @throws {ExitError} with USAGE for an unknown option, a bad value, options that contradict each
 * other, or no interface.
 */
export function parseCommandLine(argv: readonly string[], file: ConfigFile | null = null): Command {
  const line = readCommandLine(argv);
  return simpleCommand(line) ?? commandOf(line, file);
}
