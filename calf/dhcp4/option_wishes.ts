/**
 * What the operator says about single options: those without which a message does not count, those to
 * ask for besides our own, and those to do without.
 *
 * @module
 */

import { parseSmall } from "../sdk/parse.ts";
import { OptionTable } from "./option_table.ts";
import {
  DHCPNAK,
  OPTION_CLIENT_IDENTIFIER,
  OPTION_DHCP_MESSAGE_TYPE,
  OPTION_IP_ADDRESS_LEASE_TIME,
  OPTION_RAPID_COMMIT,
  OPTION_REBINDING_TIME,
  OPTION_RENEWAL_TIME,
  OPTION_SERVER_IDENTIFIER,
  OPTION_SUBNET_MASK,
} from "./options.ts";

/** The most codes of a list, as in schema/values.ts. */
export const MAX_OPTION_CODES: i32 = 16;

/** Where `OptionCodes.read()` puts its codes before all of them are known to be good. */
const scratch: Uint8Array = new Uint8Array(MAX_OPTION_CODES);

/** A short list of option codes. */
export class OptionCodes {
  /** The codes are `codes[0..length)`. */
  readonly codes: Uint8Array = new Uint8Array(MAX_OPTION_CODES);
  /** Number of codes. */
  length: i32 = 0;

  /**
   * Reads decimal codes from 1 to 254 with one space between; an empty text is an empty list. False, and
   * nothing changes, when the text is anything else, or has more than `MAX_OPTION_CODES`.
   */
  read(buf: Uint8Array, at: i32, len: i32): bool {
    let count: i32 = 0;
    let from: i32 = 0;
    while (len > 0 && from <= len) {
      let to: i32 = from;
      while (to < len && i32(buf[at + to]) !== 32) to += 1;
      const code: i32 = parseSmall(buf, at + from, to - from, 254);
      if (code < 1 || count === MAX_OPTION_CODES) return false;
      scratch[count] = u8(code);
      count += 1;
      from = to + 1;
    }
    for (let i: i32 = 0; i < count; i++) this.codes[i] = scratch[i];
    this.length = count;
    return true;
  }

  /** Whether `code` is in the list. */
  has(code: i32): bool {
    for (let i: i32 = 0; i < this.length; i++) {
      if (i32(this.codes[i]) === code) return true;
    }
    return false;
  }
}

/** See the module's description. */
export class OptionWishes {
  /** A DHCPOFFER or DHCPACK without one of these is ignored; they are asked for. */
  readonly required: OptionCodes = new OptionCodes();
  /** Asked for besides our own. */
  readonly requested: OptionCodes = new OptionCodes();
  /** Neither asked for nor used, but for those that are required. */
  readonly unwanted: OptionCodes = new OptionCodes();

  /** Whether `code` is not to be asked for. */
  avoids(code: i32): bool {
    return this.unwanted.has(code) && !this.required.has(code);
  }

  /** Makes what is not wanted absent from `options`, but for what the exchange itself depends on. */
  strip(options: OptionTable): void {
    for (let i: i32 = 0; i < this.unwanted.length; i++) {
      const code: i32 = i32(this.unwanted.codes[i]);
      if (this.avoids(code) && !steersExchange(code)) options.remove(code);
    }
  }

  /** Whether a message of this type is to have an option that is absent from `options`. */
  lacks(messageType: i32, options: OptionTable): bool {
    // A DHCPNAK has nothing but its server (RFC 2131 §4.3.1, table 3).
    if (messageType === DHCPNAK) return false;
    for (let i: i32 = 0; i < this.required.length; i++) {
      if (!options.has(i32(this.required.codes[i]))) return true;
    }
    return false;
  }
}

/** Options by which messages and leases are told apart: without them an exchange would go wrong. */
function steersExchange(code: i32): bool {
  switch (code) {
    case OPTION_SUBNET_MASK:
    case OPTION_IP_ADDRESS_LEASE_TIME:
    case OPTION_DHCP_MESSAGE_TYPE:
    case OPTION_SERVER_IDENTIFIER:
    case OPTION_RENEWAL_TIME:
    case OPTION_REBINDING_TIME:
    case OPTION_CLIENT_IDENTIFIER:
    case OPTION_RAPID_COMMIT:
      return true;
    default:
      return false;
  }
}
