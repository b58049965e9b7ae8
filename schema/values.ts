/**
 * The types of the values in the key-value store, each a type and, under the same name, the `ValueType` that
 * reads it. Names of hosts and domains are narrow enough that no text can add a line or a word to resolv.conf.
 *
 * @module
 */

import {
  accept,
  defineType,
  type Parsed,
  parseDecimal,
  refuse,
  type ValueType,
} from "./value_type.ts";

export { MAX_VALUE_LENGTH, type Parsed, type ValueType } from "./value_type.ts";

/** Text that has been through a `ValueType`: only `parse` gives one. */
export type Checked<Name extends string> = string & { readonly checkedAs: Name };

/** An IPv4 address of one host, such as `192.0.2.1`. */
export type Ipv4Address = Checked<"Ipv4Address">;
/** An IPv4 address to which a broadcast is sent, such as `192.0.2.255`. */
export type Ipv4Broadcast = Checked<"Ipv4Broadcast">;
/** A host's IPv4 address with the length of its network's prefix in bits, 1 to 32. */
export interface Ipv4Cidr {
  /** The address without its prefix. */
  readonly address: Ipv4Address;
  /** Bits of the netmask, 1 to 32. */
  readonly prefixLength: number;
}
/** The MTU of an interface in bytes, 576 to 65535. */
export type Mtu = number;
/** A domain name in lower case without a final dot. */
export type DomainName = Checked<"DomainName">;
/** 1 to 16 domain names. */
export type DomainNameList = readonly DomainName[];
/** A unicast Ethernet address in lower case, such as `02:00:00:00:00:01`. */
export type MacAddress = Checked<"MacAddress">;
/** 128 random bits as 32 hexadecimal digits in lower case. */
export type Seed = Checked<"Seed">;
/** A time in seconds, 1 to `INFINITE_SECONDS`. */
export type Seconds = number;
/** A route: its destination in canonical form, and the next hop, null when it is on the link. */
export interface Ipv4Route {
  /** Where it leads: network and length of its prefix in bits, 0 to 32, such as `10.0.0.0/8`. */
  readonly destination: string;
  /** The router, or null. */
  readonly nextHop: Ipv4Address | null;
}
/** A server by its address or its name. */
export type ServerName = Ipv4Address | DomainName;

/** 1 to 16 codes of DHCPv4 options, 1 to 254 (RFC 2132 §2). */
export type OptionCodes = readonly number[];

/** Most codes in an `OptionCodes`. */
export const MAX_OPTION_CODES = 16;
/** The time that never ends (RFC 2131 §3.3); its text is `infinite`. */
export const INFINITE_SECONDS = 0xffffffff;
/** Most names in a `DomainNameList`. */
export const MAX_DOMAIN_NAMES = 16;

/** The four bytes as one unsigned number, or -1 when the text is not a dotted quad without leading zeros. */
function parseQuad(text: string): number {
  const parts = text.length <= 15 ? text.split(".") : [];
  if (parts.length !== 4) return -1;
  let address = 0;
  for (const part of parts) {
    const byte = parseDecimal(part, 255);
    if (byte < 0) return -1;
    address = address * 256 + byte;
  }
  return address;
}

/** Why an address cannot be a host's, or null. 240.0.0.0/4 is unicast to Linux and passes. */
function notUnicast(address: number): string | null {
  const first = address >>> 24;
  if (first === 0) return "in 0.0.0.0/8";
  if (first === 127) return "a loopback address";
  if (first >= 224 && first <= 239) return "a multicast address";
  if (address === 0xffffffff) return "the broadcast address";
  return null;
}

/** Reads an `Ipv4Address`: unicast, not in 0.0.0.0/8 or 127.0.0.0/8 (RFC 1122 §3.2.1.3). */
export const Ipv4Address: ValueType<Ipv4Address> = defineType(
  "Ipv4Address",
  "dotted quad without leading zeros; unicast, not in 0.0.0.0/8 or 127.0.0.0/8",
  ["192.0.2.1"],
  {
    parse(text: string): Parsed<Ipv4Address> {
      const address = parseQuad(text);
      if (address < 0) return refuse("not an IPv4 address");
      const reason = notUnicast(address);
      return reason === null ? accept(text as Ipv4Address) : refuse(reason);
    },
    format: (value) => value,
  },
);

/** Reads an `Ipv4Broadcast`: as `Ipv4Address`, and 255.255.255.255 as well (RFC 1122 §3.2.1.3). */
export const Ipv4Broadcast: ValueType<Ipv4Broadcast> = defineType(
  "Ipv4Broadcast",
  "as Ipv4Address, and 255.255.255.255",
  ["192.0.2.255", "255.255.255.255"],
  {
    parse(text: string): Parsed<Ipv4Broadcast> {
      const address = parseQuad(text);
      if (address < 0) return refuse("not an IPv4 address");
      const reason = address === 0xffffffff ? null : notUnicast(address);
      return reason === null ? accept(text as Ipv4Broadcast) : refuse(reason);
    },
    format: (value) => value,
  },
);

/** Reads an `Ipv4Cidr`. Networks of 31 and 32 bits have no address of their own (RFC 3021). */
export const Ipv4Cidr: ValueType<Ipv4Cidr> = defineType(
  "Ipv4Cidr",
  "Ipv4Address, `/`, prefix length 1 to 32; up to 30, the host's bits are neither all 0 nor all 1",
  ["192.0.2.7/24"],
  {
    parse(text: string): Parsed<Ipv4Cidr> {
      const slash = text.indexOf("/");
      if (slash < 0) return refuse("no prefix length");
      const address = Ipv4Address.parse(text.slice(0, slash));
      if (!address.ok) return address;
      const prefixLength = parseDecimal(text.slice(slash + 1), 32);
      if (prefixLength < 1) return refuse("prefix length not 1 to 32");
      if (prefixLength <= 30) {
        const hosts = 2 ** (32 - prefixLength);
        const host = parseQuad(address.value) % hosts;
        if (host === 0) return refuse("the address of the network");
        if (host === hosts - 1) return refuse("the broadcast address of the network");
      }
      return accept({ address: address.value, prefixLength });
    },
    format: (value) => `${value.address}/${value.prefixLength}`,
  },
);

/** Reads an `Mtu`: at least what every IPv4 host takes (RFC 791), at most the longest IPv4 packet. */
export const Mtu: ValueType<Mtu> = defineType(
  "Mtu",
  "decimal, 576 to 65535",
  ["1500"],
  {
    parse(text: string): Parsed<Mtu> {
      const value = parseDecimal(text, 65535);
      return value >= 576 ? accept(value) : refuse("not a number from 576 to 65535");
    },
    format: String,
  },
);

/** Letters, digits, hyphens and underscores; no hyphen at either end. */
const LABEL = /^[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?$/;

/**
 * Reads a `DomainName`: RFC 1123 §2.1 and RFC 1035 §2.3.4. Underscores are accepted, because names inside
 * organisations have them; a last label of digits only is not, because a resolver might take it for an address.
 */
export const DomainName: ValueType<DomainName> = defineType(
  "DomainName",
  "labels of 1 to 63 letters, digits, `-` (not at the ends) and `_`, joined by dots, at most 253 characters, " +
    "the last label not digits only; becomes lower case",
  ["example.org", "lan"],
  {
    parse(text: string): Parsed<DomainName> {
      if (text.length > 253) return refuse("longer than 253 characters");
      const name = text.toLowerCase();
      const labels = name.split(".");
      for (const label of labels) {
        if (label.length < 1 || label.length > 63) {
          return refuse("a label not 1 to 63 characters long");
        }
        if (!LABEL.test(label)) return refuse("a label of other than letters, digits and hyphens");
      }
      if (/^[0-9]+$/.test(labels[labels.length - 1])) return refuse("a last label of digits only");
      return accept(name as DomainName);
    },
    format: (value) => value,
  },
);

/** Reads a `DomainNameList`, whose names stand in the order in which they are to be tried. */
export const DomainNameList: ValueType<DomainNameList> = defineType(
  "DomainNameList",
  `1 to ${MAX_DOMAIN_NAMES} DomainNames separated by one space`,
  ["example.org corp.example.org"],
  {
    parse(text: string): Parsed<DomainNameList> {
      const words = text.split(" ");
      if (words.length > MAX_DOMAIN_NAMES) return refuse(`more than ${MAX_DOMAIN_NAMES} names`);
      const names: DomainName[] = [];
      for (const word of words) {
        const name = DomainName.parse(word);
        if (!name.ok) return name;
        names.push(name.value);
      }
      return accept(names);
    },
    format: (value) => value.join(" "),
  },
);

/** Reads a `MacAddress`: a unicast EUI-48 that is not all zero. */
export const MacAddress: ValueType<MacAddress> = defineType(
  "MacAddress",
  "six pairs of hexadecimal digits joined by colons, unicast; becomes lower case",
  ["02:00:00:00:00:01"],
  {
    parse(text: string): Parsed<MacAddress> {
      const mac = text.toLowerCase();
      if (!/^[0-9a-f]{2}(?::[0-9a-f]{2}){5}$/.test(mac)) return refuse("not an Ethernet address");
      if ((Number.parseInt(mac.slice(0, 2), 16) & 1) !== 0) return refuse("a group address");
      if (mac === "00:00:00:00:00:00") return refuse("all zero");
      return accept(mac as MacAddress);
    },
    format: (value) => value,
  },
);

/** Reads a `Seed`. */
export const Seed: ValueType<Seed> = defineType(
  "Seed",
  "32 hexadecimal digits in lower case",
  ["000102030405060708090a0b0c0d0e0f"],
  {
    parse(text: string): Parsed<Seed> {
      return /^[0-9a-f]{32}$/.test(text)
        ? accept(text as Seed)
        : refuse("not 32 hexadecimal digits");
    },
    format: (value) => value,
  },
);

/** Reads `Seconds`: lease times as RFC 2132 §9.2 counts them. */
export const Seconds: ValueType<Seconds> = defineType(
  "Seconds",
  "decimal, 1 to 4294967294, or `infinite`",
  ["3600", "infinite"],
  {
    parse(text: string): Parsed<Seconds> {
      if (text === "infinite") return accept(INFINITE_SECONDS);
      const value = parseDecimal(text, INFINITE_SECONDS - 1);
      return value >= 1 ? accept(value) : refuse("not a number from 1 to 4294967294");
    },
    format: (value) => value === INFINITE_SECONDS ? "infinite" : String(value),
  },
);

/**
 * Reads an `Ipv4Route`. The destination's host bits are zero; routes into loopback or multicast networks are
 * not a server's to give.
 */
export const Ipv4Route: ValueType<Ipv4Route> = defineType(
  "Ipv4Route",
  "network, `/`, prefix length 0 to 32, space, next hop (Ipv4Address, or 0.0.0.0 when it is on the link); " +
    "the network not in 127.0.0.0/8 or 224.0.0.0/4",
  ["10.0.0.0/8 192.0.2.1", "198.51.100.0/24 0.0.0.0"],
  {
    parse(text: string): Parsed<Ipv4Route> {
      const [, network, bits, hop] = /^([0-9.]+)\/([0-9]+) ([0-9.]+)$/.exec(text) ?? [];
      if (network === undefined) return refuse("not a route");
      const address = parseQuad(network);
      const prefixLength = parseDecimal(bits, 32);
      if (address < 0 || prefixLength < 0) return refuse("not a network");
      if (address % 2 ** (32 - prefixLength) !== 0) return refuse("bits beyond the prefix");
      const first = Math.floor(address / 2 ** 24);
      if (first === 127 || (first >= 224 && first <= 239)) return refuse("not a unicast network");
      const destination = `${network}/${prefixLength}`;
      if (hop === "0.0.0.0") return accept({ destination, nextHop: null });
      const nextHop = Ipv4Address.parse(hop);
      return nextHop.ok ? accept({ destination, nextHop: nextHop.value }) : nextHop;
    },
    format: (value) => `${value.destination} ${value.nextHop ?? "0.0.0.0"}`,
  },
);

/** Reads a `ServerName`. */
export const ServerName: ValueType<ServerName> = defineType(
  "ServerName",
  "an Ipv4Address or a DomainName",
  ["192.0.2.9", "sip.example.org"],
  {
    parse(text: string): Parsed<ServerName> {
      const address = Ipv4Address.parse(text);
      return address.ok ? address : DomainName.parse(text);
    },
    format: (value) => value,
  },
);

/** Reads `OptionCodes`. */
export const OptionCodes: ValueType<OptionCodes> = defineType(
  "OptionCodes",
  `1 to ${MAX_OPTION_CODES} decimal numbers, 1 to 254, separated by one space`,
  ["54", "1 3 6"],
  {
    parse(text: string): Parsed<OptionCodes> {
      const codes = text.split(" ").map((word) => parseDecimal(word, 254));
      if (codes.length > MAX_OPTION_CODES) return refuse(`more than ${MAX_OPTION_CODES} codes`);
      return codes.every((code) => code >= 1) ? accept(codes) : refuse("not codes from 1 to 254");
    },
    format: (value) => value.join(" "),
  },
);
