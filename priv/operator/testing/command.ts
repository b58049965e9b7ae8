/**
 * Running an operator's command as the process that it is.
 *
 * @module
 */

import { fileURLToPath } from "node:url";

const MAIN = fileURLToPath(new URL("../../../main.ts", import.meta.url));

/** The program from its sources, with one thread as the executable has. */
export const FROM_SOURCES: readonly string[] = [
  ...[Deno.execPath(), "run", "-A", "--no-lock", "--v8-flags=--single-threaded", MAIN],
];

/** What has become of a command. */
export interface CommandOutput {
  /** What it has exited with. */
  readonly code: number;
  /** What it has printed. */
  readonly stdout: string;
  /** What it has said on standard error. */
  readonly stderr: string;
}

/** Starts a command. */
export function start(
  args: readonly string[],
  options: { readonly program?: readonly string[]; readonly env?: Record<string, string> } = {},
): Deno.ChildProcess {
  const [program, ...first] = options.program ?? FROM_SOURCES;
  return new Deno.Command(program, {
    args: [...first, ...args],
    env: options.env,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

/** Waits for what a command has to say. */
export async function outputOf(child: Deno.ChildProcess): Promise<CommandOutput> {
  const { code, stdout, stderr } = await child.output();
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

/** Runs a command to its end. */
export function run(...args: string[]): Promise<CommandOutput> {
  return outputOf(start(args));
}

/** Gives `body` a directory, and removes it afterwards. */
export async function withDirectory(body: (directory: string) => Promise<void>): Promise<void> {
  const directory = await Deno.makeTempDir({ prefix: "operator-" });
  try {
    await body(directory);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}
