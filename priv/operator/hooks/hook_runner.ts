/**
 * Runs a hook script once for each event, one at a time and in order.
 *
 * @module
 */

import { environmentVariable, isExecutable } from "../../../ffi/environment.ts";
import { closeFd, O_RDONLY, O_RDWR, openFd, readFd } from "../../../ffi/fd.ts";
import { pidfdOpen, reap, signalName } from "../../../ffi/process.ts";
import { spawnProgram } from "../../../ffi/spawn.ts";
import { errorText } from "../../error_text.ts";
import type { EventLoop } from "../../event_loop.ts";
import { ExitCode, ExitError } from "../../exit_code.ts";
import { hookEnvironment, type HookEvent } from "./hook_variables.ts";

/** Events that may wait; beyond them those of one interface become one. */
export const MAX_WAITING = 64;

const STDOUT = 1;
const STDERR = 2;
const DEFAULT_PATH = "/usr/sbin:/usr/bin:/sbin:/bin";
/** What a script gets of our own environment: dhcpcd gives PATH only. */
const INHERITED = ["HOME", "LANG", "TZ"];

/**
 * The file that is executed for a name: itself when it has a slash, else the first one in $PATH.
 *
 * @throws {ExitError} NOINPUT when there is none that this user may execute
 */
export function findScript(name: string): string {
  const folders = (environmentVariable("PATH") ?? DEFAULT_PATH).split(":");
  const candidates = name.includes("/")
    ? [name]
    : folders.map((folder) => `${folder === "" ? "." : folder}/${name}`);
  const found = candidates.find(isExecutable);
  if (found !== undefined) return found;
  throw new ExitError(
    ExitCode.NOINPUT,
    `Cannot run ${JSON.stringify(name)}: no such program, or not executable`,
  );
}

/**
 * The MTU of an interface as the kernel has it in this process's network namespace; null when it cannot be
 * told. Deno opens nothing in /sys.
 */
function mtuOf(interfaceName: string): string | null {
  try {
    const fd = openFd(`/sys/class/net/${interfaceName}/mtu`, O_RDONLY, 0);
    try {
      const buffer = new Uint8Array(16);
      const length = Math.max(0, readFd(fd, buffer));
      const text = new TextDecoder().decode(buffer.subarray(0, length)).trim();
      return /^[0-9]+$/.test(text) ? text : null;
    } finally {
      closeFd(fd);
    }
  } catch {
    return null;
  }
}

/** What a runner needs of its surroundings. */
export interface HookRunnerOptions {
  /** The program, and its arguments behind argv[0]. */
  readonly command: readonly [string, ...string[]];
  /** Where it waits. */
  readonly loop: Pick<EventLoop, "onReadable" | "forget">;
  /** Told of a script that could not be run, or did not end with 0. */
  readonly warn: (text: string) => void;
}

/** See the module's description. */
export class HookRunner {
  readonly #options: HookRunnerOptions;
  readonly #waiting: HookEvent[] = [];
  readonly #inherited: readonly (readonly [string, string])[];
  #pidfd: number | null = null;
  #whenIdle: (() => void) | null = null;

  /** Runs nothing yet. */
  constructor(options: HookRunnerOptions) {
    this.#options = options;
    const path: readonly [string, string] = ["PATH", environmentVariable("PATH") ?? DEFAULT_PATH];
    this.#inherited = [
      path,
      ...INHERITED.flatMap((name): (readonly [string, string])[] => {
        const value = environmentVariable(name);
        return value === null ? [] : [[name, value]];
      }),
    ];
  }

  /**
   * Runs the script for an event, after those before. With too many of them waiting, an event takes the place of
   * the last one of its interface: the script learns the new state, and as the old one that which it knew.
   */
  push(event: HookEvent): void {
    const waiting = this.#waiting;
    const last = waiting.findLastIndex(({ interfaceName }) =>
      interfaceName === event.interfaceName
    );
    if (waiting.length >= MAX_WAITING && last >= 0) {
      waiting[last] = { ...event, before: waiting[last].before };
    } else {
      waiting.push(event);
    }
    this.#next();
  }

  /** Forgets what waits, and calls `done` when no script runs any more, which may be now. */
  finish(done: () => void): void {
    this.#waiting.length = 0;
    this.whenIdle(done);
  }

  /** Calls `done` when all events have been told and no script runs any more, which may be now. */
  whenIdle(done: () => void): void {
    if (this.#pidfd === null && this.#waiting.length === 0) return done();
    this.#whenIdle = done;
  }

  #next(): void {
    while (this.#pidfd === null) {
      const event = this.#waiting.shift();
      if (event === undefined) {
        this.#whenIdle?.();
        this.#whenIdle = null;
        return;
      }
      this.#run(event);
    }
  }

  #run(event: HookEvent): void {
    const { command, loop } = this.#options;
    const what = `${command[0]} ${event.reason} ${event.interfaceName}`;
    const environment = hookEnvironment(event, mtuOf(event.interfaceName), this.#inherited);
    let pid: number;
    const none = openFd("/dev/null", O_RDWR, 0);
    try {
      pid = spawnProgram(command[0], command, environment, [none, STDOUT, STDERR]);
    } catch (error) {
      this.#options.warn(`${what}: ${errorText(error)}`);
      return;
    } finally {
      closeFd(none);
    }
    const pidfd = pidfdOpen(pid);
    this.#pidfd = pidfd;
    loop.onReadable(pidfd, () => {
      const exit = reap(pid);
      if (exit === null) return;
      loop.forget(pidfd);
      closeFd(pidfd);
      this.#pidfd = null;
      if ("signal" in exit) this.#options.warn(`${what}: ended by ${signalName(exit.signal)}`);
      else if (exit.exitCode !== 0) this.#options.warn(`${what}: ended with ${exit.exitCode}`);
      this.#next();
    });
  }
}
