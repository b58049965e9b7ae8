/**
 * How much of the audit log each actor may fill. A calf that has been taken over could otherwise write
 * until what it did before has been rotated away.
 *
 * @module
 */

import { TokenBucket } from "../kv/token_bucket.ts";
import type { AuditEvent } from "./event.ts";

/** Events at once: some ten leases, with all their keys. */
export const EVENT_BURST = 256;
/** Events per second of an operator for long: about 50 MB a day. */
export const EVENTS_PER_SECOND = 2;
/** The same of a calf, which renews its lease every 10 s at most: three events. */
export const CALF_EVENTS_PER_SECOND = 0.5;

interface Account {
  readonly bucket: TokenBucket;
  readonly actor: string;
  readonly interface?: string;
  suppressed: number;
}

/**
 * What a calf does is limited for each interface, what an operator does for each user, priv never. What was
 * refused is counted apart, lest it hides what was not.
 */
export class ActorLimits {
  readonly #now: () => number;
  readonly #accounts = new Map<string, Account>();

  /** `now` gives milliseconds of a monotonic clock. */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** Whether there is room for an event; one for which there is none is counted. */
  take(event: AuditEvent): boolean {
    const account = this.#accountOf(event);
    if (account === null || account.bucket.take()) return true;
    account.suppressed++;
    return false;
  }

  /** How many events of each actor were left out since the last call. */
  summaries(): AuditEvent[] {
    const events: AuditEvent[] = [];
    for (const account of this.#accounts.values()) {
      const { actor, suppressed } = account;
      if (suppressed === 0) continue;
      account.suppressed = 0;
      events.push({
        actor: "priv",
        ...(account.interface === undefined ? {} : { interface: account.interface }),
        action: "suppressed",
        result: "ok",
        detail: `${suppressed} events of ${actor} left out`,
      });
    }
    return events;
  }

  #accountOf(event: AuditEvent): Account | null {
    if (event.actor === "priv") return null;
    const isCalf = event.actor.startsWith("calf:");
    // `operator uid=0 pid=4711`: another process is no other actor.
    const actor = isCalf ? event.actor : event.actor.replace(/ pid=.*/, "");
    const name = `${actor} ${isCalf ? event.interface ?? "" : ""} ${event.result === "denied"}`;
    const known = this.#accounts.get(name);
    if (known !== undefined) return known;
    const account: Account = {
      bucket: new TokenBucket(
        EVENT_BURST,
        isCalf ? CALF_EVENTS_PER_SECOND : EVENTS_PER_SECOND,
        this.#now,
      ),
      actor,
      ...(isCalf && event.interface !== undefined ? { interface: event.interface } : {}),
      suppressed: 0,
    };
    this.#accounts.set(name, account);
    return account;
  }
}
