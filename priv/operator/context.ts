/**
 * What a command has of its surroundings: where it writes, and the daemons that it asks.
 *
 * @module
 */

import { escapeText } from "../escape.ts";
import { errorText } from "../error_text.ts";
import { ExitCode, ExitError } from "../exit_code.ts";
import { LineWriter } from "../line_writer.ts";
import { parsePath } from "../option_values.ts";
import type { CommandLine } from "./command_line.ts";
import { DEFAULT_RUN_DIR } from "./command_table.ts";
import type { Connection } from "./connection.ts";
import { Snapshot } from "./snapshot.ts";
import { connectDaemons } from "./sockets.ts";
import { unknownInterface } from "./target.ts";

const STDERR = 2;

/** Thrown when nobody reads what is printed: there is nothing left to do. */
export class ReaderGoneError extends Error {
  /** Always `ReaderGoneError`. */
  override readonly name: string = "ReaderGoneError";
}

/**
 * Prints text to standard output, all of it.
 *
 * @throws {ReaderGoneError} when nobody reads it
 */
export function print(text: string): void {
  const bytes = new TextEncoder().encode(text);
  try {
    for (let at = 0; at < bytes.length;) at += Deno.stdout.writeSync(bytes.subarray(at));
  } catch (error) {
    if (error instanceof Deno.errors.BrokenPipe) throw new ReaderGoneError("nobody reads");
    throw new ExitError(ExitCode.OSERR, `Cannot write: ${errorText(error)}`);
  }
}

/** Tells of something on standard error, in one line. */
export function warn(text: string): void {
  new LineWriter(STDERR).write(`mirage-dhcp: ${escapeText(text)}`);
}

/** Whether standard output shows colours (https://no-color.org). */
export function hasColour(): boolean {
  return Deno.stdout.isTerminal() && (Deno.env.get("NO_COLOR") ?? "") === "";
}

/** A daemon, and what it has told at first. */
export interface AskedDaemon {
  /** Goes on telling. */
  readonly connection: Connection;
  /** Follows only when it is told to. */
  readonly snapshot: Snapshot;
}

/** The run directory of a command line. @throws {ExitError} */
export function runDirOf(line: CommandLine): string {
  return parsePath("run-dir", line.text("run-dir", DEFAULT_RUN_DIR));
}

/**
 * Connects to all daemons, and subscribes to a part of each one's tree. One that fails costs a warning as long as
 * another one answers.
 *
 * @throws {ExitError} when none does
 */
export function askDaemons(line: CommandLine, path = "/"): AskedDaemon[] {
  const daemons: AskedDaemon[] = [];
  const failures: ExitError[] = [];
  for (const connection of connectDaemons(runDirOf(line), warn)) {
    try {
      daemons.push({ connection, snapshot: new Snapshot(connection.subscribe(path)) });
    } catch (error) {
      connection.close();
      if (!(error instanceof ExitError)) throw error;
      failures.push(error);
    }
  }
  if (daemons.length === 0) throw failures[0];
  for (const { message } of failures) warn(message);
  return daemons;
}

/** An interface, and the daemon that manages it. */
export interface FoundInterface {
  /** Its name. */
  readonly name: string;
  /** Who manages it. */
  readonly daemon: AskedDaemon;
}

/**
 * The interfaces that are named, or all of them.
 *
 * @throws {ExitError} NOINPUT for a name that no daemon manages
 */
export function findInterfaces(
  daemons: readonly AskedDaemon[],
  names: readonly string[],
): FoundInterface[] {
  const all = daemons.flatMap((daemon) =>
    [...daemon.snapshot.interfaces.keys()].map((name) => ({ name, daemon }))
  );
  const managed = all.map(({ name }) => name);
  const unknown = names.find((name) => !managed.includes(name));
  if (unknown !== undefined) throw unknownInterface(unknown, managed);
  return names.length === 0 ? all : all.filter(({ name }) => names.includes(name));
}
