/**
 * `dhcpcd --exit` and `dhcpcd --release`: the end of a daemon, of which the latter gives the leases back
 * before.
 *
 * @module
 */

import { closeFd } from "../../ffi/fd.ts";
import { PollSet } from "../../ffi/poll.ts";
import { readProc } from "../../ffi/proc.ts";
import { killProcess, pidfdOpen } from "../../ffi/process.ts";
import { Signal } from "../../ffi/signal.ts";
import { peerCredentials } from "../../ffi/unix_socket.ts";
import { ExitCode, ExitError } from "../exit_code.ts";
import type { CommandLine } from "../operator/command_line.ts";
import { askDaemons, type AskedDaemon } from "../operator/context.ts";
import { requestCommand } from "../operator/request.ts";
import { unknownInterface } from "../operator/target.ts";

/** How long the end of a daemon may take. */
const END_MS = 10_000;

/** What one daemon has to do with what was asked for. */
interface Part {
  readonly daemon: AskedDaemon;
  /** The interfaces that are meant. */
  readonly meant: readonly string[];
  /** Those that it has besides. */
  readonly others: readonly string[];
}

/** Names and patterns for which a daemon waits. */
function waitedFor({ snapshot }: AskedDaemon): string[] {
  return [...snapshot.daemon].filter(([path]) => path.startsWith("/waiting/"))
    .map(([, name]) => name);
}

function partOf(daemon: AskedDaemon, names: readonly string[]): Part {
  const all = [...daemon.snapshot.interfaces.keys(), ...waitedFor(daemon)];
  const isMeant = (name: string) => names.length === 0 || names.includes(name);
  return { daemon, meant: all.filter(isMeant), others: all.filter((name) => !isMeant(name)) };
}

function managed({ daemon, meant }: Part): string[] {
  return meant.filter((name) => daemon.snapshot.interfaces.has(name));
}

/** Gives the leases back, as far as that works: each is told of. */
function release(line: CommandLine, part: Part): ExitCode {
  const names = managed(part);
  return names.length === 0
    ? ExitCode.OK
    : requestCommand("release", { ...line, arguments: names });
}

/** Its own listeners may have become another user since (`--user`). */
const ROOT = 0;

/** The effective user of a process (proc_pid_status(5)). @throws {ErrnoError} when it is gone */
function userOf(pid: number): number {
  return Number(/^Uid:\t\d+\t(\d+)/m.exec(readProc(`/proc/${pid}/status`))?.[1]);
}

/**
 * Sends SIGTERM, and waits for the end. Where others can write to the run directory, a child of theirs may
 * have begun to listen, and its number be another process's by now.
 */
function end({ connection }: AskedDaemon): void {
  // The kernel says who listens there, as it is called here: the daemon may be in a pid namespace.
  const { pid, uid } = peerCredentials(connection.fd);
  if (!(pid > 0)) {
    const reason = "its process cannot be seen from here";
    throw new ExitError(ExitCode.UNAVAILABLE, `Cannot end the daemon: ${reason}`);
  }
  const pidfd = pidfdOpen(pid);
  try {
    connection.take(); // throws when it has gone meanwhile, and the number may be another process's
    if (uid !== ROOT && userOf(pid) !== uid) {
      const reason = `process ${pid} is not user ${uid}, who listens at its socket`;
      throw new ExitError(ExitCode.UNAVAILABLE, `Cannot end the daemon: ${reason}`);
    }
    killProcess(pid, Signal.SIGTERM);
    const poll = new PollSet();
    poll.add(pidfd);
    if (poll.wait(END_MS) > 0) return;
    throw new ExitError(
      ExitCode.TEMPFAIL,
      `Cannot end the daemon, process ${pid}: it goes on after ${END_MS / 1000} s`,
    );
  } finally {
    closeFd(pidfd);
  }
}

/**
 * Ends the daemons that have nothing but the named interfaces, or all of them.
 *
 * @param line the run directory, and the interfaces
 * @param options `release`: their leases are given back before; then a daemon that has others goes on
 * @throws {ExitError} when no daemon answers, none has an interface that is named, or one does not end
 */
export function stopDaemons(line: CommandLine, options: { readonly release: boolean }): ExitCode {
  const names = line.arguments;
  const parts = askDaemons(line).map((daemon) => partOf(daemon, names));
  const unknown = names.find((name) => !parts.some(({ meant }) => meant.includes(name)));
  if (unknown !== undefined) {
    throw unknownInterface(unknown, parts.flatMap(({ meant, others }) => [...meant, ...others]));
  }
  let code: ExitCode = ExitCode.OK;
  for (const part of parts.filter(({ meant }) => names.length === 0 || meant.length > 0)) {
    const { meant, others, daemon } = part;
    if (others.length > 0 && !options.release) {
      throw new ExitError(
        ExitCode.UNAVAILABLE,
        `Cannot end ${meant.join(", ")} alone: the daemon has ${others.join(", ")} too ` +
          "(-k gives a lease back, and the daemon goes on)",
      );
    }
    if (options.release) {
      const released = release(line, part);
      if (released !== ExitCode.OK) code = released;
    }
    if (others.length === 0) end(daemon);
  }
  return code;
}
