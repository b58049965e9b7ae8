/**
 * DHCP messages for tests: a builder of servers' messages, and a reader of ours.
 *
 * @module
 */
import "portable";
import assert from "node:assert/strict";
import { ip } from "../../sdk/sdk_fixture.ts";
import { Dhcp4Message, OptionIterator } from "../message.ts";

/** Our MAC address in tests. */
export const MAC: Uint8Array = Uint8Array.of(2, 0, 0, 0, 0, 1);
/** An xid for tests. */
export const XID = 0x12345678;

/** An option: its code and data. */
export type Option = [code: number, data: ArrayLike<number>];

/** A message; what is left out is as a correct server would have it. */
export interface MessageFields {
  /** `op`, BOOTREPLY unless given. */
  op?: number;
  /** `htype`. */
  htype?: number;
  /** `hlen`. */
  hlen?: number;
  /** `xid`. */
  xid?: number;
  /** `ciaddr`, dotted. */
  ciaddr?: string;
  /** `yiaddr`, dotted. */
  yiaddr?: string;
  /** `siaddr`, dotted. */
  siaddr?: string;
  /** `chaddr`, 6 bytes. */
  chaddr?: ArrayLike<number>;
  /** Options of the options field, in order. */
  options?: Option[];
  /** Raw bytes of `file`. */
  file?: ArrayLike<number>;
  /** Raw bytes of `sname`. */
  sname?: ArrayLike<number>;
  /** Raw bytes after the options; END unless given. */
  tail?: ArrayLike<number>;
}

/** Four bytes of a number, or of a dotted address. */
export function word(value: number | string): number[] {
  const number = typeof value === "string" ? ip(value) : value;
  return [number >>> 24, (number >>> 16) & 255, (number >>> 8) & 255, number & 255];
}

/** Options as bytes, without END. */
export function optionBytes(options: Option[]): number[] {
  return options.flatMap(([code, data]) => [code, data.length, ...Array.from(data)]);
}

/** Builds a message. */
export function buildMessage(fields: MessageFields): Uint8Array {
  const bytes = new Uint8Array(240);
  bytes.set([fields.op ?? 2, fields.htype ?? 1, fields.hlen ?? 6]);
  bytes.set(word(fields.xid ?? XID), 4);
  bytes.set(word(fields.ciaddr ?? 0), 12);
  bytes.set(word(fields.yiaddr ?? "192.0.2.7"), 16);
  bytes.set(word(fields.siaddr ?? 0), 20);
  bytes.set(fields.chaddr ?? MAC, 28);
  bytes.set(fields.sname ?? [], 44);
  bytes.set(fields.file ?? [], 108);
  bytes.set([99, 130, 83, 99], 236);
  return Uint8Array.from([
    ...bytes,
    ...optionBytes(fields.options ?? []),
    ...Array.from(fields.tail ?? [255]),
  ]);
}

/** Options by code in the order in which they stand; the same code twice is an error. */
export function readOptions(bytes: Uint8Array): Map<number, number[]> {
  const message = new Dhcp4Message();
  assert.equal(message.set(bytes, 0, bytes.length), 0);
  const options = new OptionIterator();
  const found = new Map<number, number[]>();
  options.begin(message);
  while (options.next()) {
    assert.ok(!found.has(options.code), `option ${options.code} twice`);
    found.set(options.code, [...bytes.subarray(options.at, options.at + options.length)]);
  }
  return found;
}

/** A number from up to four bytes of an option; undefined without the option. */
export function optionNumber(bytes: number[] | undefined): number | undefined {
  return bytes?.reduce((sum, byte) => sum * 256 + byte, 0);
}

/** What one of our messages says. */
export interface SentMessage {
  /** Option 53. */
  type: number;
  /** `xid`. */
  xid: number;
  /** `secs`. */
  secs: number;
  /** `ciaddr`. */
  ciaddr: number;
  /** Option 50. */
  requested: number | undefined;
  /** Option 54. */
  server: number | undefined;
  /** Whether there is option 80. */
  rapidCommit: boolean;
}

/** Reads one of our messages. */
export function readSent(bytes: Uint8Array): SentMessage {
  const message = new Dhcp4Message();
  assert.equal(message.set(bytes, 0, bytes.length), 0);
  const options = readOptions(bytes);
  return {
    type: optionNumber(options.get(53)) ?? 0,
    xid: message.xid,
    secs: message.secs,
    ciaddr: message.ciaddr,
    requested: optionNumber(options.get(50)),
    server: optionNumber(options.get(54)),
    rapidCommit: options.has(80),
  };
}
