/**
 * Starts a calf: this same executable with `--mode=calf`, five descriptors and nothing else.
 *
 * @module
 */

import { closeFd, O_CLOEXEC, O_RDONLY, openFd, pipe, setNonblocking } from "../ffi/fd.ts";
import { PollSet } from "../ffi/poll.ts";
import { Errno, ErrnoError } from "../ffi/errno.ts";
import { type Exit, killProcess, pidfdOpen, reap } from "../ffi/process.ts";
import { Signal } from "../ffi/signal.ts";
import { attachFilter, attachLockedFilter, DROP_EVERYTHING, seqpacketPair } from "../ffi/socket.ts";
import { spawnSelf } from "../ffi/spawn.ts";

/** A killed process is gone within a scheduling delay; a kernel that hangs must not hang priv. */
const END_WAIT_MS = 1_000;

/** How a calf ended; `unknown` when somebody else has taken its exit status. */
export type CalfEnd = Exit | "unknown";

function isError(error: unknown, code: number): boolean {
  return error instanceof ErrnoError && error.code === code;
}

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
  #end: CalfEnd | null = null;

  private constructor(pid: number, pidFd: number, netFd: number, ctlFd: number, logFd: number) {
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
   * @param interfaceName stands in the calf's command line, for people who look at a process list
   * @throws {ErrnoError} when the kernel refuses a step; nothing is left open then
   */
  static start(interfaceName: string): CalfProcess {
    const opened: number[] = [];
    const keep = <T extends number[]>(fds: T): T => {
      opened.push(...fds);
      return fds;
    };
    try {
      const [devNull] = keep([openFd("/dev/null", O_RDONLY | O_CLOEXEC, 0)]);
      const [logFd, calfLog] = keep(pipe());
      const [netFd, calfNet] = keep(seqpacketPair());
      const [ctlFd, calfCtl] = keep(seqpacketPair());
      setNonblocking(logFd, true);
      // Before the calf exists, so that not one frame can pass unfiltered.
      attachFilter(netFd, DROP_EVERYTHING);
      const argv = ["mirage-dhcp", "--mode=calf", interfaceName];
      const pid = spawnSelf(argv, [], [devNull, calfLog, calfLog, calfNet, calfCtl]);
      let pidFd: number;
      try {
        pidFd = pidfdOpen(pid);
      } catch (error) {
        killProcess(pid, Signal.SIGKILL);
        throw error;
      }
      for (const fd of [devNull, calfLog, calfNet, calfCtl]) closeFd(fd);
      return new CalfProcess(pid, pidFd, netFd, ctlFd, logFd);
    } catch (error) {
      for (const fd of opened) closeFd(fd);
      throw error;
    }
  }

  /**
   * Lets the frames pass that a filter lets through, which is locked: nobody can change it any more.
   *
   * @param filter packed `struct sock_filter`
   * @throws {ErrnoError} when the kernel refuses it; the calf has been ended then
   */
  admit(filter: Uint8Array): void {
    try {
      attachLockedFilter(this.netFd, filter);
    } catch (error) {
      this.endAndClose();
      throw error;
    }
  }

  /** Ends the process at once; {@link end} tells when it has. */
  kill(): void {
    // Once reaped, the number may be another process's.
    if (this.#end !== null) return;
    try {
      killProcess(this.pid, Signal.SIGKILL);
    } catch (error) {
      if (!isError(error, Errno.ESRCH)) throw error;
    }
  }

  /** How the process ended; null while it runs. Call it once {@link pidFd} is readable. */
  end(): CalfEnd | null {
    try {
      this.#end ??= reap(this.pid);
    } catch (error) {
      if (!isError(error, Errno.ECHILD)) throw error;
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
