/**
 * What the service manager is told: when the first lease is there, what each interface is doing, and
 * when the configuration is read again or the end has begun.
 *
 * @module
 */

import { INTERFACES, type KvTree } from "./kv/tree.ts";
import type { Notifier } from "./notify.ts";

/** What this needs of its surroundings. */
export interface ReadinessContext {
  /** The line to the service manager. */
  readonly notifier: Pick<Notifier, "start" | "ready" | "status" | "reloading" | "stopping">;
  /** All keys. */
  readonly tree: Pick<KvTree, "stores" | "subscribe">;
  /** Calls a function at the end of each turn of the daemon's loop. */
  readonly onTurnEnd: (run: () => void) => void;
  /** Ready at once, and not with the first lease. */
  readonly noWait: boolean;
  /** Names and patterns for which there is no interface. */
  readonly waiting: () => readonly string[];
}

/** Changes of these keys are of interest. */
const SHOWN = /^\/interface\/[^/]+\/(?:state|link|applied\/ip)$/;

/** See the module's description. */
export class Readiness {
  readonly #context: ReadinessContext;
  #isReady = false;
  #isStale = true;

  /** Tells nothing yet. */
  constructor(context: ReadinessContext) {
    this.#context = context;
    context.tree.subscribe((changes) => {
      this.#isStale ||= changes.some(({ path }) => SHOWN.test(path));
    });
    context.onTurnEnd(() => this.#tellStatus());
  }

  /** The daemon has begun. */
  start(): void {
    this.#context.notifier.start();
    if (this.#context.noWait) this.#ready();
  }

  /** An interface has its configuration. */
  configured(): void {
    if (!this.#isReady) this.#ready();
  }

  /** The configuration is read again. */
  reloading(): void {
    if (this.#isReady) this.#context.notifier.reloading();
  }

  /** It has been, well or not. */
  reloaded(): void {
    this.#isStale = true;
    if (this.#isReady) this.#context.notifier.ready();
  }

  /** The end has begun. */
  stopping(): void {
    this.#context.notifier.stopping();
  }

  #ready(): void {
    this.#isReady = true;
    this.#context.notifier.ready();
  }

  #tellStatus(): void {
    if (!this.#isStale) return;
    this.#isStale = false;
    this.#context.notifier.status(this.#statusText());
  }

  #statusText(): string {
    const { tree, waiting } = this.#context;
    const places = [...tree.stores].filter(([place]) => place.startsWith(`${INTERFACES}/`));
    const texts = places.map(([place, store]) => {
      const isWithout = store.get("/link") === "down";
      const state = isWithout ? "no carrier" : store.get("/state") ?? "starting";
      const address = store.get("/applied/ip");
      const name = place.slice(INTERFACES.length + 1);
      return `${name}: ${state}${address === null ? "" : ` ${address}`}`;
    });
    return [...texts, ...waiting().map((name) => `${name}: no such interface yet`)].join(", ");
  }
}
