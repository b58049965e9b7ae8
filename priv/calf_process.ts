/**
 * A calf: this same executable with `--mode=calf`, five descriptors and nothing else, started by the
 * spawner.
 *
 * @module
 */

import { closeFd, pipe, setNonblocking } from "../ffi/fd.ts";
import { PollSet } from "../ffi/poll.ts";
import { Errno, ErrnoError } from "../ffi/errno.ts";
import { type Exit, pidfdOpen } from "../ffi/process.ts";
import { attachFilter, DROP_EVERYTHING, seqpacketPair } from "../ffi/socket.ts";
import { type Spawner, SpawnerGoneError } from "./spawner/spawner.ts";

/** A killed process is gone within a scheduling delay; a kernel that hangs must not hang priv. */
const END_WAIT_MS = 1_000;

/** How a calf ended; `unknown` when there is no spawner any more that could tell. */
export type CalfEnd = Exit | "unknown";

/** Whether there is nothing to kill or to wait for: calves end with their spawner. */
function isGone(error: unknown): boolean {
  return error instanceof SpawnerGoneError ||
    error instanceof ErrnoError && error.code === Errno.ECHILD;
}

/** Ends a process that cannot be watched, and takes its end, so that no zombie is left. */
function endUnwatched(spawner: Spawner, pid: number): void {
  spawner.kill(pid);
  const pause = new PollSet();
  for (let ms = 0; ms < END_WAIT_MS && spawner.wait(pid) === null; ms++) pause.wait(1);
}

/** Starts the calf of an interface. @throws {ErrnoError | SpawnerGoneError} */
export type StartCalf = (interfaceName: string) => CalfProcess;

/** A running calf and priv's ends of its descriptors. */
export class CalfProcess {
  /** Process id. */
  readonly pid: number;
  /** Readable when the process has ended. */
  readonly pidFd: number;
  /** Ethernet frames, one a message; none comes before {@link admit}. */
  readonly netFd: number;
  /** Control messages, one a message. */
  readonly ctlFd: number;
  /** Bytes of the calf's log. */
  readonly logFd: number;
  readonly #spawner: Spawner;
  #end: CalfEnd | null = null;

  private constructor(
    spawner: Spawner,
    pid: number,
    pidFd: number,
    netFd: number,
    ctlFd: number,
    logFd: number,
  ) {
    this.#spawner = spawner;
    this.pid = pid;
    this.pidFd = pidFd;
    this.netFd = netFd;
    this.ctlFd = ctlFd;
    this.logFd = logFd;
  }

  /**
   * Starts a calf whose frames are all dropped until {@link admit}.
   *
   * Its descriptors: 0 /dev/null, 1 and 2 the log pipe, 3 net, 4 ctl. Its environment is empty.
   *
   * @param spawner starts it
   * @param interfaceName stands in the calf's command line, for people who look at a process list
   * @throws {ErrnoError} when the kernel refuses a step; nothing is left open then
   * @throws {SpawnerGoneError}
   */
  static start(spawner: Spawner, interfaceName: string): CalfProcess {
    const opened: number[] = [];
    const keep = <T extends number[]>(fds: T): T => {
      opened.push(...fds);
      return fds;
    };
    try {
      const [logFd, log] = keep(pipe());
      const [netFd, net] = keep(seqpacketPair());
      const [ctlFd, ctl] = keep(seqpacketPair());
      setNonblocking(logFd, true);
      // Before the calf exists, so that not one frame can pass unfiltered.
      attachFilter(netFd, DROP_EVERYTHING);
      const pid = spawner.startCalf(interfaceName, { net, ctl, log });
      let pidFd: number;
      try {
        pidFd = pidfdOpen(pid);
      } catch (error) {
        endUnwatched(spawner, pid);
        throw error;
      }
      for (const fd of [log, net, ctl]) closeFd(fd);
      return new CalfProcess(spawner, pid, pidFd, netFd, ctlFd, logFd);
    } catch (error) {
      for (const fd of opened) closeFd(fd);
      throw error;
    }
  }

  /**
   * Lets the frames pass that a filter lets through, from the next frame on and until it is called
   * again. The calf cannot: the filter belongs to priv's end.
   *
   * @param filter packed `struct sock_filter`
   * @throws {ErrnoError} when the kernel refuses it; what was there before is still in place then
   */
  admit(filter: Uint8Array): void {
    attachFilter(this.netFd, filter);
  }

  /** Ends the process at once; {@link end} tells when it has. */
  kill(): void {
    // Once reaped, the number may be another process's.
    if (this.#end !== null) return;
    try {
      this.#spawner.kill(this.pid);
    } catch (error) {
      if (!isGone(error)) throw error;
    }
  }

  /** How the process ended; null while it runs. Call it once {@link pidFd} is readable. */
  end(): CalfEnd | null {
    try {
      this.#end ??= this.#spawner.wait(this.pid);
    } catch (error) {
      if (!isGone(error)) throw error;
      this.#end = "unknown";
    }
    return this.#end;
  }

  /**
   * Kills the process if it still runs, waits until it has ended, and closes priv's descriptors, whatever
   * fails. Without its channels a calf ends by itself, also where it may not be killed.
   *
   * @throws {ErrnoError} EPERM when it may not be killed and does not end
   */
  endAndClose(): void {
    let failure: unknown = null;
    try {
      this.kill();
    } catch (error) {
      failure = error;
    }
    for (const fd of [this.netFd, this.ctlFd, this.logFd]) closeFd(fd);
    const poll = new PollSet();
    poll.add(this.pidFd);
    poll.wait(END_WAIT_MS);
    const hasEnded = this.end() !== null;
    closeFd(this.pidFd);
    if (failure !== null && !hasEnded) throw failure;
  }
}
