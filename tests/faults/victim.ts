/**
 * A daemon that faults are done to: started below a shell, because a tracer between the test and its own
 * child would confuse the test's runtime, and stopped before it begins when it is to be traced from the
 * first call on.
 *
 * @module
 */

import { daemonCommand } from "../support/daemon.ts";
import type { Network } from "../support/network.ts";
import {
  descendants,
  killAll,
  processArguments,
  Running,
  signalProcess,
} from "../support/process.ts";
import { delay, waitUntil } from "../support/wait.ts";
import { isLike } from "./snapshot.ts";

/** Waits for the daemon and tells its end as shells do. */
const PARENT = '"$@"; exit $?';
const STOPPED = 'kill -STOP $$; exec "$@"';

/** How long a daemon may need for what takes it a few milliseconds without a fault. */
const PATIENCE_MS = 20_000;

/** See the module's description. */
export class Victim {
  /** The shell. */
  readonly process: Running;
  /** The daemon's privileged process. */
  readonly pid: number;
  readonly #network: Network;
  readonly #calves = new Set<number>();

  private constructor(network: Network, process: Running, pid: number) {
    this.#network = network;
    this.process = process;
    this.pid = pid;
  }

  /** Starts it; `stopped` before the first instruction of its own, until {@link go}. */
  static async start(network: Network, args: readonly string[], stopped: boolean): Promise<Victim> {
    const command = daemonCommand(network, ...args);
    const launcher = stopped ? ["sh", "-c", STOPPED, "sh"] : [];
    const process = network.client.start(["sh", "-c", PARENT, "sh", ...launcher, ...command]);
    const pid = await waitUntil("the daemon's process", () => childOf(process.pid), {
      explain: () => process.log,
    });
    if (stopped) {
      await waitUntil("a stopped daemon", () => /\nState:\tT/.test(statusText(pid)));
    }
    return new Victim(network, process, pid);
  }

  /** Continues what was stopped. */
  go(): void {
    signalProcess(this.pid, "SIGCONT");
  }

  /** Whether it has ended, and with what: 128 + the number of a signal that killed it. */
  get exitCode(): number | null {
    return this.process.exitCode;
  }

  /** All that it has said. */
  get log(): string {
    return this.process.stderr.join("\n");
  }

  /** Sends a signal. */
  kill(signal: Deno.Signal): void {
    if (this.exitCode === null) signalProcess(this.pid, signal);
  }

  /**
   * Waits until the host is configured as `wanted` says; ends early, with false, when the daemon does. A
   * note that could not be written is written with the next renewal, and not waited for.
   */
  async becomes(wanted: string, how: { unless?: () => boolean } = {}): Promise<boolean> {
    const end = performance.now() + PATIENCE_MS;
    for (;;) {
      if (await isLike(this.#network, wanted)) return true;
      if (this.exitCode !== null || performance.now() > end) return false;
      if (how.unless?.() === true) return false;
      await delay(40);
    }
  }

  /** Waits for a line of its log since `from` (a number of lines). */
  async waitForLine(pattern: RegExp, from = 0): Promise<void> {
    await waitUntil(`a line like ${pattern}`, () => {
      return this.exitCode !== null ||
        this.process.stderr.slice(from).some((line) => pattern.test(line));
    }, { timeoutMs: PATIENCE_MS, explain: () => this.log });
  }

  /** Its open descriptors by kind, without numbers that differ between two looks. */
  descriptors(): string {
    const found: string[] = [];
    for (const { name } of readDirectory(`/proc/${this.pid}/fd`)) {
      try {
        const target = Deno.readLinkSync(`/proc/${this.pid}/fd/${name}`);
        found.push(target.replace(/:\[\d+\]$/, ""));
      } catch {
        // Closed meanwhile.
      }
    }
    return found.sort().join("\n");
  }

  /** Processor time so far, in clock ticks of 10 ms. */
  ticks(): number {
    try {
      const text = Deno.readTextFileSync(`/proc/${this.pid}/stat`);
      const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
      return Number(fields[11]) + Number(fields[12]);
    } catch {
      return 0;
    }
  }

  /** Notes its calves, so that none of them can be left. */
  noteCalves(): number[] {
    const calves = descendants(this.pid).filter(isCalf);
    for (const calf of calves) this.#calves.add(calf);
    return calves;
  }

  /** The calves that have outlived it. */
  async orphans(): Promise<number[]> {
    for (let tries = 0; tries < 50 && [...this.#calves].some(isCalf); tries++) await delay(20);
    return [...this.#calves].filter(isCalf);
  }

  /** Waits for its end; null when it does not come. */
  async end(timeoutMs = PATIENCE_MS): Promise<number | null> {
    return await this.process.waitForEnd(timeoutMs).catch(() => null);
  }

  /** Whatever is left of it is killed. */
  async remove(): Promise<void> {
    this.noteCalves();
    this.kill("SIGKILL");
    await this.process.stop();
    await killAll([...this.#calves].filter(isCalf));
  }
}

function isCalf(pid: number): boolean {
  return processArguments(pid).includes("--mode=calf");
}

function childOf(pid: number): number | null {
  try {
    const text = Deno.readTextFileSync(`/proc/${pid}/task/${pid}/children`).trim();
    return text === "" ? null : Number(text.split(" ")[0]);
  } catch {
    return null;
  }
}

function statusText(pid: number): string {
  try {
    return Deno.readTextFileSync(`/proc/${pid}/status`);
  } catch {
    return "";
  }
}

function readDirectory(path: string): Deno.DirEntry[] {
  try {
    return [...Deno.readDirSync(path)];
  } catch {
    return [];
  }
}
