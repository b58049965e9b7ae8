/**
 * What ARP has learned: a small table of fixed size, whose entries expire.
 *
 * @module
 */

import { copyBytes } from "./bytes.ts";
import { Clock, Timer } from "./clock.ts";

const ENTRIES: i32 = 4;
/** RFC 1122 §2.3.2.1 wants old entries flushed; "on the order of a minute". */
const LIFETIME_SEC: u32 = 60;

/** IPv4 addresses and their MAC addresses. The oldest entry makes room for a new one. */
export class Neighbours {
  /** The MAC addresses, 6 bytes each; see `find()`. */
  readonly macs: Uint8Array = new Uint8Array(ENTRIES * 6);
  private addresses: Uint32Array = new Uint32Array(ENTRIES);
  private lifetimes: Timer[] = [new Timer(), new Timer(), new Timer(), new Timer()];
  private next: i32 = 0;

  /** Where the MAC address of `address` lies in `macs`, or −1 when it is not known (any more). */
  find(address: u32, clock: Clock): i32 {
    for (let i: i32 = 0; i < ENTRIES; i++) {
      const lifetime: Timer = this.lifetimes[i];
      if (lifetime.armed && this.addresses[i] === address && !lifetime.due(clock)) return i * 6;
    }
    return -1;
  }

  /** Notes that `address`, which `find()` does not know, has the MAC address `mac[at..at+6)`. */
  learn(address: u32, mac: Uint8Array, at: i32, clock: Clock): void {
    const i: i32 = this.next;
    this.next = (i + 1) % ENTRIES;
    this.addresses[i] = address;
    copyBytes(this.macs, i * 6, mac, at, 6);
    this.lifetimes[i].start(clock, LIFETIME_SEC, 0);
  }

  /** Forgets everything. */
  clear(): void {
    for (let i: i32 = 0; i < ENTRIES; i++) this.lifetimes[i].stop();
  }
}
