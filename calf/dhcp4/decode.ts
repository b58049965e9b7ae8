/**
 * What a server's message says, as numbers and text. An option of a wrong length or with a value that makes
 * no sense is as good as absent; only what the whole message depends on makes it refused.
 *
 * @module
 */

import { copyBytes } from "../sdk/bytes.ts";
import { Text } from "../sdk/text.ts";
import { ALL_ONES, isHostAddress, prefixLengthOf } from "./address.ts";
import { MAX_NAME_LENGTH, readDomainName, readSearchList } from "./domain.ts";
import {
  DHCP_TAKEN,
  DROP_DHCP_HARDWARE,
  DROP_DHCP_NO_TYPE,
  DROP_DHCP_OP,
  DROP_DHCP_TYPE,
} from "./drops.ts";
import {
  AT_FILE,
  AT_SNAME,
  Dhcp4Message,
  LENGTH_FILE,
  LENGTH_SNAME,
  OptionIterator,
} from "./message.ts";
import {
  BOOTREPLY,
  DHCPACK,
  DHCPNAK,
  DHCPOFFER,
  HLEN_ETHERNET,
  HTYPE_ETHERNET,
  MAX_MESSAGE_LENGTH,
  MAX_NAME_SERVERS,
  MAX_SEARCH_LENGTH,
  MIN_MTU,
  OPTION_AUTO_CONFIGURE,
  OPTION_BROADCAST_ADDRESS,
  OPTION_DHCP_MESSAGE_TYPE,
  OPTION_DOMAIN_NAME,
  OPTION_DOMAIN_NAME_SERVER,
  OPTION_DOMAIN_SEARCH,
  OPTION_INTERFACE_MTU,
  OPTION_IP_ADDRESS_LEASE_TIME,
  OPTION_IPV6_ONLY_PREFERRED,
  OPTION_MESSAGE,
  OPTION_RAPID_COMMIT,
  OPTION_REBINDING_TIME,
  OPTION_RENEWAL_TIME,
  OPTION_ROUTER,
  OPTION_SERVER_IDENTIFIER,
  OPTION_SUBNET_MASK,
} from "./options.ts";
import { OptionTable } from "./option_table.ts";
import { OptionWishes } from "./option_wishes.ts";
import { readAddresses, readPlainText } from "./option_values.ts";

/** A DHCPOFFER, DHCPACK or DHCPNAK. One object is used for every message. */
export class Dhcp4Reply {
  /** Option 53: `DHCPOFFER`, `DHCPACK` or `DHCPNAK`. */
  messageType: i32 = 0;
  /** `xid`. */
  xid: u32 = 0;
  /** The first six bytes of `chaddr`. */
  readonly chaddr: Uint8Array = new Uint8Array(6);
  /** `yiaddr`, unchecked. */
  yiaddr: u32 = 0;
  /** Server identifier (option 54); 0 when absent or no host's address. */
  server: u32 = 0;
  /** Lease time in seconds (option 51) when `hasLeaseTime`. */
  leaseTime: u32 = 0;
  /** Whether there is a lease time. */
  hasLeaseTime: bool = false;
  /** Renewal time in seconds (option 58) when `hasT1`. */
  t1: u32 = 0;
  /** Whether there is a renewal time. */
  hasT1: bool = false;
  /** Rebinding time in seconds (option 59) when `hasT2`. */
  t2: u32 = 0;
  /** Whether there is a rebinding time. */
  hasT2: bool = false;
  /** Bits of the subnet mask (option 1), 1–32; 0 when absent or no mask. */
  prefixLength: i32 = 0;
  /** Broadcast address (option 28); 0 when absent. */
  broadcast: u32 = 0;
  /** The first usable router (option 3); 0 when there is none. */
  router: u32 = 0;
  /** Name servers (option 6): the first `nameServerCount` elements. */
  readonly nameServers: Uint32Array = new Uint32Array(MAX_NAME_SERVERS);
  /** Usable name servers. */
  nameServerCount: i32 = 0;
  /** MTU in bytes (option 26), at least 576; 0 when absent. */
  mtu: i32 = 0;
  /** Domain name (option 15, the first); empty when absent. */
  readonly domain: Text = new Text(MAX_NAME_LENGTH);
  /** Domains to search (option 119, or several names in option 15), one space between. */
  readonly search: Text = new Text(MAX_SEARCH_LENGTH);
  /** `siaddr`, unchecked: the server of the next boot stage, never the server identifier. */
  siaddr: u32 = 0;
  /** `sname` as text; empty when it holds options, or no such text up to a NUL. */
  readonly serverName: Text = new Text(LENGTH_SNAME);
  /** `file` as text; empty when it holds options, or no such text up to a NUL. */
  readonly bootFile: Text = new Text(LENGTH_FILE);
  /** Whether the server took our offer of a two-message exchange (option 80). */
  rapidCommit: bool = false;
  /** Seconds to do without IPv4 (option 108) when `hasIpv6OnlyWait`; 300 is the least that counts. */
  ipv6OnlyWait: u32 = 0;
  /** Whether we can do without IPv4. */
  hasIpv6OnlyWait: bool = false;
  /** Whether a link-local address may be chosen (option 116) when `hasAutoConfigure`. */
  autoConfigure: bool = false;
  /** Whether the server says so. */
  hasAutoConfigure: bool = false;
  /** What the server has to say (option 56), for the log: printable, other bytes as `\xNN`. */
  readonly message: Text = new Text(MAX_MESSAGE_LENGTH);
  /** All options. */
  readonly options: OptionTable = new OptionTable();
  /** What the operator says about options; nothing at first. */
  wishes: OptionWishes = new OptionWishes();
  private view: Dhcp4Message = new Dhcp4Message();
  private iterator: OptionIterator = new OptionIterator();
  private routers: Uint32Array = new Uint32Array(1);
  private name: Text = new Text(MAX_NAME_LENGTH);
  private otherSearch: Text = new Text(MAX_SEARCH_LENGTH);

  /**
   * Reads the message `buf[at..at+length)`. Returns `DHCP_TAKEN`, or a `DROP_DHCP_*` reason, after
   * which the fields mean nothing. Whether the message is for us is the caller's to decide.
   */
  decode(buf: Uint8Array, at: i32, length: i32): i32 {
    const view: Dhcp4Message = this.view;
    const problem: i32 = view.set(buf, at, length);
    if (problem !== DHCP_TAKEN) return problem;
    if (view.op !== BOOTREPLY) return DROP_DHCP_OP;
    if (view.htype !== HTYPE_ETHERNET || view.hlen !== HLEN_ETHERNET) return DROP_DHCP_HARDWARE;
    this.options.read(view, this.iterator);
    this.wishes.strip(this.options);
    if (!this.options.has(OPTION_DHCP_MESSAGE_TYPE)) return DROP_DHCP_NO_TYPE;
    this.messageType = this.options.byte(OPTION_DHCP_MESSAGE_TYPE);
    if (
      this.messageType !== DHCPOFFER && this.messageType !== DHCPACK && this.messageType !== DHCPNAK
    ) {
      return DROP_DHCP_TYPE;
    }
    this.xid = view.xid;
    this.yiaddr = view.yiaddr;
    this.siaddr = view.siaddr;
    copyBytes(this.chaddr, 0, buf, view.chaddrAt, 6);
    this.takeAddresses();
    this.takeTimes();
    this.takeNumbers();
    this.takeNames();
    this.takeFields(buf, at);
    return DHCP_TAKEN;
  }

  /** Whether an option that the operator requires is missing. */
  get isIncomplete(): bool {
    return this.wishes.lacks(this.messageType, this.options);
  }

  /** Options of addresses. */
  private takeAddresses(): void {
    const options: OptionTable = this.options;
    const server: u32 = this.wordOf(OPTION_SERVER_IDENTIFIER);
    this.server = isHostAddress(server) ? server : 0;
    const broadcast: u32 = this.wordOf(OPTION_BROADCAST_ADDRESS);
    this.broadcast = broadcast === ALL_ONES || isHostAddress(broadcast) ? broadcast : 0;
    this.prefixLength = prefixLengthOf(this.wordOf(OPTION_SUBNET_MASK));
    const routers: i32 = readAddresses(options, OPTION_ROUTER, this.routers);
    this.router = routers > 0 ? this.routers[0] : 0;
    this.nameServerCount = readAddresses(options, OPTION_DOMAIN_NAME_SERVER, this.nameServers);
  }

  /** Options of times. */
  private takeTimes(): void {
    this.hasLeaseTime = this.options.has(OPTION_IP_ADDRESS_LEASE_TIME);
    this.leaseTime = this.wordOf(OPTION_IP_ADDRESS_LEASE_TIME);
    this.hasT1 = this.options.has(OPTION_RENEWAL_TIME);
    this.t1 = this.wordOf(OPTION_RENEWAL_TIME);
    this.hasT2 = this.options.has(OPTION_REBINDING_TIME);
    this.t2 = this.wordOf(OPTION_REBINDING_TIME);
    this.hasIpv6OnlyWait = this.options.has(OPTION_IPV6_ONLY_PREFERRED);
    this.ipv6OnlyWait = this.wordOf(OPTION_IPV6_ONLY_PREFERRED);
  }

  /** Options of small numbers. */
  private takeNumbers(): void {
    const options: OptionTable = this.options;
    const mtu: i32 = options.has(OPTION_INTERFACE_MTU) ? options.half(OPTION_INTERFACE_MTU) : 0;
    this.mtu = mtu >= MIN_MTU ? mtu : 0;
    this.rapidCommit = options.has(OPTION_RAPID_COMMIT);
    const choice: i32 = options.has(OPTION_AUTO_CONFIGURE)
      ? options.byte(OPTION_AUTO_CONFIGURE)
      : -1;
    this.hasAutoConfigure = choice === 0 || choice === 1;
    this.autoConfigure = choice === 1;
  }

  /** Options of names. */
  private takeNames(): void {
    const options: OptionTable = this.options;
    readDomainName(
      options.bytes,
      options.at(OPTION_DOMAIN_NAME),
      options.length(OPTION_DOMAIN_NAME),
      this.domain,
      this.search,
    );
    // Option 119 is made for this; several names in option 15 are an old habit (RFC 3397 §1).
    const at: i32 = options.at(OPTION_DOMAIN_SEARCH);
    const length: i32 = options.length(OPTION_DOMAIN_SEARCH);
    if (readSearchList(options.bytes, at, length, this.name, this.otherSearch)) {
      this.search.clear().raw(this.otherSearch.bytes, 0, this.otherSearch.length);
    }
    this.message.clear().printable(
      options.bytes,
      options.at(OPTION_MESSAGE),
      options.length(OPTION_MESSAGE),
    );
  }

  /** `sname` and `file`, unless they hold options. */
  private takeFields(buf: Uint8Array, at: i32): void {
    this.bootFile.clear();
    this.serverName.clear();
    if ((this.iterator.overload & 1) === 0) {
      readField(buf, at + AT_FILE, LENGTH_FILE, this.bootFile);
    }
    if ((this.iterator.overload & 2) === 0) {
      readField(buf, at + AT_SNAME, LENGTH_SNAME, this.serverName);
    }
  }

  /** The number in an option of 4 bytes; 0 when it is absent. */
  private wordOf(code: i32): u32 {
    return this.options.has(code) ? this.options.word(code) : 0;
  }
}

/** Reads the text before the first NUL of `buf[at..at+len)`; there must be one (RFC 2131 §2). */
function readField(buf: Uint8Array, at: i32, len: i32, out: Text): void {
  let length: i32 = 0;
  while (length < len && i32(buf[at + length]) !== 0) length += 1;
  if (length < len) readPlainText(buf, at, length, out);
}
