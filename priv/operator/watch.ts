/**
 * `mirage-dhcp watch`.
 *
 * @module
 */

import { escapeText } from "../escape.ts";
import { EventLoop } from "../event_loop.ts";
import type { ExitCode } from "../exit_code.ts";
import type { KvWrite } from "../kv/codec.ts";
import { commandError, type CommandLine } from "./command_line.ts";
import { askDaemons, type AskedDaemon, print, warn } from "./context.ts";
import { reasonsOf } from "./hooks/hook_event.ts";
import { findScript, HookRunner } from "./hooks/hook_runner.ts";
import {
  INTERFACE,
  isPrintable,
  keyOf,
  type KeyTexts,
  type Place,
  placeOf,
  shownPlace,
} from "./snapshot.ts";
import { prefixOf } from "./target.ts";
import { allDeleted, Watcher, type WatchListener } from "./watcher.ts";

/** One change as it is printed, without its line end. */
function lineOf(place: Place, text: string | null, options: { readonly json: boolean }): string {
  const time = new Date().toISOString();
  if (!options.json) return `${time} ${escapeText(`${shownPlace(place)} ${text ?? "(deleted)"}`)}`;
  return JSON.stringify({ time, interface: place.interfaceName, key: place.key, value: text });
}

/** Prints changes. */
class Printer implements WatchListener {
  readonly #json: boolean;
  readonly #all: boolean;

  constructor(line: CommandLine) {
    this.#json = line.has("json");
    this.#all = line.has("all");
  }

  /** What is set already. */
  initial(daemons: readonly AskedDaemon[]): void {
    for (const { snapshot } of daemons) {
      const stores: [string | null, KeyTexts][] = [[null, snapshot.daemon], ...snapshot.interfaces];
      for (const [interfaceName, keys] of stores) {
        for (const [key, text] of keys) this.#print({ interfaceName, key }, text);
      }
    }
  }

  changed = (daemon: AskedDaemon, changes: readonly KvWrite[]): void => {
    for (const { path, text } of changes) {
      const place = placeOf(path);
      if (place === null || (text !== null && !isPrintable(text))) continue;
      if (!this.#all && text === daemon.snapshot.get(place)) continue;
      this.#print(place, text);
    }
  };

  applied = (): void => {};

  lost = (_daemon: AskedDaemon, reason: string): void => warn(reason);

  whenIdle = (done: () => void): void => done();

  #print(place: Place, text: string | null): void {
    if (!this.#all && keyOf(place)?.volatile === true) return;
    print(`${lineOf(place, text, { json: this.#json })}\n`);
  }
}

const NO_KEYS: KeyTexts = new Map();

/** The keys of the interfaces that changes are about, as they are now. */
function affected(
  { snapshot }: AskedDaemon,
  changes: readonly KvWrite[],
): Map<string, { readonly before: KeyTexts; readonly written: Set<string> }> {
  const found = new Map<string, { readonly before: KeyTexts; readonly written: Set<string> }>();
  for (const { path, text } of changes) {
    const place = placeOf(path);
    if (place === null || place.interfaceName === null) continue;
    const name = place.interfaceName;
    const entry = found.get(name) ?? {
      before: new Map(snapshot.interfaces.get(name) ?? NO_KEYS),
      written: new Set(),
    };
    if (text !== null) entry.written.add(place.key);
    found.set(name, entry);
  }
  return found;
}

/** Runs a script for changes. */
class Hooks implements WatchListener {
  readonly #runner: HookRunner;
  readonly #only: string | null;
  readonly #daemons: readonly AskedDaemon[];
  #afterwards: () => void = () => {};

  /** `only` is the one interface that is meant, or null for all. */
  constructor(runner: HookRunner, daemons: readonly AskedDaemon[], only: string | null) {
    this.#runner = runner;
    this.#daemons = daemons;
    this.#only = only;
  }

  /** What is there already comes about, as far as a script is concerned. */
  initial(): void {
    for (const daemon of this.#daemons) {
      for (const [name, after] of daemon.snapshot.interfaces) {
        this.#push(daemon, name, NO_KEYS, after, new Set(after.keys()));
      }
    }
  }

  changed = (daemon: AskedDaemon, changes: readonly KvWrite[]): void => {
    const before = affected(daemon, changes);
    this.#afterwards = () => {
      for (const [name, entry] of before) {
        const after = daemon.snapshot.interfaces.get(name) ?? NO_KEYS;
        this.#push(daemon, name, entry.before, after, entry.written);
      }
    };
  };

  applied = (): void => this.#afterwards();

  lost = (daemon: AskedDaemon, reason: string): void => {
    warn(reason);
    const changes = allDeleted(daemon);
    this.changed(daemon, changes);
    daemon.snapshot.apply(changes);
    this.applied();
  };

  finish = (done: () => void): void => this.#runner.finish(done);

  whenIdle = (done: () => void): void => this.#runner.whenIdle(done);

  #push(
    { snapshot }: AskedDaemon,
    interfaceName: string,
    before: KeyTexts,
    now: KeyTexts,
    written: ReadonlySet<string>,
  ): void {
    if (this.#only !== null && interfaceName !== this.#only) return;
    const after: KeyTexts = new Map(now); // which goes on changing while the event waits
    const pid = snapshot.daemon.get("/pid") ?? "";
    const order = this.#daemons.flatMap((each) => [...each.snapshot.interfaces.keys()]);
    for (const reason of reasonsOf({ before, after, written })) {
      this.#runner.push({ reason, interfaceName, before, after, pid, order });
    }
  }
}

/** The interface that a script is to be run for, or null for all. @throws {ExitError} */
function onlyInterface(line: CommandLine): string | null {
  const useless = ["json", "initial", "all"].find((name) => line.has(name));
  if (useless !== undefined) throw commandError("watch", `Cannot use --${useless} with --exec`);
  const path = prefixOf(line.arguments[0]);
  if (path === "/" || path === `/${INTERFACE}`) return null;
  const place = placeOf(path);
  if (place?.interfaceName !== undefined && place.interfaceName !== null && place.key === "/") {
    return place.interfaceName;
  }
  throw commandError("watch", "Cannot use --exec for single keys: name an interface or nothing");
}

/** Runs the command. @throws {ExitError} */
export function watchCommand(line: CommandLine): ExitCode {
  const [script, ...args] = line.rest;
  const loop = new EventLoop();
  if (script === undefined) {
    const daemons = askDaemons(line, prefixOf(line.arguments[0]));
    const printer = new Printer(line);
    if (line.has("initial")) printer.initial(daemons);
    return new Watcher(loop, daemons, printer).run();
  }
  const only = onlyInterface(line);
  const runner = new HookRunner({ command: [findScript(script), ...args], loop, warn });
  const daemons = askDaemons(line);
  const hooks = new Hooks(runner, daemons, only);
  const watcher = new Watcher(loop, daemons, hooks);
  hooks.initial();
  return watcher.run();
}
