/**
 * Asking for something and waiting until it is done: what `renew`, `rebind`, `release` and `reload` have in
 * common.
 *
 * @module
 */

import { POLLIN, PollSet } from "../../ffi/poll.ts";
import { bootTimeMs } from "../../ffi/time.ts";
import { ExitCode, ExitError } from "../exit_code.ts";
import type { KvWrite } from "../kv/codec.ts";
import { parseNumber } from "../option_values.ts";
import type { CommandLine } from "./command_line.ts";
import type { AskedDaemon } from "./context.ts";

/** How long is waited unless told otherwise, in seconds. */
const DEFAULT_SECONDS = 10;
const MAX_SECONDS = 86_400;

/** Something that was asked for. */
export interface Pending {
  /** Whom it was asked of. */
  readonly daemon: AskedDaemon;
  /** The key that is written to ask for it. */
  readonly path: string;
  /** What is written. */
  readonly text: string;
  /** Looks at what has changed, after the snapshot has taken it; true when nothing is waited for any more. */
  readonly changed: (changes: readonly KvWrite[]) => boolean;
  /** The time is over. */
  readonly timedOut: () => void;
}

/** How long a command line wants to wait, in milliseconds; 0 = not at all. @throws {ExitError} */
export function waitingTime(line: CommandLine): number {
  if (line.has("no-wait")) return 0;
  const range = { min: 1, max: MAX_SECONDS, unit: "seconds" };
  return parseNumber("timeout", line.text("timeout", String(DEFAULT_SECONDS)), range) * 1000;
}

/** Lets everyone who waits for a daemon look at its changes. */
function tell(waiting: Set<Pending>, daemon: AskedDaemon, changes: readonly KvWrite[]): void {
  daemon.snapshot.apply(changes);
  for (const each of waiting) {
    if (each.daemon === daemon && each.changed(changes)) waiting.delete(each);
  }
}

/** @throws {ExitError} when it is refused */
function ask(pending: Pending, waiting: Set<Pending>): void {
  const { daemon, path, text } = pending;
  const id = daemon.connection.send({ operation: "write", path, text });
  const refused = daemon.connection.answerTo(id, (changes) => tell(waiting, daemon, changes));
  if (refused === null) return;
  const code = refused.startsWith("denied") ? ExitCode.NOPERM : ExitCode.UNAVAILABLE;
  throw new ExitError(code, `Cannot ask for ${text}: ${refused}`);
}

/**
 * Asks for everything, and waits until all of it is done or the time is over.
 *
 * @param waitMs 0 = only ask
 * @throws {ExitError} when something is refused, or a daemon is lost
 */
export function askAndWait(all: readonly Pending[], waitMs: number): void {
  const waiting = new Set<Pending>();
  const deadline = bootTimeMs() + waitMs;
  for (const pending of all) {
    // Before it is asked for: the change may come ahead of the answer.
    waiting.add(pending);
    ask(pending, waiting);
  }
  if (waitMs === 0) return;
  const poll = new PollSet();
  const daemons = [...new Set(all.map(({ daemon }) => daemon))];
  for (const { connection } of daemons) poll.add(connection.fd, POLLIN);
  while (waiting.size > 0) {
    const left = deadline - bootTimeMs();
    if (left <= 0) break;
    poll.wait(left);
    for (const daemon of daemons) {
      if (poll.revents(daemon.connection.fd) === 0) continue;
      const response = daemon.connection.take();
      if (response?.kind === "changes") tell(waiting, daemon, response.changes);
    }
  }
  for (const { timedOut } of waiting) timedOut();
}
