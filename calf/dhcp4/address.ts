/**
 * What kind of IPv4 address a number is. Addresses are u32 with the first octet in the top byte.
 *
 * @module
 */

/** 255.255.255.255, and the mask of 32 bits. */
export const ALL_ONES: u32 = 0xffffffff;

/**
 * True for an address that one host can have: not in 0.0.0.0/8 or 127.0.0.0/8 (RFC 1122 §3.2.1.3),
 * not multicast, not 255.255.255.255. 240.0.0.0/4 is unicast to Linux and passes.
 */
export function isHostAddress(a: u32): bool {
  const first: u32 = u32(a >>> 24);
  if (first === 0 || first === 127 || a === ALL_ONES) return false;
  return first < 224 || first > 239;
}

/**
 * True for an address that a host can have in a subnet of `prefixLength` (1–32) bits: up to 30 bits,
 * neither the subnet's own address nor its broadcast address (RFC 3021 exempts 31 bits).
 */
export function isHostInSubnet(a: u32, prefixLength: i32): bool {
  if (!isHostAddress(a)) return false;
  if (prefixLength > 30) return true;
  const hosts: u32 = u32(ALL_ONES >>> prefixLength);
  const host: u32 = u32(a & hosts);
  return host !== 0 && host !== hosts;
}

/** Bits of a subnet mask, 1–32; 0 when the mask is 0 or its ones are not contiguous. */
export function prefixLengthOf(mask: u32): i32 {
  let bits: i32 = 0;
  let rest: u32 = mask;
  while (u32(rest & 0x80000000) !== 0) {
    bits += 1;
    rest = u32(rest << 1);
  }
  return rest === 0 ? bits : 0;
}

/**
 * The prefix length of an address's class (RFC 791 §3.2), for a server that gives no mask, as dhcpcd
 * and systemd-networkd do. Beyond the classes A, B and C it is 32: nobody else is on-link.
 */
export function classPrefixLength(a: u32): i32 {
  if (a < 0x80000000) return 8;
  if (a < 0xc0000000) return 16;
  if (a < 0xe0000000) return 24;
  return 32;
}
