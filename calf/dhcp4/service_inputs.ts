/**
 * What priv tells the DHCPv4 service: facts about the interface, the operator's decisions, requests,
 * and the lease from before the start.
 *
 * @module
 */

import { Host, LOG_ERR } from "../sdk/host.ts";
import { KvClient } from "../sdk/kv.ts";
import { parseCidr } from "../sdk/parse.ts";
import { Random } from "../sdk/random.ts";
import { Stack } from "../sdk/stack.ts";
import { equalsText, parseMac, Text } from "../sdk/text.ts";
import { Dhcp4Settings } from "./settings.ts";

/** Nothing is asked of the client. */
export const REQUEST_NONE: i32 = 0;
/** The lease is to be renewed now. */
export const REQUEST_RENEW: i32 = 1;
/** The lease is to be renewed now by any server. */
export const REQUEST_REBIND: i32 = 2;
/** The lease is to be given back. */
export const REQUEST_RELEASE: i32 = 3;

/** See the module's description. */
export class ServiceInputs {
  /** Our MAC address. */
  readonly mac: Uint8Array = new Uint8Array(6);
  /** Whether there is a carrier. */
  linkIsUp: bool = false;
  /** The address of the lease from before the start, 0 when there was none. */
  savedAddress: u32 = 0;
  /** Whether that lease is not over. */
  savedIsValid: bool = false;
  /** Whether the client follows the settings already: from then on they stay as they are. */
  settled: bool = false;
  private host: Host;
  private stack: Stack;
  private random: Random;
  private settings: Dhcp4Settings;
  private hasMac: bool = false;
  private hasSeed: bool = false;
  private hasLink: bool = false;
  private request: i32 = REQUEST_NONE;
  private otherMac: Uint8Array = new Uint8Array(6);
  private cidr: Uint32Array = new Uint32Array(2);
  private line: Text = new Text(128);

  /** Makes one that knows nothing yet, and keeps the operator's decisions in `settings`. */
  constructor(host: Host, stack: Stack, random: Random, settings: Dhcp4Settings) {
    this.host = host;
    this.stack = stack;
    this.random = random;
    this.settings = settings;
  }

  /** Whether all is known that a client cannot do without. */
  get complete(): bool {
    return this.hasMac && this.hasSeed && this.hasLink;
  }

  /** What is asked of the client since the last call: `REQUEST_*`. */
  takeRequest(): i32 {
    const request: i32 = this.request;
    this.request = REQUEST_NONE;
    return request;
  }

  /**
   * Takes all that the last message from priv, in `buf`, says. Nothing but the machine's other
   * interfaces is ever taken back.
   */
  take(kv: KvClient, buf: Uint8Array): void {
    while (kv.nextChange()) {
      if (kv.changeDeleted) {
        this.stack.otherMacs.remove(otherMacPlace(kv.changePath));
        continue;
      }
      if (this.takeOne(kv.changePath, buf, kv.valueAt, kv.valueLength)) continue;
      // priv's mistake; we go on with what we know.
      const line: Text = this.line.clear().ascii("cannot use ");
      line.raw(kv.changePath.bytes, 0, kv.changePath.length);
      this.host.log(LOG_ERR, line.bytes, line.length);
    }
  }

  /** Takes one key; false for a value that cannot be. A key that we do not know is a newer priv's. */
  private takeOne(path: Text, buf: Uint8Array, at: i32, len: i32): bool {
    if (isBelow(path, "/config/")) return !this.settled && this.settings.take(path, buf, at, len);
    if (isBelow(path, "/own-mac/")) {
      if (!parseMac(buf, at, len, this.otherMac)) return false;
      return this.stack.otherMacs.put(otherMacPlace(path), this.otherMac, 0);
    } else if (isPath(path, "/mac")) {
      const known: bool = parseMac(buf, at, len, this.mac);
      this.hasMac = this.hasMac || known;
      return known;
    } else if (isPath(path, "/seed")) {
      const known: bool = this.random.seedHex(buf, at, len);
      this.hasSeed = this.hasSeed || known;
      return known;
    } else if (isPath(path, "/link")) {
      this.hasLink = true;
      this.linkIsUp = equalsText(buf, at, len, "up");
    } else if (isPath(path, "/request")) {
      return this.takeRequestText(buf, at, len);
    } else if (isPath(path, "/saved/ip")) {
      return this.takeSaved(buf, at, len);
    } else if (isPath(path, "/saved/time")) {
      this.savedIsValid = true;
    }
    return true;
  }

  /** The value of /request. */
  private takeRequestText(buf: Uint8Array, at: i32, len: i32): bool {
    if (equalsText(buf, at, len, "renew")) this.request = REQUEST_RENEW;
    else if (equalsText(buf, at, len, "rebind")) this.request = REQUEST_REBIND;
    else if (equalsText(buf, at, len, "release")) this.request = REQUEST_RELEASE;
    else return false;
    return true;
  }

  /** The value of /saved/ip. */
  private takeSaved(buf: Uint8Array, at: i32, len: i32): bool {
    const known: bool = parseCidr(buf, at, len, this.cidr, 0);
    if (known) this.savedAddress = this.cidr[0];
    return known;
  }
}

/** 0 for /own-mac/001, and so on; −1 for another path. */
function otherMacPlace(path: Text): i32 {
  if (path.length !== 12 || !isBelow(path, "/own-mac/")) return -1;
  let number: i32 = 0;
  for (let i: i32 = 9; i < 12; i++) {
    const digit: i32 = i32(path.bytes[i]) - 48;
    if (digit < 0 || digit > 9) return -1;
    number = number * 10 + digit;
  }
  return number - 1;
}

function isPath(path: Text, name: string): bool {
  return equalsText(path.bytes, 0, path.length, name);
}

function isBelow(path: Text, prefix: string): bool {
  return path.length > prefix.length && equalsText(path.bytes, 0, prefix.length, prefix);
}
