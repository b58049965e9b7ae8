/**
 * The command line of `--mode=priv`: one table from which the parser, the checks and `--help` derive.
 *
 * @module
 */

import { parseArgs } from "node:util";
import { ExitCode, ExitError } from "./exit_code.ts";

/** Log levels, most severe first. */
export const LOG_LEVELS = ["error", "warning", "info", "debug"] as const;

/** One of {@link LOG_LEVELS}. */
export type LogLevelName = typeof LOG_LEVELS[number];

/** A long option of the command line. */
export interface OptionRow {
  /** Without the dashes. */
  readonly name: string;
  /** One letter, when there is a short form. */
  readonly short?: string;
  /** The placeholder of its value in `--help`; absent for a switch. */
  readonly value?: string;
  /** What it does, one sentence or two. */
  readonly help: string;
}

/** Every option of `--mode=priv`, in the order of `--help`. */
export const OPTION_TABLE: readonly OptionRow[] = [
  {
    name: "mode",
    value: "MODE",
    help: "priv (the default) manages interfaces; calf and tender are started by priv.",
  },
  {
    name: "oneshot",
    short: "1",
    help: "Exit with 0 once every interface has a lease, leaving the configuration in place.",
  },
  {
    name: "timeout",
    value: "SECONDS",
    help: "With --oneshot: exit with 75 when there is no lease after this time. Default 30; " +
      "0 waits for ever.",
  },
  {
    name: "persistent",
    help: "Leave address, routes, MTU and resolv.conf in place on SIGTERM and SIGINT.",
  },
  {
    name: "run-dir",
    value: "DIR",
    help: "Results, one file per key below DIR/IFACE. Default /var/run/dhcp-client.",
  },
  {
    name: "state-dir",
    value: "DIR",
    help: "What must survive a restart. Default /var/lib/dhcp-client.",
  },
  {
    name: "resolv-conf",
    value: "FILE",
    help: "The resolver configuration to write, in place; none to leave it alone. " +
      "Default /etc/resolv.conf.",
  },
  {
    name: "log-level",
    value: "LEVEL",
    help: "error, warning, info (the default) or debug.",
  },
  { name: "help", short: "h", help: "Show this text and exit." },
  { name: "version", short: "V", help: "Show the version and exit." },
];

/** The checked command line of `--mode=priv`. */
export interface PrivOptions {
  /** Interface names in the order given, each once. */
  readonly interfaces: readonly string[];
  /** Exit once every interface has a lease. */
  readonly oneshot: boolean;
  /** Milliseconds that `--oneshot` waits for a lease; null = for ever. */
  readonly timeoutMs: number | null;
  /** Leave the configuration in place at exit. */
  readonly persistent: boolean;
  /** Directory of the results. */
  readonly runDir: string;
  /** Directory of what survives a restart. */
  readonly stateDir: string;
  /** Path of the resolver configuration; null = not managed. */
  readonly resolvConf: string | null;
  /** The least severe level that is logged. */
  readonly logLevel: LogLevelName;
}

/** What the command line asks for. */
export type Command =
  | { readonly kind: "run"; readonly options: PrivOptions }
  | { readonly kind: "help" }
  | { readonly kind: "version" };

/** A day in seconds: a larger --timeout is a slip of the keyboard. */
const MAX_TIMEOUT_SECONDS = 86_400;

/** IFNAMSIZ − 1 (linux/if.h). */
const MAX_INTERFACE_NAME = 15;

function usageError(message: string): ExitError {
  return new ExitError(ExitCode.USAGE, `${message} (see --help)`);
}

function parseTimeout(text: string): number | null {
  if (!/^[0-9]{1,6}$/.test(text) || Number(text) > MAX_TIMEOUT_SECONDS) {
    throw usageError(
      `Cannot use --timeout ${JSON.stringify(text)}: not a number of seconds from 0 to ` +
        MAX_TIMEOUT_SECONDS,
    );
  }
  const seconds = Number(text);
  return seconds === 0 ? null : seconds * 1000;
}

function parseLogLevel(text: string): LogLevelName {
  const level = LOG_LEVELS.find((name) => name === text);
  if (level === undefined) {
    throw usageError(
      `Cannot use --log-level ${JSON.stringify(text)}: not one of ${LOG_LEVELS.join(", ")}`,
    );
  }
  return level;
}

function parseDirectory(option: string, text: string): string {
  if (!text.startsWith("/") || text.includes("\0")) {
    throw usageError(`Cannot use --${option} ${JSON.stringify(text)}: not an absolute path`);
  }
  return text.length > 1 ? text.replace(/\/+$/, "") : text;
}

function parseInterface(name: string): string {
  // The kernel's own rule (dev_valid_name in net/core/dev.c), so that a name is safe in a path.
  if (
    name === "" || name.length > MAX_INTERFACE_NAME || name === "." || name === ".." ||
    /[^\x21-\x7e]|[/:]/.test(name)
  ) {
    throw usageError(`Cannot use ${JSON.stringify(name)}: not an interface name`);
  }
  return name;
}

type Values = Record<string, string | boolean | undefined>;

function parseTable(argv: readonly string[]): { values: Values; positionals: string[] } {
  const options: Record<string, { type: "string" | "boolean"; short?: string }> = {};
  for (const row of OPTION_TABLE) {
    options[row.name] = { type: row.value === undefined ? "boolean" : "string" };
    if (row.short !== undefined) options[row.name].short = row.short;
  }
  try {
    const parsed = parseArgs({ args: [...argv], options, allowPositionals: true });
    return { values: parsed.values as Values, positionals: parsed.positionals };
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    // parseArgs explains at length how to pass a positional that begins with a dash.
    throw usageError(text.split(". To ")[0].split("\n")[0]);
  }
}

/**
 * Reads the command line of `--mode=priv` (without the program's name).
 *
 * @throws {ExitError} with USAGE for an unknown option, a bad value or no interface.
 */
export function parseCommandLine(argv: readonly string[]): Command {
  const { values, positionals } = parseTable(argv);
  if (values["help"] === true) return { kind: "help" };
  if (values["version"] === true) return { kind: "version" };
  const text = (name: string, fallback: string): string => {
    const value = values[name];
    return typeof value === "string" ? value : fallback;
  };
  const oneshot = values["oneshot"] === true;
  const timeoutMs = parseTimeout(text("timeout", "30"));
  if (values["timeout"] !== undefined && !oneshot) {
    throw usageError("Cannot use --timeout without --oneshot: the daemon never gives up");
  }
  const interfaces = [...new Set(positionals.map(parseInterface))];
  if (interfaces.length === 0) throw usageError("Cannot start: no interface named");
  const resolvConf = text("resolv-conf", "/etc/resolv.conf");
  return {
    kind: "run",
    options: {
      interfaces,
      oneshot,
      timeoutMs,
      persistent: values["persistent"] === true,
      runDir: parseDirectory("run-dir", text("run-dir", "/var/run/dhcp-client")),
      stateDir: parseDirectory("state-dir", text("state-dir", "/var/lib/dhcp-client")),
      resolvConf: resolvConf === "none" ? null : parseDirectory("resolv-conf", resolvConf),
      logLevel: parseLogLevel(text("log-level", "info")),
    },
  };
}
