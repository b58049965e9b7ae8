/**
 * Follows the changes of several daemons, one commit at a time, until a signal, the last daemon's end, or
 * whoever watches has had enough.
 *
 * @module
 */

import { blockSignals, openSignalFd, readSignal, Signal } from "../../ffi/signal.ts";
import { EventLoop, type Timer } from "../event_loop.ts";
import { ExitCode, ExitError } from "../exit_code.ts";
import type { KvWrite } from "../kv/codec.ts";
import type { AskedDaemon } from "./context.ts";
import { pathOf } from "./snapshot.ts";

/** How long the rest of a commit is waited for that did not fit into one message. */
const REST_MS = 200;
/** Messages of one daemon that are taken before the others have their turn. */
const MESSAGES_A_TURN = 64;

const ENDING_SIGNALS: readonly number[] = [
  Signal.SIGTERM,
  Signal.SIGINT,
  Signal.SIGHUP,
  Signal.SIGQUIT,
];

/** Whoever watches. */
export interface WatchListener {
  /** One commit of a daemon. The snapshot is as it was before, and takes the changes afterwards. */
  readonly changed: (daemon: AskedDaemon, changes: readonly KvWrite[]) => void;
  /** Called after the snapshot has taken them. */
  readonly applied: () => void;
  /** A daemon has ended; its snapshot is as it was, and is given up. */
  readonly lost: (daemon: AskedDaemon, reason: string) => void;
  /**
   * The end has come by a signal; calls `done` when all is told that was begun. Without it a signal does what it
   * does by default, even while a reader makes the process wait.
   */
  readonly finish?: (done: () => void) => void;
  /** The end has come because nothing is left to be watched; calls `done` when everything is told. */
  readonly whenIdle: (done: () => void) => void;
}

/** A daemon, and the part of a commit that has come so far. */
interface Followed {
  readonly daemon: AskedDaemon;
  changes: KvWrite[];
  rest: Timer | null;
}

/** Deletes of all that a daemon has told. */
export function allDeleted({ snapshot }: AskedDaemon): KvWrite[] {
  return [...snapshot.interfaces].flatMap(([interfaceName, keys]) =>
    [...keys.keys()].map((key) => ({ path: pathOf({ interfaceName, key }), text: null }))
  );
}

/** See the module's description. */
export class Watcher {
  readonly #loop: EventLoop;
  readonly #listener: WatchListener;
  readonly #followed: Set<Followed>;
  #code: ExitCode = ExitCode.OK;
  #ending = false;

  /**
   * Watches when it is told to {@link run}, and takes signals from now on; the loop is one that nobody runs yet.
   */
  constructor(loop: EventLoop, daemons: readonly AskedDaemon[], listener: WatchListener) {
    this.#loop = loop;
    this.#listener = listener;
    this.#followed = new Set(daemons.map((daemon) => ({ daemon, changes: [], rest: null })));
    if (listener.finish !== undefined) this.#takeSignals(listener.finish);
  }

  /**
   * Watches to the end.
   *
   * @returns OK after a signal, TEMPFAIL after the end of the last daemon
   * @throws whatever the listener throws
   */
  run(): ExitCode {
    for (const each of this.#followed) {
      this.#loop.onReadable(each.daemon.connection.fd, () => this.#take(each));
    }
    this.#loop.run();
    return this.#code;
  }

  /** A script is started with none of them blocked. */
  #takeSignals(finish: (done: () => void) => void): void {
    blockSignals(ENDING_SIGNALS);
    const signals = openSignalFd(ENDING_SIGNALS);
    this.#loop.onReadable(signals, () => {
      while (readSignal(signals) !== null) this.#end(finish);
    });
  }

  /** The first signal lets a script come to its end, the second does not wait for it. */
  #end(finish: (done: () => void) => void): void {
    if (this.#ending) return this.#loop.stop();
    this.#ending = true;
    for (const each of this.#followed) this.#loop.forget(each.daemon.connection.fd);
    finish(() => this.#loop.stop());
  }

  #take(each: Followed): void {
    try {
      for (let i = 0; i < MESSAGES_A_TURN; i++) {
        const response = each.daemon.connection.take();
        if (response === null) return;
        if (response.kind !== "changes") continue;
        each.changes.push(...response.changes);
        each.rest?.cancel();
        each.rest = null;
        if (!response.mayContinue) this.#tell(each);
        else each.rest = this.#loop.after(REST_MS, () => this.#tell(each));
      }
    } catch (error) {
      if (!(error instanceof ExitError)) throw error;
      this.#lose(each, error.message);
    }
  }

  #tell(each: Followed): void {
    const { daemon, changes } = each;
    each.changes = [];
    each.rest = null;
    this.#listener.changed(daemon, changes);
    daemon.snapshot.apply(changes);
    this.#listener.applied();
  }

  #lose(each: Followed, reason: string): void {
    each.rest?.cancel();
    this.#loop.forget(each.daemon.connection.fd);
    each.daemon.connection.close();
    this.#followed.delete(each);
    this.#listener.lost(each.daemon, reason);
    if (this.#followed.size > 0 || this.#ending) return;
    this.#code = ExitCode.TEMPFAIL;
    this.#listener.whenIdle(() => this.#loop.stop());
  }
}
