/**
 * Tells priv how many frames were refused, as keys below /packets/dropped. It gives way to everything
 * else: a commit of the counters that have changed, seldom, one at a time, and none when none has.
 *
 * @module
 */

import { Clock, LONGEST_WAIT_MS, Timer } from "./clock.ts";
import { DROP_LIMIT, DROP_NONE, DropCounters } from "./drop.ts";
import { Host, LOG_WARNING } from "./host.ts";
import { KvClient } from "./kv.ts";
import { Text } from "./text.ts";

/** From a counter's change to its report, in ms: what comes in one burst is told at once. */
export const REPORT_DELAY_MS: u32 = 2000;
/** From one report to the next at least, in ms. */
export const REPORT_INTERVAL_MS: u32 = 10_000;
/**
 * Counters in one report: with 152 bytes each at most (a change, its path of parts of up to 64 bytes,
 * ten digits) less than 10,000 bytes of the 16,384 that a message may have.
 */
export const MAX_REPORTED: i32 = 64;

/** Where the counters are. */
const DROPPED: string = "/packets/dropped";

/** See the module's description. A service says by `slugOf()` how its reasons are called. */
export abstract class DropReport {
  private host: Host;
  private clock: Clock;
  private kv: KvClient;
  private drops: DropCounters;
  /** What priv has been told of each reason. */
  private told: Uint32Array = new Uint32Array(DROP_LIMIT);
  /** The reason at which the next report begins, so that each has its turn. */
  private next: i32 = DROP_NONE;
  /** When the next report is due. */
  private due: Timer = new Timer();
  /** When the last one is long enough ago. */
  private pause: Timer = new Timer();
  /** Id of the report that waits for its answer, −1 when there is none. */
  private commit: i32 = -1;
  /** Whether priv does not want reports. */
  private unwanted: bool = false;
  private value: Text = new Text(10);
  private line: Text = new Text(256);

  /** Makes one that tells of `drops` by `kv`; a calf before us may have told of other numbers. */
  constructor(host: Host, clock: Clock, kv: KvClient, drops: DropCounters) {
    this.host = host;
    this.clock = clock;
    this.kv = kv;
    this.drops = drops;
  }

  /** The last part of the key of a reason; empty when it has none. */
  abstract slugOf(reason: i32): string;

  /** After each frame: plans a report if a counter has changed. */
  note(): void {
    // One that is not answered would otherwise take more and more of the places that leases need.
    if (!this.drops.changed || this.due.armed || this.commit >= 0 || this.unwanted) return;
    let wait: u32 = REPORT_DELAY_MS;
    if (this.pause.armed) {
      const left: u32 = u32(this.pause.remainingMs(this.clock));
      if (left > wait) wait = left;
    }
    this.due.start(this.clock, 0, wait);
  }

  /** Sends the report that is due. Harmless when called early. */
  onTimer(): void {
    if (!this.due.due(this.clock)) return;
    this.due.stop();
    this.pause.start(this.clock, 0, REPORT_INTERVAL_MS);
    this.send();
    // When it could not be sent, or not all of it: the next.
    this.note();
  }

  /** Milliseconds to the next report, `LONGEST_WAIT_MS` when none is planned. */
  remainingMs(): i32 {
    return this.due.armed ? this.due.remainingMs(this.clock) : LONGEST_WAIT_MS;
  }

  /** Whether `id` is that of the report that waits: then priv has taken it, and is to be told more. */
  accepted(id: i32): bool {
    if (id !== this.commit) return false;
    this.commit = -1;
    this.note();
    return true;
  }

  /**
   * The same for a report that priv refuses for the reason `buf[at..at+len)`: it does not know the keys,
   * and will not know them the next time either. That is worth one line of the log and no more requests.
   */
  refused(id: i32, buf: Uint8Array, at: i32, len: i32): bool {
    if (id !== this.commit) return false;
    this.commit = -1;
    this.unwanted = true;
    const line: Text = this.line.clear().ascii("priv takes no counters: ");
    line.printable(buf, at, len);
    this.host.log(LOG_WARNING, line.bytes, line.length);
    return true;
  }

  /** Commits what has changed, from `next` on and round; what is left counts as changed again. */
  private send(): void {
    const drops: DropCounters = this.drops;
    drops.changed = !this.kv.hasRoom;
    if (drops.changed) return;
    let reported: i32 = 0;
    this.kv.beginCommit();
    for (let i: i32 = 0; i < DROP_LIMIT && !drops.changed; i++) {
      const reason: i32 = (this.next + i) % DROP_LIMIT;
      const count: u32 = drops.get(reason);
      const slug: string = this.slugOf(reason);
      if (count === this.told[reason] || slug.length === 0) continue;
      if (reported === MAX_REPORTED) {
        this.next = reason;
        drops.changed = true;
      } else {
        this.kv.changeWriteBelow(DROPPED, slug, this.value.clear().decimal(count));
        this.told[reason] = count;
        reported += 1;
      }
    }
    if (reported > 0) this.commit = this.kv.endCommit();
  }
}
