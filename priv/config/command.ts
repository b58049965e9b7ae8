/**
 * `mirage-dhcp config` and `--check-config`.
 *
 * @module
 */

import { escapeText } from "../escape.ts";
import { ExitCode, ExitError } from "../exit_code.ts";
import { configPath, joinOptions, readCommandLine } from "../options.ts";
import { usageError } from "../option_values.ts";
import { effectiveConfig } from "./effective.ts";
import { problemText, readConfigFile, readTranslated } from "./file.ts";
import { configJson, configText } from "./print.ts";

/** What a command has to say. */
export interface CommandResult {
  /** To exit with. */
  readonly exitCode: ExitCode;
  /** For standard output; whole lines. */
  readonly stdout: string;
  /** For standard error; whole lines. */
  readonly stderr: string;
}

/** What is wrong with a file whose directives are all right each. */
function contradiction(path: string): string | null {
  try {
    joinOptions({ settings: new Map(), words: [] }, readConfigFile(path));
    return null;
  } catch (error) {
    if (error instanceof ExitError) return error.message;
    throw error;
  }
}

/**
 * Checks a configuration file: every problem is a line `FILE:LINE: …` on standard output.
 *
 * @param path null = there is none to check
 * @returns with OK, CONFIG when there are problems, or NOINPUT when the file cannot be read
 */
export function checkConfig(path: string | null): CommandResult {
  if (path === null) {
    return failure(usageError("Cannot check: there is no configuration file"));
  }
  try {
    const { problems } = readTranslated(path);
    const lines = problems.map((problem) => {
      const kind = problem.severity === "error" ? "" : "warning: ";
      return problemText(path, { ...problem, message: kind + problem.message });
    });
    // Only of directives that can all be used.
    const isUsable = problems.every(({ severity }) => severity === "warning");
    const further = isUsable ? contradiction(path) : null;
    if (further !== null) lines.push(further);
    return {
      exitCode: lines.length === 0 ? ExitCode.OK : ExitCode.CONFIG,
      stdout: lines.map((line) => `${escapeText(line)}\n`).join(""),
      stderr: "",
    };
  } catch (error) {
    return failure(error);
  }
}

function failure(error: unknown): CommandResult {
  if (!(error instanceof ExitError)) throw error;
  const stderr = `mirage-dhcp: ${escapeText(error.message)}\n`;
  return { exitCode: error.code, stdout: "", stderr };
}

/**
 * `mirage-dhcp config [--print] [--json] [OPTION]... [IFACE]...`: the configuration that a daemon with
 * these options would have.
 *
 * @param argv what follows `config`
 */
export function runConfigCommand(argv: readonly string[]): CommandResult {
  const isOurs = (word: string) => word === "--print" || word === "--json";
  try {
    const line = readCommandLine(argv.filter((word) => !isOurs(word)));
    const path = configPath(line);
    const options = joinOptions(line, path === null ? null : readConfigFile(path));
    const config = effectiveConfig(options);
    return {
      exitCode: ExitCode.OK,
      stdout: argv.includes("--json") ? configJson(config) : configText(config),
      stderr: options.warnings.map((text) => `mirage-dhcp: ${escapeText(text)}\n`).join(""),
    };
  } catch (error) {
    return failure(error);
  }
}

function write(to: { writeSync(bytes: Uint8Array): number }, text: string): void {
  const bytes = new TextEncoder().encode(text);
  try {
    for (let at = 0; at < bytes.length;) at += to.writeSync(bytes.subarray(at));
  } catch {
    // Closed: nobody wants to know.
  }
}

/** Prints what a command has to say, and gives what is to be exited with. */
export function printResult({ exitCode, stdout, stderr }: CommandResult): ExitCode {
  write(Deno.stdout, stdout);
  write(Deno.stderr, stderr);
  return exitCode;
}

/** {@link runConfigCommand}, printed. */
export function configCommand(argv: readonly string[]): ExitCode {
  return printResult(runConfigCommand(argv));
}
