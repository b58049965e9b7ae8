/**
 * What the operator has decided about the client: the keys below /config.
 *
 * @module
 */

import { parseCidr, parseHexBytes, parseIpv4, parseSeconds } from "../sdk/parse.ts";
import { equalsText, Text } from "../sdk/text.ts";
import { isHostAddress, isHostInSubnet } from "./address.ts";
import { isDomainName, MAX_NAME_LENGTH } from "./domain.ts";
import { OptionWishes } from "./option_wishes.ts";
import { MAX_OPTION_LENGTH } from "./options.ts";

/** `acd`: the address is probed while it is in use already. */
export const ACD_AFTER: i32 = 0;
/** `acd`: the address is probed before its use (RFC 5227 §2.1). */
export const ACD_BEFORE: i32 = 1;
/** `acd`: nobody looks for conflicts. */
export const ACD_NEVER: i32 = 2;

/** `fqdn`: the name goes into option 12. */
export const FQDN_DISABLED: i32 = 0;
/** `fqdn`: the name goes into option 81, and the server is to update nothing. */
export const FQDN_NONE: i32 = 1;
/** `fqdn`: the server is to update the PTR record. */
export const FQDN_PTR: i32 = 2;
/** `fqdn`: the server is to update the A and the PTR record. */
export const FQDN_BOTH: i32 = 3;

/** `fallback`: without a server there is no address. */
export const FALLBACK_NONE: i32 = 0;
/** `fallback`: a link-local address (RFC 3927). */
export const FALLBACK_IPV4LL: i32 = 1;
/** `fallback`: the address in `staticAddress`. */
export const FALLBACK_STATIC: i32 = 2;

/** Name servers of the static fallback. */
export const MAX_STATIC_NAME_SERVERS: i32 = 3;

/** The settings of one client. */
export class Dhcp4Settings {
  /** When conflicts are looked for (RFC 5227): `ACD_*`. */
  acd: i32 = ACD_AFTER;
  /** Client identifier (option 61) with its type byte; empty sends none. */
  readonly clientId: Text = new Text(MAX_OPTION_LENGTH);
  /** Name to send in option 12 or 81; empty sends none. */
  readonly hostName: Text = new Text(MAX_NAME_LENGTH);
  /** Whether the name goes into option 81, and with which wishes: `FQDN_*`. */
  fqdn: i32 = FQDN_DISABLED;
  /** Vendor class identifier (option 60); empty sends none. */
  readonly vendorClass: Text = new Text(MAX_OPTION_LENGTH);
  /** User class (option 77); empty sends none. */
  readonly userClass: Text = new Text(MAX_OPTION_LENGTH);
  /** Whether two-message exchanges (RFC 4039) are wanted; see `offersRapidCommit`. */
  rapidCommit: bool = true;
  /** Whether servers learn as little as possible (RFC 7844). */
  anonymity: bool = false;
  /** Whether servers are asked to broadcast their answers. */
  broadcast: bool = false;
  /** Whether options 121, 249 and 33 count. */
  classlessRoutes: bool = true;
  /** Whether option 108 (RFC 8925) is asked for and obeyed. */
  ipv6Only: bool = false;
  /** Lease time in seconds to ask for, and to assume when a server names none; 0: not decided. */
  leaseTime: u32 = 0;
  /** What to do without a server: `FALLBACK_*`. */
  fallback: i32 = FALLBACK_NONE;
  /** How many seconds to look for a server before that. */
  fallbackAfter: u32 = 10;
  /** Address of the static fallback; 0 when there is none. */
  staticAddress: u32 = 0;
  /** Bits of its netmask, 1–32. */
  staticPrefixLength: i32 = 0;
  /** Its router; 0 when there is none. */
  staticRouter: u32 = 0;
  /** Its name servers; 0 where there is none. */
  readonly staticNameServers: Uint32Array = new Uint32Array(MAX_STATIC_NAME_SERVERS);
  /** Address for which DHCPINFORM asks for options; 0: we want a lease. */
  informAddress: u32 = 0;
  /** Bits of its netmask, 1–32. */
  informPrefixLength: i32 = 0;
  /** What is said about single options. */
  readonly options: OptionWishes = new OptionWishes();
  private numbers: Uint32Array = new Uint32Array(2);

  /** Whether a DHCPDISCOVER carries option 80, without which nobody may answer it by a DHCPACK. */
  get offersRapidCommit(): bool {
    return this.rapidCommit && !this.anonymity;
  }

  /**
   * Takes the key `path`, such as `/config/acd`, with the value `buf[at..at+length)`; an empty value is
   * the default. False, and nothing changes, when there is no such key, or the value is none of its
   * values.
   */
  take(path: Text, buf: Uint8Array, at: i32, length: i32): bool {
    if (path.length < 8 || !equalsText(path.bytes, 0, 8, "/config/")) return false;
    const nameLength: i32 = path.length - 8;
    if (nameLength > 7 && equalsText(path.bytes, 8, 7, "static/")) {
      return this.takeStatic(path, buf, at, length);
    }
    switch (keyOf(path.bytes, 8, nameLength)) {
      case KEY_ACD:
        return this.takeAcd(buf, at, length);
      case KEY_CLIENT_ID:
        return this.takeClientId(buf, at, length);
      case KEY_HOSTNAME:
        if (length > 0 && !isDomainName(buf, at, length)) return false;
        return takeText(this.hostName, buf, at, length);
      case KEY_FQDN:
        return this.takeFqdn(buf, at, length);
      case KEY_VENDOR_CLASS:
        return takeText(this.vendorClass, buf, at, length);
      case KEY_USER_CLASS:
        return takeText(this.userClass, buf, at, length);
      case KEY_LEASE_TIME:
        if (!this.readSeconds(buf, at, length, 0)) return false;
        this.leaseTime = this.numbers[0];
        return true;
      case KEY_FALLBACK:
        return this.takeFallback(buf, at, length);
      case KEY_FALLBACK_AFTER:
        if (!this.readSeconds(buf, at, length, 10)) return false;
        this.fallbackAfter = this.numbers[0];
        return true;
      case KEY_INFORM:
        if (!this.readCidr(buf, at, length)) return false;
        this.informAddress = this.numbers[0];
        this.informPrefixLength = i32(this.numbers[1]);
        return true;
      case KEY_REQUIRE:
        return this.options.required.read(buf, at, length);
      case KEY_REQUEST:
        return this.options.requested.read(buf, at, length);
      case KEY_NO_REQUEST:
        return this.options.unwanted.read(buf, at, length);
      default:
        return this.takeSwitch(path, buf, at, length);
    }
  }

  /** Takes a key whose values are `on` and `off`. */
  private takeSwitch(path: Text, buf: Uint8Array, at: i32, length: i32): bool {
    const name: Uint8Array = path.bytes;
    const nameLength: i32 = path.length - 8;
    const isOn: bool = equalsText(buf, at, length, "on");
    if (length > 0 && !isOn && !equalsText(buf, at, length, "off")) return false;
    if (equalsText(name, 8, nameLength, "rapid-commit")) {
      this.rapidCommit = isOn || length === 0;
    } else if (equalsText(name, 8, nameLength, "classless-routes")) {
      this.classlessRoutes = isOn || length === 0;
    } else if (equalsText(name, 8, nameLength, "anonymity")) {
      this.anonymity = isOn;
    } else if (equalsText(name, 8, nameLength, "broadcast")) {
      this.broadcast = isOn;
    } else if (equalsText(name, 8, nameLength, "ipv6-only")) {
      this.ipv6Only = isOn;
    } else {
      return false;
    }
    return true;
  }

  /** Takes a key below /config/static. */
  private takeStatic(path: Text, buf: Uint8Array, at: i32, length: i32): bool {
    const name: Uint8Array = path.bytes;
    const nameLength: i32 = path.length - 15;
    if (equalsText(name, 15, nameLength, "ip")) {
      if (!this.readCidr(buf, at, length)) return false;
      this.staticAddress = this.numbers[0];
      this.staticPrefixLength = i32(this.numbers[1]);
      return true;
    }
    if (!this.readAddress(buf, at, length)) return false;
    if (equalsText(name, 15, nameLength, "gateway")) {
      this.staticRouter = this.numbers[0];
      return true;
    }
    if (nameLength !== 14 || !equalsText(name, 15, 13, "nameserver/00")) return false;
    const index: i32 = i32(name[28]) - 49;
    if (index < 0 || index >= MAX_STATIC_NAME_SERVERS) return false;
    this.staticNameServers[index] = this.numbers[0];
    return true;
  }

  /** `after`, `before` or `off`. */
  private takeAcd(buf: Uint8Array, at: i32, length: i32): bool {
    const choice: i32 = choiceOf(buf, at, length, "after", "before", "off");
    if (choice >= 0) this.acd = choice;
    return choice >= 0;
  }

  /** `none`, `ipv4ll` or `static`. */
  private takeFallback(buf: Uint8Array, at: i32, length: i32): bool {
    const choice: i32 = choiceOf(buf, at, length, "none", "ipv4ll", "static");
    if (choice >= 0) this.fallback = choice;
    return choice >= 0;
  }

  /** `none`, `ptr` or `both`; without a value there is no option 81. */
  private takeFqdn(buf: Uint8Array, at: i32, length: i32): bool {
    const choice: i32 = choiceOf(buf, at, length, "none", "ptr", "both");
    if (choice >= 0) this.fqdn = length === 0 ? FQDN_DISABLED : choice + FQDN_NONE;
    return choice >= 0;
  }

  /** Hexadecimal digits. */
  private takeClientId(buf: Uint8Array, at: i32, length: i32): bool {
    const bytes: i32 = length === 0 ? 0 : parseHexBytes(buf, at, length, this.clientId.bytes);
    if (bytes >= 0) this.clientId.length = bytes;
    return bytes >= 0;
  }

  /** Reads a time, 1 or more, into `numbers[0]`. */
  private readSeconds(buf: Uint8Array, at: i32, length: i32, byDefault: u32): bool {
    this.numbers[0] = byDefault;
    return length === 0 || (parseSeconds(buf, at, length, this.numbers, 0) && this.numbers[0] > 0);
  }

  /** Reads a host's address into `numbers[0]`. */
  private readAddress(buf: Uint8Array, at: i32, length: i32): bool {
    this.numbers[0] = 0;
    return length === 0 ||
      (parseIpv4(buf, at, length, this.numbers, 0) && isHostAddress(this.numbers[0]));
  }

  /** Reads a host's address and the length of its prefix into `numbers`. */
  private readCidr(buf: Uint8Array, at: i32, length: i32): bool {
    this.numbers[0] = 0;
    this.numbers[1] = 0;
    return length === 0 || (parseCidr(buf, at, length, this.numbers, 0) &&
      isHostInSubnet(this.numbers[0], i32(this.numbers[1])));
  }
}

const KEY_ACD: i32 = 0;
const KEY_CLIENT_ID: i32 = 1;
const KEY_HOSTNAME: i32 = 2;
const KEY_FQDN: i32 = 3;
const KEY_VENDOR_CLASS: i32 = 4;
const KEY_USER_CLASS: i32 = 5;
const KEY_LEASE_TIME: i32 = 6;
const KEY_FALLBACK: i32 = 7;
const KEY_FALLBACK_AFTER: i32 = 8;
const KEY_INFORM: i32 = 9;
const KEY_REQUIRE: i32 = 10;
const KEY_REQUEST: i32 = 11;
const KEY_NO_REQUEST: i32 = 12;

/** `KEY_*` of a name, or −1. */
function keyOf(buf: Uint8Array, at: i32, len: i32): i32 {
  if (equalsText(buf, at, len, "acd")) return KEY_ACD;
  if (equalsText(buf, at, len, "client-id")) return KEY_CLIENT_ID;
  if (equalsText(buf, at, len, "hostname")) return KEY_HOSTNAME;
  if (equalsText(buf, at, len, "fqdn")) return KEY_FQDN;
  if (equalsText(buf, at, len, "vendor-class")) return KEY_VENDOR_CLASS;
  if (equalsText(buf, at, len, "user-class")) return KEY_USER_CLASS;
  if (equalsText(buf, at, len, "lease-time")) return KEY_LEASE_TIME;
  if (equalsText(buf, at, len, "fallback")) return KEY_FALLBACK;
  if (equalsText(buf, at, len, "fallback-after")) return KEY_FALLBACK_AFTER;
  if (equalsText(buf, at, len, "inform")) return KEY_INFORM;
  if (equalsText(buf, at, len, "require")) return KEY_REQUIRE;
  if (equalsText(buf, at, len, "request")) return KEY_REQUEST;
  return equalsText(buf, at, len, "no-request") ? KEY_NO_REQUEST : -1;
}

/** Which of three words a value is, from 0 on; 0 when it is empty, −1 when it is none. */
function choiceOf(buf: Uint8Array, at: i32, len: i32, a: string, b: string, c: string): i32 {
  if (len === 0 || equalsText(buf, at, len, a)) return 0;
  if (equalsText(buf, at, len, b)) return 1;
  return equalsText(buf, at, len, c) ? 2 : -1;
}

/** Copies printable text into `out`; false when it is too long or has other bytes. */
function takeText(out: Text, buf: Uint8Array, at: i32, len: i32): bool {
  if (len > out.bytes.length) return false;
  for (let i: i32 = 0; i < len; i++) {
    const c: i32 = i32(buf[at + i]);
    if (c < 0x20 || c > 0x7e) return false;
  }
  out.clear().raw(buf, at, len);
  return true;
}
