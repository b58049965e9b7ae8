/**
 * What the tests of values share: the longest text of each type, which bounds messages.
 *
 * @module
 */

import { MAX_VALUE_LENGTH, type ValueType } from "./value_type.ts";

const NAME_253 = [63, 63, 63, 61].map((length) => "a".repeat(length)).join(".");

/** By the name of the type. A type of few words is not here: its longest word is in `accepts`. */
const LONGEST: Readonly<Record<string, string>> = {
  Ipv4Address: "192.168.100.100",
  Ipv4Broadcast: "255.255.255.255",
  Ipv4Cidr: "192.168.100.100/24",
  Ipv4Route: "192.168.100.128/25 192.168.100.100",
  Mtu: "65535",
  DomainName: NAME_253,
  DomainNameList: `${NAME_253} ${NAME_253} abcd`,
  MacAddress: "02:00:00:00:00:01",
  Seed: "0".repeat(32),
  Seconds: "4294967294",
  ServerName: NAME_253,
  PlainText: "t".repeat(255),
  Uri: "u:" + "/".repeat(253),
  HexBytes: "00".repeat(255),
};

/**
 * A text as long as the longest that a type accepts; where that is not known, as long as any value
 * may be.
 */
export function longestText(type: ValueType<unknown>): string {
  const words = /^one of (.*)$/.exec(type.accepts)?.[1].split(", ") ?? [];
  const longestWord = words.sort((a, b) => b.length - a.length)[0];
  return LONGEST[type.name] ?? longestWord ?? "?".repeat(MAX_VALUE_LENGTH);
}
