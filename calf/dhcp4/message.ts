/**
 * A checked view of a DHCP message (RFC 2131 §2): the fixed fields, and an iterator over the options
 * wherever they lie. Nothing is copied; a view is valid as long as its buffer is unchanged.
 *
 * @module
 */

import { getU16, getU32 } from "../sdk/bytes.ts";
import { DHCP_TAKEN, DROP_DHCP_COOKIE, DROP_DHCP_SHORT } from "./drops.ts";
import { MAGIC_COOKIE, OPTION_END, OPTION_OVERLOAD, OPTION_PAD } from "./options.ts";

/** Offset of `op`, 1 byte. */
export const AT_OP: i32 = 0;
/** Offset of `htype`, 1 byte. */
export const AT_HTYPE: i32 = 1;
/** Offset of `hlen`, 1 byte. */
export const AT_HLEN: i32 = 2;
/** Offset of `xid`, 4 bytes. */
export const AT_XID: i32 = 4;
/** Offset of `secs`, 2 bytes. */
export const AT_SECS: i32 = 8;
/** Offset of `flags`, 2 bytes. */
export const AT_FLAGS: i32 = 10;
/** Offset of `ciaddr`, 4 bytes. */
export const AT_CIADDR: i32 = 12;
/** Offset of `yiaddr`, 4 bytes. */
export const AT_YIADDR: i32 = 16;
/** Offset of `siaddr`, 4 bytes. */
export const AT_SIADDR: i32 = 20;
/** Offset of `giaddr`, 4 bytes. */
export const AT_GIADDR: i32 = 24;
/** Offset of `chaddr`, 16 bytes. */
export const AT_CHADDR: i32 = 28;
/** Offset of `sname`, 64 bytes. */
export const AT_SNAME: i32 = 44;
/** Offset of `file`, 128 bytes. */
export const AT_FILE: i32 = 108;
/** Bytes of `sname`. */
export const LENGTH_SNAME: i32 = 64;
/** Bytes of `file`. */
export const LENGTH_FILE: i32 = 128;
/** Offset of the magic cookie, 4 bytes. */
export const AT_COOKIE: i32 = 236;
/** Offset of the first option. */
export const AT_OPTIONS: i32 = 240;

/** A DHCP message in a buffer. */
export class Dhcp4Message {
  /** The buffer. */
  buf: Uint8Array = new Uint8Array(0);
  /** Where the message begins in `buf`. */
  at: i32 = 0;
  /** Bytes of the message. */
  length: i32 = 0;

  /**
   * Looks at `buf[at..at+length)`. Returns `DHCP_TAKEN`, or `DROP_DHCP_SHORT` or `DROP_DHCP_COOKIE`,
   * after which no other member may be used. A message below BOOTP's 300 bytes is accepted.
   */
  set(buf: Uint8Array, at: i32, length: i32): i32 {
    this.buf = buf;
    this.at = at;
    this.length = length;
    if (at < 0 || length < AT_OPTIONS || at + length > buf.length) return DROP_DHCP_SHORT;
    return getU32(buf, at + AT_COOKIE) === MAGIC_COOKIE ? DHCP_TAKEN : DROP_DHCP_COOKIE;
  }

  /** `op`: BOOTREQUEST or BOOTREPLY. */
  get op(): i32 {
    return i32(this.buf[this.at + AT_OP]);
  }

  /** `htype`: hardware type, 1 for Ethernet. */
  get htype(): i32 {
    return i32(this.buf[this.at + AT_HTYPE]);
  }

  /** `hlen`: bytes of `chaddr` in use. */
  get hlen(): i32 {
    return i32(this.buf[this.at + AT_HLEN]);
  }

  /** `xid`: the client's transaction id. */
  get xid(): u32 {
    return getU32(this.buf, this.at + AT_XID);
  }

  /** `secs`: seconds since the client began. */
  get secs(): i32 {
    return getU16(this.buf, this.at + AT_SECS);
  }

  /** `flags`: the BROADCAST bit. */
  get flags(): i32 {
    return getU16(this.buf, this.at + AT_FLAGS);
  }

  /** `ciaddr`: the client's address, when it has one. */
  get ciaddr(): u32 {
    return getU32(this.buf, this.at + AT_CIADDR);
  }

  /** `yiaddr`: the address that the client gets. */
  get yiaddr(): u32 {
    return getU32(this.buf, this.at + AT_YIADDR);
  }

  /** `siaddr`: the next server in bootstrap; never the server identifier. */
  get siaddr(): u32 {
    return getU32(this.buf, this.at + AT_SIADDR);
  }

  /** `giaddr`: the relay agent. */
  get giaddr(): u32 {
    return getU32(this.buf, this.at + AT_GIADDR);
  }

  /** Where `chaddr` begins in `buf`. */
  get chaddrAt(): i32 {
    return this.at + AT_CHADDR;
  }
}

const AREA_OPTIONS: i32 = 0;
const AREA_FILE: i32 = 1;
const AREA_SNAME: i32 = 2;
const AREA_NONE: i32 = 3;

/**
 * Goes through the options: the options field, then `file`, then `sname` when option 52 in the
 * options field says so (RFC 3396 §5 gives the order). Each area is walked once at most; option 52 in
 * `file` or `sname` means nothing. An area ends with END, with its last byte, or where an option
 * would pass its end: what came before is good, whatever the rest is.
 */
export class OptionIterator {
  /** After `next()`: the option's code. */
  code: i32 = 0;
  /** After `next()`: where the option's data begins in the message's buffer. */
  at: i32 = 0;
  /** After `next()`: bytes of data. */
  length: i32 = 0;
  /** Which fields hold options, as far as is known yet: 1 `file`, 2 `sname`, 3 both. */
  overload: i32 = 0;
  private buf: Uint8Array = new Uint8Array(0);
  private messageAt: i32 = 0;
  private area: i32 = AREA_NONE;
  private position: i32 = 0;
  private end: i32 = 0;

  /** Begins before the first option of `message`, which `set()` has accepted. */
  begin(message: Dhcp4Message): void {
    this.buf = message.buf;
    this.messageAt = message.at;
    this.area = AREA_OPTIONS;
    this.position = message.at + AT_OPTIONS;
    this.end = message.at + message.length;
    this.overload = 0;
  }

  /** Goes to the next option; false when there is none. PAD and END are not shown. */
  next(): bool {
    while (this.area !== AREA_NONE) {
      if (this.nextInArea()) return true;
      this.nextArea();
    }
    return false;
  }

  /** Goes to the next option of this area; false when there is none. */
  private nextInArea(): bool {
    let p: i32 = this.position;
    while (p < this.end && i32(this.buf[p]) === OPTION_PAD) p++;
    if (p + 2 > this.end || i32(this.buf[p]) === OPTION_END) return false;
    const length: i32 = i32(this.buf[p + 1]);
    if (p + 2 + length > this.end) return false;
    this.code = i32(this.buf[p]);
    this.at = p + 2;
    this.length = length;
    this.position = p + 2 + length;
    if (this.code === OPTION_OVERLOAD) this.noteOverload();
    return true;
  }

  /** Option 52: the first usable one counts, and `file` and `sname` are only read after one. */
  private noteOverload(): void {
    if (this.length !== 1 || this.overload !== 0) return;
    const value: i32 = i32(this.buf[this.at]);
    if (value <= 3) this.overload = value;
  }

  /** Goes on to the next area that holds options. */
  private nextArea(): void {
    if (this.area === AREA_OPTIONS && (this.overload & 1) !== 0) {
      this.area = AREA_FILE;
      this.position = this.messageAt + AT_FILE;
      this.end = this.messageAt + AT_COOKIE;
    } else if (this.area !== AREA_SNAME && (this.overload & 2) !== 0) {
      this.area = AREA_SNAME;
      this.position = this.messageAt + AT_SNAME;
      this.end = this.messageAt + AT_FILE;
    } else {
      this.area = AREA_NONE;
    }
  }
}
