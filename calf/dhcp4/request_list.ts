/**
 * The Parameter Request List (option 55): exactly the options that are read, with these settings, and
 * what the operator wants besides.
 *
 * @module
 */

import { Random } from "../sdk/random.ts";
import { OptionCodes, OptionWishes } from "./option_wishes.ts";
import {
  OPTION_BOOTFILE_NAME,
  OPTION_BROADCAST_ADDRESS,
  OPTION_CAPTIVE_PORTAL,
  OPTION_CLASSLESS_STATIC_ROUTE,
  OPTION_CLIENT_FQDN,
  OPTION_DOMAIN_NAME,
  OPTION_DOMAIN_NAME_SERVER,
  OPTION_DOMAIN_SEARCH,
  OPTION_HOST_NAME,
  OPTION_INTERFACE_MTU,
  OPTION_IP_ADDRESS_LEASE_TIME,
  OPTION_IPV6_ONLY_PREFERRED,
  OPTION_MS_CLASSLESS_STATIC_ROUTE,
  OPTION_NTP_SERVERS,
  OPTION_POSIX_TIMEZONE,
  OPTION_PROVISIONING,
  OPTION_REBINDING_TIME,
  OPTION_RENEWAL_TIME,
  OPTION_ROUTER,
  OPTION_SERVER_IDENTIFIER,
  OPTION_SIP_SERVERS,
  OPTION_STATIC_ROUTE,
  OPTION_SUBNET_MASK,
  OPTION_TFTP_SERVER_ADDRESS,
  OPTION_TFTP_SERVER_NAME,
  OPTION_TZDB_TIMEZONE,
  OPTION_VENDOR_CLASS,
  OPTION_VENDOR_IDENTIFYING,
  OPTION_VENDOR_SPECIFIC,
  OPTION_WPAD,
} from "./options.ts";
import { Dhcp4Settings, FQDN_DISABLED } from "./settings.ts";

/** The most codes of a list: beside a client identifier of 255 bytes, 33 fit into a message. */
export const MAX_REQUESTED: i32 = 32;

/** A list of option codes. */
export class RequestList {
  /** The codes are `codes[0..length)`. */
  readonly codes: Uint8Array = new Uint8Array(MAX_REQUESTED);
  /** Number of codes. */
  length: i32 = 0;
  private wishes: OptionWishes = new OptionWishes();

  /** Fills the list; `random` orders it when nobody is to know by it who asks. */
  fill(settings: Dhcp4Settings, random: Random): void {
    this.wishes = settings.options;
    this.length = 0;
    this.add(OPTION_SUBNET_MASK);
    if (settings.classlessRoutes) {
      // RFC 3442: before options 33 and 3. Servers may leave out what comes late.
      this.add(OPTION_CLASSLESS_STATIC_ROUTE);
      if (!settings.anonymity) {
        this.add(OPTION_MS_CLASSLESS_STATIC_ROUTE);
        this.add(OPTION_STATIC_ROUTE);
      }
    }
    this.add(OPTION_ROUTER);
    this.add(OPTION_DOMAIN_NAME_SERVER);
    this.add(OPTION_DOMAIN_NAME);
    if (settings.ipv6Only) this.add(OPTION_IPV6_ONLY_PREFERRED);
    this.addAll(this.wishes.required);
    this.addAll(this.wishes.requested);
    if (settings.anonymity) this.shuffle(random);
    else this.addFurther(settings);
  }

  /** What a host can do without. */
  private addFurther(settings: Dhcp4Settings): void {
    this.add(OPTION_DOMAIN_SEARCH);
    this.add(OPTION_INTERFACE_MTU);
    this.add(OPTION_BROADCAST_ADDRESS);
    this.add(OPTION_IP_ADDRESS_LEASE_TIME);
    this.add(OPTION_SERVER_IDENTIFIER);
    this.add(OPTION_RENEWAL_TIME);
    this.add(OPTION_REBINDING_TIME);
    this.add(OPTION_HOST_NAME);
    if (settings.fqdn !== FQDN_DISABLED) this.add(OPTION_CLIENT_FQDN);
    this.add(OPTION_NTP_SERVERS);
    this.add(OPTION_CAPTIVE_PORTAL);
    this.add(OPTION_WPAD);
    this.add(OPTION_POSIX_TIMEZONE);
    this.add(OPTION_TZDB_TIMEZONE);
    this.add(OPTION_TFTP_SERVER_NAME);
    this.add(OPTION_BOOTFILE_NAME);
    this.add(OPTION_TFTP_SERVER_ADDRESS);
    this.add(OPTION_VENDOR_SPECIFIC);
    this.add(OPTION_VENDOR_CLASS);
    this.add(OPTION_VENDOR_IDENTIFYING);
    this.add(OPTION_SIP_SERVERS);
    this.add(OPTION_PROVISIONING);
  }

  /** Appends the operator's codes. */
  private addAll(list: OptionCodes): void {
    for (let i: i32 = 0; i < list.length; i++) this.add(i32(list.codes[i]));
  }

  /** Appends a code that is wanted and not there yet, unless the list is full. */
  private add(code: i32): void {
    if (this.length === MAX_REQUESTED || this.wishes.avoids(code)) return;
    for (let i: i32 = 0; i < this.length; i++) {
      if (i32(this.codes[i]) === code) return;
    }
    this.codes[this.length] = u8(code);
    this.length += 1;
  }

  /** Any order (RFC 7844 §3.6) in which option 121 comes before option 3. */
  private shuffle(random: Random): void {
    shuffleBytes(this.codes, 0, this.length, random);
    let routerAt: i32 = -1;
    for (let i: i32 = 0; i < this.length; i++) {
      const code: i32 = i32(this.codes[i]);
      if (code === OPTION_ROUTER) routerAt = i;
      if (code === OPTION_CLASSLESS_STATIC_ROUTE && routerAt >= 0) {
        this.codes[routerAt] = u8(OPTION_CLASSLESS_STATIC_ROUTE);
        this.codes[i] = u8(OPTION_ROUTER);
      }
    }
  }
}

/** Puts `buf[at..at+len)` into an order of which each is equally likely. */
export function shuffleBytes(buf: Uint8Array, at: i32, len: i32, random: Random): void {
  for (let i: i32 = len - 1; i > 0; i--) {
    const j: i32 = i32(random.below(u32(i + 1)));
    const held: i32 = i32(buf[at + i]);
    buf[at + i] = buf[at + j];
    buf[at + j] = u8(held);
  }
}
