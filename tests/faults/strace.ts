/**
 * System calls that fail, or kill: strace(1) attached to one process, and to none of its children.
 *
 * @module
 */

import { Running } from "../support/process.ts";

/** What happens to a system call instead of what it would do. */
export interface Fault {
  /** Its name, such as `openat`. */
  readonly syscall: string;
  /** It is not done, and fails with this error, such as `EMFILE`; or it is done, and the process gets `signal`. */
  readonly error?: string;
  /** `KILL`: the process dies when the call begins. */
  readonly signal?: string;
  /** Which of the calls since attaching: `3`, `1+` (all), `5..9`. */
  readonly when: string;
}

/** A fault as strace's option, which also is how it is named in reports. */
export function faultText({ syscall, error, signal, when }: Fault): string {
  const what = error === undefined ? `signal=${signal}` : `error=${error}`;
  return `${syscall}:${what}:when=${when}`;
}

/** An attached strace. */
export class Strace {
  readonly #running: Running;
  readonly #file: string;

  private constructor(running: Running, file: string) {
    this.#running = running;
    this.#file = file;
  }

  /** Attaches to a process and waits until every call of it is seen; with a fault, to these calls only. */
  static async attach(pid: number, file: string, fault: Fault | null): Promise<Strace> {
    const traced = fault === null
      ? []
      : [`--trace=${fault.syscall}`, `--inject=${faultText(fault)}`];
    const running = new Running([
      ...["strace", "--attach", String(pid), "--output", file, "--string-limit=80"],
      ...["--decode-fds=path", ...traced],
    ]);
    const strace = new Strace(running, file);
    try {
      await running.waitForLine(/attached/);
    } catch (error) {
      await strace.detach();
      throw error;
    }
    return strace;
  }

  /** What was written so far: a line for each call. */
  lines(): string[] {
    return Deno.readTextFileSync(this.#file).split("\n");
  }

  /** The calls that were struck. */
  struck(): string[] {
    return this.lines().filter((line) => line.includes("(INJECTED)"));
  }

  /** Lets the process go, which runs on without any fault. */
  async detach(): Promise<void> {
    await this.#running.stop();
  }
}

/** The name of the call in a line of strace; null for signals and ends. */
export function callName(line: string): string | null {
  return /^(\w+)\(/.exec(line)?.[1] ?? null;
}
