/**
 * The configuration file on disk.
 *
 * @module
 */

import { errorText } from "../error_text.ts";
import { ExitCode, ExitError } from "../exit_code.ts";
import type { CommandLine, ConfigFile } from "../options.ts";
import { MAX_FILE_BYTES, type Problem } from "./parse.ts";
import { COMMAND_LINE, translate, type Translated } from "./translate.ts";

function reasonOf(error: unknown): string {
  if (error instanceof Deno.errors.NotFound) return "no such file";
  if (error instanceof Deno.errors.PermissionDenied) return "permission denied";
  return errorText(error);
}

function unreadable(path: string, reason: string): ExitError {
  return new ExitError(ExitCode.NOINPUT, `Cannot read ${path}: ${reason}`);
}

/** The text of a file. What is no UTF-8 becomes U+FFFD. @throws {ExitError} with NOINPUT */
function readText(path: string): string {
  let info: Deno.FileInfo;
  try {
    // A pipe would make us wait.
    info = Deno.statSync(path);
  } catch (error) {
    throw unreadable(path, reasonOf(error));
  }
  if (!info.isFile) throw unreadable(path, "not a regular file");
  if (info.size > MAX_FILE_BYTES) throw unreadable(path, `longer than ${MAX_FILE_BYTES} bytes`);
  try {
    const bytes = Deno.readFileSync(path).subarray(0, MAX_FILE_BYTES);
    return new TextDecoder().decode(bytes);
  } catch (error) {
    throw unreadable(path, reasonOf(error));
  }
}

/** Reads a file with all its problems. @throws {ExitError} with NOINPUT when it cannot be read */
export function readTranslated(path: string): Translated {
  return translate(path, readText(path));
}

/** `FILE:LINE: message`. */
export function problemText(path: string, { line, message }: Problem): string {
  return `${path}:${line}: ${message}`;
}

/**
 * Reads a file to be used.
 *
 * @throws {ExitError} with NOINPUT when it cannot be read, with CONFIG and the first error when it has
 * any
 */
export function readConfigFile(path: string): ConfigFile {
  return withoutErrors(readTranslated(path));
}

function withoutErrors({ file, problems }: Translated): ConfigFile {
  const errors = problems.filter(({ severity }) => severity === "error");
  if (errors.length === 0) return file;
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more, see --check-config)` : "";
  throw new ExitError(ExitCode.CONFIG, problemText(file.path ?? "", errors[0]) + more);
}

/**
 * Reads what a command line means to be used: the file, and the directives that are its own options.
 *
 * @param path the file that it names; null = none
 * @returns null when there is neither
 * @throws {ExitError} as {@link readConfigFile}, and with USAGE for an option with an error
 */
export function readConfiguration({ dhcpcd }: CommandLine, path: string | null): ConfigFile | null {
  if (dhcpcd === undefined) return path === null ? null : readConfigFile(path);
  const translated = translate(path, path === null ? "" : readText(path), dhcpcd);
  const error = translated.lineProblems.find(({ severity }) => severity === "error");
  if (error === undefined) return withoutErrors(translated);
  throw new ExitError(ExitCode.USAGE, problemText(COMMAND_LINE, error));
}
