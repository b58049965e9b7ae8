/**
 * The messages that a client sends, each with exactly the fields and options that table 5 of RFC 2131
 * (§4.4.1) allows it and that the settings ask for.
 *
 * @module
 */

import { copyBytes, equalBytes, fillBytes, putU16, putU32 } from "../sdk/bytes.ts";
import { Random } from "../sdk/random.ts";
import { Text } from "../sdk/text.ts";
import { Dhcp4Reply } from "./decode.ts";
import { MAX_FQDN_LENGTH, writeFqdn } from "./fqdn.ts";
import {
  AT_CHADDR,
  AT_CIADDR,
  AT_COOKIE,
  AT_FLAGS,
  AT_HLEN,
  AT_HTYPE,
  AT_OP,
  AT_OPTIONS,
  AT_SECS,
  AT_XID,
} from "./message.ts";
import {
  BOOTREQUEST,
  DHCPDECLINE,
  DHCPDISCOVER,
  DHCPINFORM,
  DHCPRELEASE,
  DHCPREQUEST,
  FLAG_BROADCAST,
  HLEN_ETHERNET,
  HTYPE_ETHERNET,
  MAGIC_COOKIE,
  MAX_MESSAGE_SIZE,
  MAX_SENT_SIZE,
  MIN_MESSAGE_SIZE,
  OPTION_AUTO_CONFIGURE,
  OPTION_CLIENT_FQDN,
  OPTION_CLIENT_IDENTIFIER,
  OPTION_DHCP_MESSAGE_TYPE,
  OPTION_END,
  OPTION_HOST_NAME,
  OPTION_IP_ADDRESS_LEASE_TIME,
  OPTION_MAXIMUM_DHCP_MESSAGE_SIZE,
  OPTION_PARAMETER_REQUEST_LIST,
  OPTION_RAPID_COMMIT,
  OPTION_REQUESTED_IP_ADDRESS,
  OPTION_SERVER_IDENTIFIER,
  OPTION_USER_CLASS,
  OPTION_VENDOR_CLASS,
} from "./options.ts";
import { RequestList, shuffleBytes } from "./request_list.ts";
import { Dhcp4Settings, FALLBACK_IPV4LL, FQDN_DISABLED } from "./settings.ts";

/** Options that a message can have. */
const MAX_OPTIONS: i32 = 12;
/** The longest data of an option: a user class of 255 bytes, or a name, with what stands before it. */
const MAX_DATA: i32 = MAX_FQDN_LENGTH;
/** Bytes after an option's code and length at most. */
const MAX_PART: i32 = 255;
/** Ranks of `leastImportant()`. */
const RANKS: i32 = 8;

/**
 * A message to servers. A form method (`discover()` …) fills it for one purpose, `encode()` writes it.
 * `secs` is never 0 where it means time: some servers refuse a client that has not waited.
 */
export class Dhcp4Query {
  /** Option 53. */
  messageType: i32 = 0;
  /** `xid`. */
  xid: u32 = 0;
  /** `secs`, 0–65535. */
  secs: i32 = 0;
  /** `ciaddr`; 0 while we have no address that answers ARP. */
  ciaddr: u32 = 0;
  /** `chaddr`. */
  readonly chaddr: Uint8Array = new Uint8Array(6);
  /** Option 50; 0 leaves it out. */
  requestedAddress: u32 = 0;
  /** Option 54; 0 leaves it out: a server that does not say who it is cannot be named. */
  server: u32 = 0;
  private settings: Dhcp4Settings;
  private random: Random;
  private requested: RequestList = new RequestList();
  /** Codes of the options, in the order in which they are sent. */
  private codes: Uint8Array = new Uint8Array(MAX_OPTIONS);
  private count: i32 = 0;
  private data: Uint8Array = new Uint8Array(MAX_DATA);

  /** Makes a message that follows `settings`, which may change between any two `encode()`. */
  constructor(settings: Dhcp4Settings, random: Random) {
    this.settings = settings;
    this.random = random;
  }

  /** DHCPDISCOVER; `requestedAddress` is one that we would like to have again, or 0. */
  discover(xid: u32, secs: i32, requestedAddress: u32): void {
    this.fill(DHCPDISCOVER, xid, secs, 0, requestedAddress, 0);
  }

  /** DHCPREQUEST in SELECTING: takes the offer of `address` by `server` (0 when it did not say). */
  requestSelecting(xid: u32, secs: i32, address: u32, server: u32): void {
    this.fill(DHCPREQUEST, xid, secs, 0, address, server);
  }

  /** DHCPREQUEST in INIT-REBOOT: asks whether `address`, of an earlier lease, is still ours. */
  requestRebooting(xid: u32, secs: i32, address: u32): void {
    this.fill(DHCPREQUEST, xid, secs, 0, address, 0);
  }

  /** DHCPREQUEST in RENEWING or REBINDING, which differ only in where it is sent. */
  requestRenewing(xid: u32, secs: i32, address: u32): void {
    this.fill(DHCPREQUEST, xid, secs, address, 0, 0);
  }

  /** DHCPDECLINE: `address` is in use by somebody else. Broadcast. */
  decline(xid: u32, address: u32, server: u32): void {
    this.fill(DHCPDECLINE, xid, 0, 0, address, server);
  }

  /** DHCPRELEASE: we need `address` no more. Unicast. */
  release(xid: u32, address: u32, server: u32): void {
    this.fill(DHCPRELEASE, xid, 0, address, 0, server);
  }

  /** DHCPINFORM: asks for options; `address` is ours without a lease. */
  inform(xid: u32, secs: i32, address: u32): void {
    this.fill(DHCPINFORM, xid, secs, address, 0, 0);
  }

  /**
   * Writes the message at `buf[at]`, where `MAX_SENT_SIZE` bytes must be free. Returns its length: at
   * least 300 bytes, below which some relay agents and servers drop a message, and at most 548. When
   * more is to be said, options are left out, in this order: 77, 60, 12 or 81, 116, 51, 57, 80.
   */
  encode(buf: Uint8Array, at: i32): i32 {
    fillBytes(buf, at, MIN_MESSAGE_SIZE, 0);
    buf[at + AT_OP] = u8(BOOTREQUEST);
    buf[at + AT_HTYPE] = u8(HTYPE_ETHERNET);
    buf[at + AT_HLEN] = u8(HLEN_ETHERNET);
    putU32(buf, at + AT_XID, this.xid);
    putU16(buf, at + AT_SECS, this.secs);
    putU16(buf, at + AT_FLAGS, this.settings.broadcast && this.asks ? FLAG_BROADCAST : 0);
    putU32(buf, at + AT_CIADDR, this.ciaddr);
    copyBytes(buf, at + AT_CHADDR, this.chaddr, 0, 6);
    putU32(buf, at + AT_COOKIE, MAGIC_COOKIE);
    this.chooseOptions();
    let end: i32 = at + AT_OPTIONS;
    for (let i: i32 = 0; i < this.count; i++) {
      const code: i32 = i32(this.codes[i]);
      end = this.putOption(buf, end, code, this.makeData(code));
    }
    buf[end] = u8(OPTION_END);
    const length: i32 = end + 1 - at;
    return length < MIN_MESSAGE_SIZE ? MIN_MESSAGE_SIZE : length;
  }

  /**
   * Whether the client identifier that `reply` echoes is the one that we send: RFC 6842 §3. A server
   * that echoes none is believed, and so is anyone when we send none.
   */
  isEchoedBy(reply: Dhcp4Reply): bool {
    const length: i32 = this.makeClientId();
    if (length === 0 || !reply.options.has(OPTION_CLIENT_IDENTIFIER)) return true;
    const at: i32 = reply.options.at(OPTION_CLIENT_IDENTIFIER);
    return reply.options.length(OPTION_CLIENT_IDENTIFIER) === length &&
      equalBytes(reply.options.bytes, at, this.data, 0, length);
  }

  /** Sets all fields but `chaddr`. */
  private fill(
    messageType: i32,
    xid: u32,
    secs: i32,
    ciaddr: u32,
    requestedAddress: u32,
    server: u32,
  ): void {
    this.messageType = messageType;
    this.xid = xid;
    this.secs = secs;
    this.ciaddr = ciaddr;
    this.requestedAddress = requestedAddress;
    this.server = server;
  }

  /** Whether there will be an answer: a DHCPDECLINE and a DHCPRELEASE have none. */
  private get asks(): bool {
    return this.messageType !== DHCPDECLINE && this.messageType !== DHCPRELEASE;
  }

  /** Lists the options of this message, as many as fit. */
  private chooseOptions(): void {
    const settings: Dhcp4Settings = this.settings;
    const discovers: bool = this.messageType === DHCPDISCOVER;
    this.count = 0;
    // First, because some servers look only there.
    this.add(OPTION_DHCP_MESSAGE_TYPE, true);
    this.add(OPTION_CLIENT_IDENTIFIER, settings.clientId.length > 0);
    // RFC 7844 §3.3: a DHCPDISCOVER does not tell where we have been.
    const tells: bool = !(settings.anonymity && discovers);
    this.add(OPTION_REQUESTED_IP_ADDRESS, this.requestedAddress !== 0 && tells);
    this.add(OPTION_SERVER_IDENTIFIER, this.server !== 0);
    if (this.asks && !settings.anonymity) this.addFurther(discovers);
    // The operator may want nothing at all, and an option without data would be malformed.
    const wants: bool = this.asks && this.makeData(OPTION_PARAMETER_REQUEST_LIST) > 0;
    this.add(OPTION_PARAMETER_REQUEST_LIST, wants);
    // RFC 7844 §3.1, but for the first.
    if (settings.anonymity) shuffleBytes(this.codes, 1, this.count - 1, this.random);
    for (let rank: i32 = 0; rank < RANKS && this.size() > MAX_SENT_SIZE; rank++) {
      this.remove(leastImportant(rank));
    }
  }

  /** Lists what a client can do without, and what RFC 7844 §3 keeps secret. */
  private addFurther(discovers: bool): void {
    const settings: Dhcp4Settings = this.settings;
    const wantsTime: bool = settings.leaseTime > 0 && this.messageType !== DHCPINFORM;
    this.add(OPTION_IP_ADDRESS_LEASE_TIME, wantsTime);
    this.add(OPTION_MAXIMUM_DHCP_MESSAGE_SIZE, true);
    this.add(OPTION_VENDOR_CLASS, settings.vendorClass.length > 0);
    this.add(OPTION_USER_CLASS, settings.userClass.length > 0);
    // Never both: RFC 4702 §3, and some servers break.
    const inFqdn: bool = settings.fqdn !== FQDN_DISABLED;
    this.add(OPTION_HOST_NAME, settings.hostName.length > 0 && !inFqdn);
    this.add(OPTION_CLIENT_FQDN, settings.hostName.length > 0 && inFqdn);
    this.add(OPTION_RAPID_COMMIT, discovers && settings.offersRapidCommit);
    this.add(OPTION_AUTO_CONFIGURE, discovers && settings.fallback === FALLBACK_IPV4LL);
  }

  /** Lists an option when `wanted`. */
  private add(code: i32, wanted: bool): void {
    if (!wanted) return;
    this.codes[this.count] = u8(code);
    this.count += 1;
  }

  /** Takes an option from the list if it is there. */
  private remove(code: i32): void {
    let kept: i32 = 0;
    for (let i: i32 = 0; i < this.count; i++) {
      if (i32(this.codes[i]) !== code) {
        this.codes[kept] = this.codes[i];
        kept += 1;
      }
    }
    this.count = kept;
  }

  /** Bytes of the message with the listed options, END included. */
  private size(): i32 {
    let size: i32 = AT_OPTIONS + 1;
    for (let i: i32 = 0; i < this.count; i++) {
      const length: i32 = this.makeData(i32(this.codes[i]));
      size += length + (length > MAX_PART ? 4 : 2);
    }
    return size;
  }

  /** Puts the data of an option into `data`. Returns its length. */
  private makeData(code: i32): i32 {
    switch (code) {
      case OPTION_DHCP_MESSAGE_TYPE:
        return this.makeByte(this.messageType);
      case OPTION_CLIENT_IDENTIFIER:
        return this.makeClientId();
      case OPTION_REQUESTED_IP_ADDRESS:
        return this.makeWord(this.requestedAddress);
      case OPTION_SERVER_IDENTIFIER:
        return this.makeWord(this.server);
      case OPTION_IP_ADDRESS_LEASE_TIME:
        return this.makeWord(this.settings.leaseTime);
      case OPTION_MAXIMUM_DHCP_MESSAGE_SIZE:
        putU16(this.data, 0, MAX_MESSAGE_SIZE);
        return 2;
      case OPTION_VENDOR_CLASS:
        return this.makeText(0, this.settings.vendorClass);
      case OPTION_USER_CLASS:
        this.data[0] = u8(this.settings.userClass.length);
        return this.makeText(1, this.settings.userClass);
      case OPTION_HOST_NAME:
        return this.makeText(0, this.settings.hostName);
      case OPTION_CLIENT_FQDN:
        return writeFqdn(this.settings.hostName, this.settings.fqdn, this.data);
      case OPTION_AUTO_CONFIGURE:
        return this.makeByte(1);
      case OPTION_PARAMETER_REQUEST_LIST:
        this.requested.fill(this.settings, this.random);
        copyBytes(this.data, 0, this.requested.codes, 0, this.requested.length);
        return this.requested.length;
      default: // option 80
        return 0;
    }
  }

  /** A number of 1 byte. */
  private makeByte(value: i32): i32 {
    this.data[0] = u8(value);
    return 1;
  }

  /** A number of 4 bytes. */
  private makeWord(value: u32): i32 {
    putU32(this.data, 0, value);
    return 4;
  }

  /** A text after `before` bytes that are there already. */
  private makeText(before: i32, text: Text): i32 {
    copyBytes(this.data, before, text.bytes, 0, text.length);
    return before + text.length;
  }

  /** The client identifier; RFC 7844 §3.5: nothing but the address that everybody sees anyway. */
  private makeClientId(): i32 {
    const length: i32 = this.makeText(0, this.settings.clientId);
    if (length === 0 || !this.settings.anonymity) return length;
    this.data[0] = u8(HTYPE_ETHERNET);
    copyBytes(this.data, 1, this.chaddr, 0, HLEN_ETHERNET);
    return 1 + HLEN_ETHERNET;
  }

  /** Writes `data[0..length)` as one option, or in two parts (RFC 3396 §5). Returns where it ends. */
  private putOption(buf: Uint8Array, at: i32, code: i32, length: i32): i32 {
    let end: i32 = at;
    let done: i32 = 0;
    do {
      const part: i32 = length - done > MAX_PART ? MAX_PART : length - done;
      buf[end] = u8(code);
      buf[end + 1] = u8(part);
      copyBytes(buf, end + 2, this.data, done, part);
      end += 2 + part;
      done += part;
    } while (done < length);
    return end;
  }
}

/** The options that are left out when a message is too long, by rank from 0 on. */
function leastImportant(rank: i32): i32 {
  switch (rank) {
    case 0:
      return OPTION_USER_CLASS;
    case 1:
      return OPTION_VENDOR_CLASS;
    case 2:
      return OPTION_HOST_NAME;
    case 3:
      return OPTION_CLIENT_FQDN;
    case 4:
      return OPTION_AUTO_CONFIGURE;
    case 5:
      return OPTION_IP_ADDRESS_LEASE_TIME;
    case 6:
      return OPTION_MAXIMUM_DHCP_MESSAGE_SIZE;
    default:
      return OPTION_RAPID_COMMIT;
  }
}
