/**
 * The Client FQDN option (81, RFC 4702), both ways.
 *
 * @module
 */

import { copyBytes, fillBytes } from "../sdk/bytes.ts";
import { Text } from "../sdk/text.ts";
import { isDomainName, MAX_NAME_LENGTH } from "./domain.ts";
import { OPTION_CLIENT_FQDN } from "./options.ts";
import { OptionTable } from "./option_table.ts";
import { readName } from "./option_values.ts";
import { FQDN_BOTH, FQDN_NONE } from "./settings.ts";

/** Flag S: the server is to update the A record (RFC 4702 §2.1). */
export const FQDN_S: i32 = 1;
/** Flag E: the name is in the wire format of RFC 1035 §3.1; else it is ASCII, which is deprecated. */
export const FQDN_E: i32 = 4;
/** Flag N: the server is to update nothing. */
export const FQDN_N: i32 = 8;

/** Flags, RCODE1 and RCODE2 stand before the name. */
const NAME_AT: i32 = 3;
/** Bytes that `writeFqdn()` writes at most: the name, a length before each label, and the root. */
export const MAX_FQDN_LENGTH: i32 = NAME_AT + MAX_NAME_LENGTH + 2;

/**
 * Reads the name in option 81 into `out`: whole, or the part that a server echoes. The other flags
 * only tell what the server does to the DNS, and the RCODEs nothing (§2.2). False without a name that
 * priv accepts.
 */
export function readFqdn(options: OptionTable, out: Text): bool {
  const at: i32 = options.at(OPTION_CLIENT_FQDN) + NAME_AT;
  const length: i32 = options.length(OPTION_CLIENT_FQDN) - NAME_AT;
  out.clear();
  if (length < 1) return false;
  const encoded: bool = (i32(options.bytes[at - NAME_AT]) & FQDN_E) !== 0;
  return encoded
    ? readWireName(options.bytes, at, length, out)
    : readName(options.bytes, at, length, out);
}

/** Labels with their lengths, without compression; a root label may follow, and nothing after it. */
function readWireName(buf: Uint8Array, at: i32, len: i32, out: Text): bool {
  let p: i32 = 0;
  while (p < len && i32(buf[at + p]) !== 0) {
    const label: i32 = i32(buf[at + p]);
    if (p + 1 + label > len) return false;
    if (out.length + 1 + label > MAX_NAME_LENGTH) return false;
    if (out.length > 0) out.ascii(".");
    out.raw(buf, at + p + 1, label);
    p += 1 + label;
  }
  return len - p <= 1 && isDomainName(out.bytes, 0, out.length);
}

/**
 * Writes the data of option 81 for `name`, a name that `isDomainName()` accepts, and the wishes
 * `mode` (`FQDN_NONE`, `FQDN_PTR` or `FQDN_BOTH`) to `out[0..MAX_FQDN_LENGTH)`. The RCODEs are 0
 * (§2.2). A name of one label is sent as a part of a name, without the root (§2.3). Returns the length.
 */
export function writeFqdn(name: Text, mode: i32, out: Uint8Array): i32 {
  fillBytes(out, 0, NAME_AT, 0);
  let flags: i32 = FQDN_E;
  if (mode === FQDN_NONE) flags |= FQDN_N;
  if (mode === FQDN_BOTH) flags |= FQDN_S;
  out[0] = u8(flags);
  // Each label moves by one, which makes room for the length before it in the place of a dot.
  copyBytes(out, NAME_AT + 1, name.bytes, 0, name.length);
  let lengthAt: i32 = NAME_AT;
  let labels: i32 = 1;
  const end: i32 = NAME_AT + 1 + name.length;
  for (let p: i32 = NAME_AT + 1; p < end; p++) {
    if (i32(out[p]) === 0x2e) {
      out[lengthAt] = u8(p - lengthAt - 1);
      lengthAt = p;
      labels += 1;
    }
  }
  out[lengthAt] = u8(end - lengthAt - 1);
  if (labels === 1) return end;
  out[end] = 0;
  return end + 1;
}
