/**
 * Child processes of a test: every one is known, listened to, and ended by its own process id.
 *
 * @module
 */

import { delay, waitUntil } from "./wait.ts";

/** What a finished command left. */
export interface Output {
  /** Its exit code; 128 + the signal's number when a signal ended it. */
  readonly code: number;
  /** Its standard output as text. */
  readonly stdout: string;
  /** Its standard error as text. */
  readonly stderr: string;
}

/** How to start a command. */
export interface StartOptions {
  /** The whole environment; that of the test unless given. */
  readonly env?: Record<string, string>;
}

/** Runs a command to its end, whatever its exit code. */
export async function output(argv: readonly string[], options: StartOptions = {}): Promise<Output> {
  const command = new Deno.Command(argv[0], {
    args: argv.slice(1),
    stdin: "null",
    env: options.env,
    clearEnv: options.env !== undefined,
  });
  const { code, stdout, stderr } = await command.output();
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

/** Runs a command that must succeed, and gives its standard output. */
export async function run(argv: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await output(argv);
  if (code !== 0) throw new Error(`${argv.join(" ")}: exit code ${code}: ${stderr}${stdout}`);
  return stdout;
}

/** A command that runs beside the test. Its output is collected by lines. */
export class Running {
  /** Lines of standard output so far. */
  readonly stdout: string[] = [];
  /** Lines of standard error so far. */
  readonly stderr: string[] = [];
  /** Exit code once it has ended; see {@link Output}. */
  exitCode: number | null = null;
  /** Settles when it has ended and its output is read. */
  readonly ended: Promise<number>;
  readonly #child: Deno.ChildProcess;
  readonly #stdin: WritableStreamDefaultWriter<Uint8Array>;
  readonly #name: string;

  /** Starts `argv`. */
  constructor(argv: readonly string[], options: StartOptions = {}) {
    this.#name = argv.join(" ");
    this.#child = new Deno.Command(argv[0], {
      args: argv.slice(1),
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
      env: options.env,
      clearEnv: options.env !== undefined,
    }).spawn();
    this.#stdin = this.#child.stdin.getWriter();
    this.ended = this.#follow();
  }

  /** Its process id. */
  get pid(): number {
    return this.#child.pid;
  }

  /** All of its output so far, for error messages. */
  get log(): string {
    return [...this.stdout, ...this.stderr].join("\n");
  }

  /** Writes one line to its standard input. */
  async writeLine(line: string): Promise<void> {
    await this.#stdin.write(new TextEncoder().encode(`${line}\n`));
  }

  /** Waits for a line of output or error that matches. */
  waitForLine(pattern: RegExp, timeoutMs = 10_000): Promise<string> {
    return waitUntil(`a line like ${pattern} of ${this.#name}`, () => {
      const line = [...this.stdout, ...this.stderr].find((line) => pattern.test(line));
      if (line === undefined && this.exitCode !== null) {
        throw new Error(`${this.#name} ended with ${this.exitCode}:\n${this.log}`);
      }
      return line;
    }, { timeoutMs, explain: () => this.log });
  }

  /** Sends a signal; that it has ended already is no error. */
  kill(signal: Deno.Signal): void {
    if (this.exitCode === null) signalProcess(this.pid, signal);
  }

  /** Ends it: SIGTERM, and SIGKILL when that does not help in `graceMs`. Gives the exit code. */
  async stop(graceMs = 5000): Promise<number> {
    this.kill("SIGTERM");
    return await this.waitForEnd(graceMs).catch(() => {
      this.kill("SIGKILL");
      return this.ended;
    });
  }

  /** Waits for its end, and gives the exit code. */
  async waitForEnd(timeoutMs = 10_000): Promise<number> {
    await waitUntil(`the end of ${this.#name}`, () => this.exitCode !== null, {
      timeoutMs,
      explain: () => this.log,
    });
    return await this.ended;
  }

  async #follow(): Promise<number> {
    const [status] = await Promise.all([
      this.#child.status,
      collectLines(this.#child.stdout, this.stdout),
      collectLines(this.#child.stderr, this.stderr),
    ]);
    await this.#stdin.close().catch(() => {});
    this.exitCode = status.code;
    return status.code;
  }
}

async function collectLines(stream: ReadableStream<Uint8Array>, lines: string[]): Promise<void> {
  let rest = "";
  for await (const chunk of stream.pipeThrough(new TextDecoderStream())) {
    const parts = (rest + chunk).split("\n");
    rest = parts.pop() ?? "";
    lines.push(...parts);
  }
  if (rest !== "") lines.push(rest);
}

/** Sends a signal to a process; that there is none is no error. */
export function signalProcess(pid: number, signal: Deno.Signal): void {
  try {
    Deno.kill(pid, signal);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound || /ESRCH/.test(String(error)))) throw error;
  }
}

/** Whether a process exists and is no zombie. */
export function isAlive(pid: number): boolean {
  const state = processStatus(pid)?.get("State");
  return state !== undefined && !/^[ZX]/.test(state);
}

/** The fields of /proc/PID/status, or null when there is no such process. */
export function processStatus(pid: number): Map<string, string> | null {
  try {
    const text = Deno.readTextFileSync(`/proc/${pid}/status`);
    return new Map(
      text.trim().split("\n").map((line) => {
        const colon = line.indexOf(":");
        return [line.slice(0, colon), line.slice(colon + 1).trim()];
      }),
    );
  } catch {
    return null;
  }
}

/** The arguments of a process; none when it is gone. */
export function processArguments(pid: number): string[] {
  try {
    return Deno.readTextFileSync(`/proc/${pid}/cmdline`).split("\0").slice(0, -1);
  } catch {
    return [];
  }
}

/** The living processes that descend from `pid`, itself not among them. */
export function descendants(pid: number): number[] {
  const children = new Map<number, number[]>();
  for (const entry of Deno.readDirSync("/proc")) {
    if (!/^\d+$/.test(entry.name)) continue;
    const child = Number(entry.name);
    const parent = Number(processStatus(child)?.get("PPid") ?? -1);
    children.set(parent, [...children.get(parent) ?? [], child]);
  }
  const found: number[] = [];
  for (const queue = [pid]; queue.length > 0;) {
    const next = children.get(queue.shift()!) ?? [];
    found.push(...next.filter(isAlive));
    queue.push(...next);
  }
  return found;
}

/** The calves below a daemon: its spawner's children. */
export function calvesOf(pid: number): number[] {
  return descendants(pid).filter((each) => processArguments(each).includes("--mode=calf"));
}

/** Ends processes that may or may not be there: SIGKILL, and waits until they are gone. */
export async function killAll(pids: readonly number[]): Promise<void> {
  for (const pid of pids) signalProcess(pid, "SIGKILL");
  for (let tries = 0; tries < 100 && pids.some(isAlive); tries++) await delay(20);
}
