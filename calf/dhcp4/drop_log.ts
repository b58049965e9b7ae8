/**
 * Debugging lines about frames that were refused, few enough that a flood of frames does not become a
 * flood of lines.
 *
 * @module
 */

import { Clock } from "../sdk/clock.ts";
import { Host, LOG_DEBUG } from "../sdk/host.ts";
import { Text } from "../sdk/text.ts";
import { dhcpDropSlug } from "./drops.ts";

/** Lines in one second. */
export const MAX_DROP_LINES: i32 = 5;

/** Writes `dropped frame: REASON`. */
export class DropLog {
  private host: Host;
  private clock: Clock;
  private second: u32 = 0;
  private lines: i32 = 0;
  private unlogged: u32 = 0;
  private line: Text = new Text(128);

  /** Makes one that writes by `host.log()` and counts the seconds of `clock`. */
  constructor(host: Host, clock: Clock) {
    this.host = host;
    this.clock = clock;
  }

  /** A frame was refused for `reason`. The next line says how many were left out before. */
  note(reason: i32): void {
    if (this.clock.sec !== this.second) {
      this.second = this.clock.sec;
      this.lines = 0;
    }
    if (this.lines >= MAX_DROP_LINES) {
      this.unlogged = u32(this.unlogged + 1);
      return;
    }
    this.lines += 1;
    this.line.clear().ascii("dropped frame: ").ascii(dhcpDropSlug(reason));
    if (this.unlogged > 0) {
      this.line.ascii(" (and ").decimal(this.unlogged).ascii(" not logged)");
      this.unlogged = 0;
    }
    this.host.log(LOG_DEBUG, this.line.bytes, this.line.length);
  }
}
