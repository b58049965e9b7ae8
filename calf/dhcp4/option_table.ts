/**
 * The options of one message, put together and sorted by their codes.
 *
 * @module
 */

import { copyBytes, fillBytes, getU16, getU32 } from "../sdk/bytes.ts";
import { Dhcp4Message, OptionIterator } from "./message.ts";
import {
  MAX_MESSAGE_SIZE,
  OPTION_AUTO_CONFIGURE,
  OPTION_BROADCAST_ADDRESS,
  OPTION_DHCP_MESSAGE_TYPE,
  OPTION_INTERFACE_MTU,
  OPTION_IP_ADDRESS_LEASE_TIME,
  OPTION_IPV6_ONLY_PREFERRED,
  OPTION_RAPID_COMMIT,
  OPTION_REBINDING_TIME,
  OPTION_RENEWAL_TIME,
  OPTION_SERVER_IDENTIFIER,
  OPTION_SUBNET_MASK,
} from "./options.ts";

const CODES: i32 = 256;

/**
 * The options of one message. The parts of an option of variable length are put together in the
 * order in which they stand in the message (RFC 3396 §7). Of an option of fixed length the first one
 * of that length counts, and none of another length. The data of all options lies in one buffer, as
 * large as the longest message that we let servers send; what is in a still longer message and does
 * not fit counts as absent.
 */
export class OptionTable {
  /** The data: that of `code` is `bytes[at(code)..at(code)+length(code))`. */
  readonly bytes: Uint8Array = new Uint8Array(MAX_MESSAGE_SIZE);
  private starts: Int32Array = new Int32Array(CODES);
  private lengths: Int32Array = new Int32Array(CODES);
  private present: Uint8Array = new Uint8Array(CODES);

  /** Makes every option absent. */
  clear(): void {
    fillBytes(this.present, 0, CODES, 0);
    for (let code: i32 = 0; code < CODES; code++) {
      this.starts[code] = 0;
      this.lengths[code] = 0;
    }
  }

  /** Takes the options of `message`, which `set()` has accepted; `options` goes through them. */
  read(message: Dhcp4Message, options: OptionIterator): void {
    this.clear();
    options.begin(message);
    while (options.next()) {
      if (this.counts(options.code, options.length)) {
        this.present[options.code] = 1;
        this.lengths[options.code] += options.length;
      }
    }
    this.makeRoom();
    options.begin(message);
    while (options.next()) {
      if (this.counts(options.code, options.length)) {
        const at: i32 = this.starts[options.code] + this.lengths[options.code];
        copyBytes(this.bytes, at, message.buf, options.at, options.length);
        this.present[options.code] = 1;
        this.lengths[options.code] += options.length;
      }
    }
  }

  /** Makes one option absent. */
  remove(code: i32): void {
    this.present[code] = 0;
    this.starts[code] = 0;
    this.lengths[code] = 0;
  }

  /** Becomes a copy of `other`. */
  copyFrom(other: OptionTable): void {
    copyBytes(this.bytes, 0, other.bytes, 0, MAX_MESSAGE_SIZE);
    copyBytes(this.present, 0, other.present, 0, CODES);
    for (let code: i32 = 0; code < CODES; code++) {
      this.starts[code] = other.starts[code];
      this.lengths[code] = other.lengths[code];
    }
  }

  /** Whether the option is there, perhaps without data. */
  has(code: i32): bool {
    return i32(this.present[code]) === 1;
  }

  /** Bytes of data; 0 also when the option is absent. */
  length(code: i32): i32 {
    return this.lengths[code];
  }

  /** Where the data begins in `bytes`. */
  at(code: i32): i32 {
    return this.starts[code];
  }

  /** The number in an option of 1 byte; only when it `has()` one. */
  byte(code: i32): i32 {
    return i32(this.bytes[this.starts[code]]);
  }

  /** The number in an option of 2 bytes; only when it `has()` one. */
  half(code: i32): i32 {
    return getU16(this.bytes, this.starts[code]);
  }

  /** The number in an option of 4 bytes; only when it `has()` one. */
  word(code: i32): u32 {
    return getU32(this.bytes, this.starts[code]);
  }

  /** Whether an option of `length` bytes adds to what is there of `code`. */
  private counts(code: i32, length: i32): bool {
    if (this.starts[code] < 0) return false;
    const fixed: i32 = fixedLength(code);
    return fixed < 0 || (length === fixed && !this.has(code));
  }

  /**
   * After the lengths are known: gives each option its place and makes all of them empty again.
   * What does not fit gets the place −1.
   */
  private makeRoom(): void {
    let end: i32 = 0;
    for (let code: i32 = 0; code < CODES; code++) {
      const fits: bool = this.lengths[code] <= this.bytes.length - end;
      this.starts[code] = fits ? end : -1;
      if (fits) end += this.lengths[code];
      this.lengths[code] = 0;
      this.present[code] = 0;
    }
  }
}

/** Bytes of an option of fixed length; −1 for one of variable length. */
function fixedLength(code: i32): i32 {
  switch (code) {
    case OPTION_RAPID_COMMIT:
      return 0;
    case OPTION_DHCP_MESSAGE_TYPE:
    case OPTION_AUTO_CONFIGURE:
      return 1;
    case OPTION_INTERFACE_MTU:
      return 2;
    case OPTION_SUBNET_MASK:
    case OPTION_BROADCAST_ADDRESS:
    case OPTION_IP_ADDRESS_LEASE_TIME:
    case OPTION_SERVER_IDENTIFIER:
    case OPTION_RENEWAL_TIME:
    case OPTION_REBINDING_TIME:
    case OPTION_IPV6_ONLY_PREFERRED:
      return 4;
    default:
      return -1;
  }
}
