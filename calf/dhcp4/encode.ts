/**
 * The messages that a client sends, each with exactly the fields and options that table 5 of RFC 2131
 * (§4.4.1) allows it.
 *
 * @module
 */

import { copyBytes, fillBytes, putU16, putU32 } from "../sdk/bytes.ts";
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
  DHCPRELEASE,
  DHCPREQUEST,
  FLAG_BROADCAST,
  HLEN_ETHERNET,
  HTYPE_ETHERNET,
  MAGIC_COOKIE,
  MAX_MESSAGE_SIZE,
  MIN_MESSAGE_SIZE,
  OPTION_BROADCAST_ADDRESS,
  OPTION_CLIENT_IDENTIFIER,
  OPTION_DHCP_MESSAGE_TYPE,
  OPTION_DOMAIN_NAME,
  OPTION_DOMAIN_NAME_SERVER,
  OPTION_DOMAIN_SEARCH,
  OPTION_END,
  OPTION_INTERFACE_MTU,
  OPTION_IP_ADDRESS_LEASE_TIME,
  OPTION_MAXIMUM_DHCP_MESSAGE_SIZE,
  OPTION_PARAMETER_REQUEST_LIST,
  OPTION_REBINDING_TIME,
  OPTION_RENEWAL_TIME,
  OPTION_REQUESTED_IP_ADDRESS,
  OPTION_ROUTER,
  OPTION_SERVER_IDENTIFIER,
  OPTION_SUBNET_MASK,
} from "./options.ts";

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
  /** Asks servers to broadcast their answers. Our stack takes unicast ones, so it is off. */
  broadcast: bool = false;
  /** `ciaddr`; 0 while we have no address that answers ARP. */
  ciaddr: u32 = 0;
  /** `chaddr`, and after its type byte the client identifier (RFC 2132 §9.14). */
  readonly chaddr: Uint8Array = new Uint8Array(6);
  /** Option 50; 0 leaves it out. */
  requestedAddress: u32 = 0;
  /** Option 54; 0 leaves it out. */
  server: u32 = 0;
  private end: i32 = 0;

  /** DHCPDISCOVER: who has an address? */
  discover(xid: u32, secs: i32): void {
    this.fill(DHCPDISCOVER, xid, secs, 0, 0, 0);
  }

  /**
   * DHCPREQUEST in SELECTING: we take `address` from `server`. `xid` and `secs` are those of the
   * DHCPDISCOVER. A server that did not say who it is (0) gets no option 54 back.
   */
  requestSelecting(xid: u32, secs: i32, address: u32, server: u32): void {
    this.fill(DHCPREQUEST, xid, secs, 0, address, server);
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

  /**
   * Writes the message at `buf[at]`, where at least 300 bytes must be free. Returns its length: 300,
   * below which some relay agents and servers drop a message.
   */
  encode(buf: Uint8Array, at: i32): i32 {
    fillBytes(buf, at, MIN_MESSAGE_SIZE, 0);
    buf[at + AT_OP] = u8(BOOTREQUEST);
    buf[at + AT_HTYPE] = u8(HTYPE_ETHERNET);
    buf[at + AT_HLEN] = u8(HLEN_ETHERNET);
    putU32(buf, at + AT_XID, this.xid);
    putU16(buf, at + AT_SECS, this.secs);
    putU16(buf, at + AT_FLAGS, this.broadcast ? FLAG_BROADCAST : 0);
    putU32(buf, at + AT_CIADDR, this.ciaddr);
    copyBytes(buf, at + AT_CHADDR, this.chaddr, 0, 6);
    putU32(buf, at + AT_COOKIE, MAGIC_COOKIE);
    this.end = at + AT_OPTIONS;
    // First, because some servers look only there.
    this.putByteOption(buf, OPTION_DHCP_MESSAGE_TYPE, this.messageType);
    this.putClientId(buf);
    if (this.requestedAddress !== 0) {
      this.putWordOption(buf, OPTION_REQUESTED_IP_ADDRESS, this.requestedAddress);
    }
    if (this.server !== 0) this.putWordOption(buf, OPTION_SERVER_IDENTIFIER, this.server);
    if (this.messageType === DHCPDISCOVER || this.messageType === DHCPREQUEST) {
      this.putMaximumSize(buf);
      this.putParameterRequestList(buf);
    }
    buf[this.end] = u8(OPTION_END);
    const length: i32 = this.end + 1 - at;
    return length < MIN_MESSAGE_SIZE ? MIN_MESSAGE_SIZE : length;
  }

  /** Sets all fields but `broadcast` and `chaddr`. */
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

  /** Writes the head of an option. Returns where its `length` bytes of data go. */
  private begin(buf: Uint8Array, code: i32, length: i32): i32 {
    const at: i32 = this.end;
    buf[at] = u8(code);
    buf[at + 1] = u8(length);
    this.end = at + 2 + length;
    return at + 2;
  }

  /** Writes an option of 1 byte. */
  private putByteOption(buf: Uint8Array, code: i32, value: i32): void {
    const at: i32 = this.begin(buf, code, 1);
    buf[at] = u8(value);
  }

  /** Writes an option of 4 bytes. */
  private putWordOption(buf: Uint8Array, code: i32, value: u32): void {
    putU32(buf, this.begin(buf, code, 4), value);
  }

  /** Writes option 61: the hardware type and address. */
  private putClientId(buf: Uint8Array): void {
    const at: i32 = this.begin(buf, OPTION_CLIENT_IDENTIFIER, 7);
    buf[at] = u8(HTYPE_ETHERNET);
    copyBytes(buf, at + 1, this.chaddr, 0, 6);
  }

  /** Writes option 57. */
  private putMaximumSize(buf: Uint8Array): void {
    putU16(buf, this.begin(buf, OPTION_MAXIMUM_DHCP_MESSAGE_SIZE, 2), MAX_MESSAGE_SIZE);
  }

  /** Writes option 55: exactly the options that the decoder reads. */
  private putParameterRequestList(buf: Uint8Array): void {
    const at: i32 = this.begin(buf, OPTION_PARAMETER_REQUEST_LIST, 11);
    buf[at] = u8(OPTION_SUBNET_MASK);
    buf[at + 1] = u8(OPTION_ROUTER);
    buf[at + 2] = u8(OPTION_DOMAIN_NAME_SERVER);
    buf[at + 3] = u8(OPTION_DOMAIN_NAME);
    buf[at + 4] = u8(OPTION_INTERFACE_MTU);
    buf[at + 5] = u8(OPTION_BROADCAST_ADDRESS);
    buf[at + 6] = u8(OPTION_IP_ADDRESS_LEASE_TIME);
    buf[at + 7] = u8(OPTION_SERVER_IDENTIFIER);
    buf[at + 8] = u8(OPTION_RENEWAL_TIME);
    buf[at + 9] = u8(OPTION_REBINDING_TIME);
    buf[at + 10] = u8(OPTION_DOMAIN_SEARCH);
  }
}
