/**
 * What a server's message says, as numbers and text. An option of a wrong length or with a value that makes
 * no sense is as good as absent; only what the whole message depends on makes it refused.
 *
 * @module
 */

import { copyBytes, getU16, getU32 } from "../sdk/bytes.ts";
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
import { Dhcp4Message, OptionIterator } from "./message.ts";
import { OptionBytes } from "./option_bytes.ts";
import {
  BOOTREPLY,
  DHCPACK,
  DHCPNAK,
  DHCPOFFER,
  HLEN_ETHERNET,
  HTYPE_ETHERNET,
  MAX_MESSAGE_SIZE,
  MAX_NAME_SERVERS,
  MAX_SEARCH_LENGTH,
  MIN_MTU,
  OPTION_BROADCAST_ADDRESS,
  OPTION_CLIENT_IDENTIFIER,
  OPTION_DHCP_MESSAGE_TYPE,
  OPTION_DOMAIN_NAME,
  OPTION_DOMAIN_NAME_SERVER,
  OPTION_DOMAIN_SEARCH,
  OPTION_INTERFACE_MTU,
  OPTION_IP_ADDRESS_LEASE_TIME,
  OPTION_REBINDING_TIME,
  OPTION_RENEWAL_TIME,
  OPTION_ROUTER,
  OPTION_SERVER_IDENTIFIER,
  OPTION_SUBNET_MASK,
} from "./options.ts";

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
  /** Client identifier (option 61) as the server echoes it (RFC 6842); empty when it does not. */
  readonly clientId: OptionBytes = new OptionBytes(255);
  private message: Dhcp4Message = new Dhcp4Message();
  private options: OptionIterator = new OptionIterator();
  private routers: OptionBytes = new OptionBytes(MAX_MESSAGE_SIZE);
  private servers: OptionBytes = new OptionBytes(MAX_MESSAGE_SIZE);
  private domainBytes: OptionBytes = new OptionBytes(MAX_MESSAGE_SIZE);
  private searchBytes: OptionBytes = new OptionBytes(MAX_MESSAGE_SIZE);
  private name: Text = new Text(MAX_NAME_LENGTH);
  private otherSearch: Text = new Text(MAX_SEARCH_LENGTH);

  /**
   * Reads the message `buf[at..at+length)`. Returns `DHCP_TAKEN`, or a `DROP_DHCP_*` reason, after
   * which the fields mean nothing. Whether the message is for us is the caller's to decide.
   */
  decode(buf: Uint8Array, at: i32, length: i32): i32 {
    const problem: i32 = this.message.set(buf, at, length);
    if (problem !== DHCP_TAKEN) return problem;
    if (this.message.op !== BOOTREPLY) return DROP_DHCP_OP;
    if (this.message.htype !== HTYPE_ETHERNET || this.message.hlen !== HLEN_ETHERNET) {
      return DROP_DHCP_HARDWARE;
    }
    this.clear();
    this.xid = this.message.xid;
    this.yiaddr = this.message.yiaddr;
    copyBytes(this.chaddr, 0, buf, this.message.chaddrAt, 6);
    this.options.begin(this.message);
    while (this.options.next()) {
      this.takeFixed(buf, this.options.code, this.options.at, this.options.length);
      this.collect(buf, this.options.code, this.options.at, this.options.length);
    }
    if (this.messageType === 0) return DROP_DHCP_NO_TYPE;
    if (
      this.messageType !== DHCPOFFER && this.messageType !== DHCPACK && this.messageType !== DHCPNAK
    ) {
      return DROP_DHCP_TYPE;
    }
    this.finish();
    return DHCP_TAKEN;
  }

  /** Makes every option absent. */
  private clear(): void {
    this.messageType = 0;
    this.server = 0;
    this.leaseTime = 0;
    this.hasLeaseTime = false;
    this.t1 = 0;
    this.hasT1 = false;
    this.t2 = 0;
    this.hasT2 = false;
    this.prefixLength = 0;
    this.broadcast = 0;
    this.router = 0;
    this.nameServerCount = 0;
    this.mtu = 0;
    this.domain.clear();
    this.search.clear();
    this.clientId.clear();
    this.routers.clear();
    this.servers.clear();
    this.domainBytes.clear();
    this.searchBytes.clear();
  }

  /** An option of fixed length: the first with the right length and a usable value counts. */
  private takeFixed(buf: Uint8Array, code: i32, at: i32, length: i32): void {
    if (code === OPTION_DHCP_MESSAGE_TYPE) {
      if (length === 1 && this.messageType === 0) this.messageType = i32(buf[at]);
    } else if (code === OPTION_INTERFACE_MTU) {
      if (length === 2 && this.mtu === 0 && getU16(buf, at) >= MIN_MTU) this.mtu = getU16(buf, at);
    } else if (length === 4) {
      this.takeWord(code, getU32(buf, at));
    }
  }

  /** An option of 4 bytes. */
  private takeWord(code: i32, value: u32): void {
    switch (code) {
      case OPTION_SUBNET_MASK:
        if (this.prefixLength === 0) this.prefixLength = prefixLengthOf(value);
        break;
      case OPTION_BROADCAST_ADDRESS:
        if (this.broadcast === 0 && (value === ALL_ONES || isHostAddress(value))) {
          this.broadcast = value;
        }
        break;
      case OPTION_SERVER_IDENTIFIER:
        if (this.server === 0 && isHostAddress(value)) this.server = value;
        break;
      case OPTION_IP_ADDRESS_LEASE_TIME:
        if (!this.hasLeaseTime) this.leaseTime = value;
        this.hasLeaseTime = true;
        break;
      case OPTION_RENEWAL_TIME:
        if (!this.hasT1) this.t1 = value;
        this.hasT1 = true;
        break;
      case OPTION_REBINDING_TIME:
        if (!this.hasT2) this.t2 = value;
        this.hasT2 = true;
        break;
      default:
        break;
    }
  }

  /** An option of variable length: the parts are put together (RFC 3396 §7). */
  private collect(buf: Uint8Array, code: i32, at: i32, length: i32): void {
    switch (code) {
      case OPTION_ROUTER:
        this.routers.append(buf, at, length);
        break;
      case OPTION_DOMAIN_NAME_SERVER:
        this.servers.append(buf, at, length);
        break;
      case OPTION_DOMAIN_NAME:
        this.domainBytes.append(buf, at, length);
        break;
      case OPTION_DOMAIN_SEARCH:
        this.searchBytes.append(buf, at, length);
        break;
      case OPTION_CLIENT_IDENTIFIER:
        this.clientId.append(buf, at, length);
        break;
      default:
        break;
    }
  }

  /** Makes values of the options that were put together. */
  private finish(): void {
    if (this.routers.length % 4 === 0) {
      for (let i: i32 = 0; i < this.routers.length && this.router === 0; i += 4) {
        const router: u32 = getU32(this.routers.bytes, i);
        if (isHostAddress(router)) this.router = router;
      }
    }
    if (this.servers.length % 4 === 0) {
      for (let i: i32 = 0; i < this.servers.length; i += 4) {
        const server: u32 = getU32(this.servers.bytes, i);
        if (isHostAddress(server) && this.nameServerCount < MAX_NAME_SERVERS) {
          this.nameServers[this.nameServerCount] = server;
          this.nameServerCount += 1;
        }
      }
    }
    readDomainName(this.domainBytes.bytes, 0, this.domainBytes.length, this.domain, this.search);
    // Option 119 is made for this; several names in option 15 are an old habit (RFC 3397 §1).
    const bytes: OptionBytes = this.searchBytes;
    if (readSearchList(bytes.bytes, bytes.length, this.name, this.otherSearch)) {
      this.search.clear().raw(this.otherSearch.bytes, 0, this.otherSearch.length);
    }
  }
}
