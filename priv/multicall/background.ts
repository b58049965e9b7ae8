/**
 * dhcpcd's way into the background: a daemon in a session of its own, and a process that shows what it
 * logs until it is ready. fork(2) is no choice (see ffi/spawn.ts), so that the daemon is this program
 * started once more.
 *
 * @module
 */

import { environmentVariable } from "../../ffi/environment.ts";
import { Errno } from "../../ffi/errno.ts";
import { closeFd, O_RDWR, openFd, pipe, readFd, setNonblocking } from "../../ffi/fd.ts";
import { PollSet } from "../../ffi/poll.ts";
import { killProcess, pidfdOpen, reap, signalName } from "../../ffi/process.ts";
import { blockSignals, openSignalFd, readSignal, Signal } from "../../ffi/signal.ts";
import { spawnDetached } from "../../ffi/spawn.ts";
import { bootTimeMs } from "../../ffi/time.ts";
import { ExitCode } from "../exit_code.ts";
import { LineWriter } from "../line_writer.ts";
import { READY_LINE } from "../ready_marker.ts";

const STDERR = 2;

/** They end the daemon too, as long as this process waits for it. */
const ENDING: readonly number[] = [Signal.SIGTERM, Signal.SIGINT, Signal.SIGQUIT, Signal.SIGHUP];

/** How long a daemon may take to end before it is killed. */
const END_MS = 5_000;

/** What of our environment the daemon gets: that of a service manager, or of the journal, is not its. */
const PASSED = "NO_COLOR";

/** How long is waited. */
export interface BackgroundWait {
  /** Milliseconds until the time is over; null = for ever. */
  readonly timeoutMs: number | null;
  /** Whether the daemon goes on when the time is over, and does not end. */
  readonly staysAfterTimeout: boolean;
  /** Nothing is said when all is well. */
  readonly quiet: boolean;
}

/** Lines of the daemon's standard error as they come. */
class Relay {
  readonly #fd: number;
  readonly #out = new LineWriter(STDERR);
  readonly #buffer = new Uint8Array(8192);
  readonly #decoder = new TextDecoder();
  #rest = "";
  /** The daemon has said that it is ready. */
  isReady = false;
  /** Nobody can write any more. */
  isClosed = false;

  constructor(fd: number) {
    this.#fd = fd;
    setNonblocking(fd, true);
  }

  /** Passes on what is there. */
  pass(): void {
    for (let length; (length = readFd(this.#fd, this.#buffer)) !== -Errno.EAGAIN;) {
      if (length <= 0) {
        this.isClosed = true;
        return;
      }
      const chunk = this.#buffer.subarray(0, length);
      const lines = (this.#rest + this.#decoder.decode(chunk, { stream: true })).split("\n");
      this.#rest = lines.pop() ?? "";
      for (const line of lines) {
        if (line === READY_LINE) this.isReady = true;
        else this.#out.write(line);
      }
    }
  }
}

function say(text: string): void {
  new LineWriter(STDERR).write(`dhcpcd: ${text}`);
}

/** A daemon that was started, while this process is there. */
class Child {
  readonly #pid: number;
  readonly #pidfd: number;
  readonly #relay: Relay;
  readonly #output: number;
  readonly #signals: number;
  readonly #poll = new PollSet();

  constructor(pid: number, output: number, signals: number) {
    this.#pid = pid;
    this.#pidfd = pidfdOpen(pid);
    this.#relay = new Relay(output);
    this.#output = output;
    this.#signals = signals;
    for (const fd of [this.#pidfd, output, signals]) this.#poll.add(fd);
  }

  /** Waits until it is ready, has ended, the time is over, or a signal comes. */
  wait({ timeoutMs, staysAfterTimeout, quiet }: BackgroundWait): ExitCode {
    const deadline = timeoutMs === null ? null : bootTimeMs() + timeoutMs;
    for (;;) {
      const left = deadline === null ? -1 : Math.max(0, deadline - bootTimeMs());
      if (left === 0) {
        say(`no lease within ${(timeoutMs ?? 0) / 1000} s`);
        return staysAfterTimeout ? this.#leave(false) : this.#end();
      }
      this.#poll.wait(left);
      this.#pass();
      if (this.#relay.isReady) return this.#leave(quiet);
      const ended = this.#exitCode();
      if (ended !== null) return ended;
      const signal = readSignal(this.#signals);
      if (signal !== null) {
        say(`${signalName(signal)}: ending`);
        return this.#end();
      }
    }
  }

  #pass(): void {
    if (this.#relay.isClosed) return;
    this.#relay.pass();
    if (this.#relay.isClosed) this.#poll.remove(this.#output);
  }

  #leave(quiet: boolean): ExitCode {
    if (!quiet) say(`in the background, process ${this.#pid}`);
    return ExitCode.OK;
  }

  /** Null while it runs. */
  #exitCode(): ExitCode | null {
    const exit = reap(this.#pid);
    if (exit === null) return null;
    this.#pass();
    if ("signal" in exit) say(`the daemon was ended by ${signalName(exit.signal)}`);
    else if (exit.exitCode === ExitCode.OK || exit.exitCode === ExitCode.USAGE) {
      return exit.exitCode;
    }
    return ExitCode.TEMPFAIL;
  }

  #end(): ExitCode {
    killProcess(this.#pid, Signal.SIGTERM);
    const deadline = bootTimeMs() + END_MS;
    while (reap(this.#pid) === null) {
      const left = deadline - bootTimeMs();
      if (left <= 0) {
        killProcess(this.#pid, Signal.SIGKILL);
        break;
      }
      this.#poll.wait(left);
      this.#pass();
    }
    return ExitCode.TEMPFAIL;
  }
}

/**
 * Starts the daemon, and waits for its first lease.
 *
 * @param argv its command line without the program's name
 * @returns OK when it is in the background; TEMPFAIL when it is not, and has ended
 * @throws {ErrnoError} when it cannot be started
 */
export function startInBackground(argv: readonly string[], wait: BackgroundWait): ExitCode {
  blockSignals(ENDING);
  const signals = openSignalFd(ENDING);
  const none = openFd("/dev/null", O_RDWR, 0);
  const [output, input] = pipe();
  const passed = environmentVariable(PASSED);
  const environment = passed === null ? [] : [`${PASSED}=${passed}`];
  let pid: number;
  try {
    pid = spawnDetached(["dhcpcd", ...argv], environment, [none, none, input]);
  } finally {
    closeFd(none);
    closeFd(input);
  }
  return new Child(pid, output, signals).wait(wait);
}
