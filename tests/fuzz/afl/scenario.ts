/**
 * Scenarios as bytes, as scenario.c reads them: the corpus that AFL++ begins with, and its dictionary.
 *
 * @module
 */
import { existsSync } from "node:fs";
import { ACK, FULL_ACK, OVERLOADED_ACK } from "../../../calf/dhcp4/testing/golden.ts";
import { optionBytes, word } from "../../../calf/dhcp4/testing/messages.ts";
import { ascii, hex } from "../../../calf/sdk/sdk_fixture.ts";
import { EXTRA } from "../../differential/core.ts";
import { datagram } from "../../differential/script.ts";
import { changesResponse } from "../../../calf/sdk/capnp_fixture.ts";
import { CHANGES, CONFIGURATIONS } from "./settings_tables.ts";

/** Opcodes: `enum step` of scenario.c. */
const STEP = {
  frame: 0,
  fixedFrame: 1,
  message: 2,
  arp: 3,
  run: 4,
  jump: 5,
  timer: 6,
  change: 7,
  answer: 8,
  ctl: 9,
  outcome: 10,
  deadlines: 11,
  server: 12,
} as const;

/** A server in good order answers; 1 refuses, 2 is rapid, bits 2–4 choose the lease time. */
const OFFER_AND_ACK = [STEP.server, 0, STEP.server, 0];
const SECOND = [STEP.run, 0xe8, 0x03];
/** About 35 minutes: half of an hour's lease and a bit more. */
const TO_T1 = [STEP.run, 0x10, 0x30 + 0x04];

function half(value: number): number[] {
  return [value & 255, value >> 8];
}

/** A frame as it is. */
function frame(bytes: ArrayLike<number>): number[] {
  return [STEP.frame, ...half(bytes.length), ...Array.from(bytes)];
}

/** A frame whose destination, lengths, checksums, xid and chaddr are put right. */
function fixed(bytes: ArrayLike<number>, fixes = 0x3d): number[] {
  return [STEP.fixedFrame, fixes, ...half(bytes.length), ...Array.from(bytes)];
}

/** Options in a message to the last xid. */
function message(options: ArrayLike<number>, type = 255, flags = 4): number[] {
  return [STEP.message, type, flags, ...half(options.length), ...Array.from(options)];
}

function fromServer(payload: Uint8Array): Uint8Array {
  return datagram(payload, "192.0.2.1", "192.0.2.7", 68);
}

/** Each option that is read, alone, in an otherwise good offer and acknowledgement. */
function optionScenarios(): number[][] {
  const alone = EXTRA.map((option) => optionBytes([option]));
  const several = [
    optionBytes(EXTRA.slice(0, 8)),
    optionBytes(EXTRA.slice(8, 20)),
    optionBytes(EXTRA.slice(20)),
    optionBytes([[249, [0, ...word("192.0.2.2")]], [
      33,
      word("10.0.0.0").concat(word("192.0.2.9")),
    ]]),
    optionBytes([[119, [7, ...ascii("example")]], [119, [0, 1, 97, 0xc0, 0]]]), // RFC 3396
    optionBytes([[58, word(10)], [59, word(20)], [51, word(30)]]),
    optionBytes([[52, [3]], [0, []]]),
  ];
  return [...alone, ...several].map((
    options,
  ) => [0, 1, ...message(options), ...message(options), ...SECOND]);
}

/** Options that have been the undoing of other clients, or might be. */
function hostileScenarios(): number[][] {
  const whole = [
    [119, 2, 0xc0, 0], // a pointer to itself
    [119, 4, 0xc0, 2, 0xc0, 0], // two pointers to each other
    [119, 5, 1, 97, 0xc0, 200, 0], // one beyond the end
    [119, 3, 0x40, 1, 97],
    [119, 3, 63, 97, 97],
    [120, 3, 0, 0xc0, 0],
    [120, 3, 1, 192, 0],
    [81, 5, 4, 0, 0, 0xc0, 0],
    [121, 5, 33, 1, 2, 3, 4],
    [121, 3, 24, 10, 0],
    [33, 7, 10, 0, 0, 0, 192, 0, 2],
    [51, 3, 0, 0, 1],
    [53, 0],
    [1, 4, 255, 0, 255, 0],
    [26, 2, 0, 1],
    [12, 5, 59, 96, 36, 40, 41], // shell's characters
    [15, 4, 10, 13, 0, 27],
    // Names and texts with what no name and no text may have.
    [119, 4, 2, 10, 32, 0],
    [120, 5, 0, 2, 10, 32, 0],
    [81, 7, 4, 0, 0, 2, 10, 32, 0],
    ...[12, 15, 56, 60, 66, 67, 100, 101, 114, 160, 252].map((code) => [code, 4, 97, 10, 34, 127]),
    [52, 1, 3, 52, 1, 3],
    [54, 4, 127, 0, 0, 1],
    new Array(200).fill([15, 0]).flat(),
    [
      ...optionBytes([[43, new Array(255).fill(1)]]),
      ...optionBytes([[43, new Array(255).fill(2)]]),
    ],
  ];
  const torn = [[119], [119, 255], [3, 8, 192, 0, 2, 1], [53, 1], [255, 52]];
  const inFile = 4 + 8;
  const noEnd = 4 + 16;
  const twice = (options: number[], flags: number) => [
    ...[0, 0, ...message(options, 255, flags), ...message(options, 255, flags), ...SECOND],
  ];
  return [
    ...whole.map((options) => twice(options, 4)),
    ...whole.slice(0, 8).map((options) => twice(options, inFile)),
    ...torn.map((options) => twice(options, noEnd)),
  ];
}

/** Lives that a client can lead. */
function lifeScenarios(): number[][] {
  const change = (name: (keys: Record<string, string | null>) => boolean) => [
    STEP.change,
    CHANGES.findIndex(name),
  ];
  const down = change(({ link }) => link === "down");
  const up = change(({ link }) => link === "up");
  const request = (what: string) => change((keys) => keys.request === what && !("link" in keys));
  const everyConfiguration = CONFIGURATIONS.map((_, i) => [i, i, ...OFFER_AND_ACK, ...SECOND]);
  const conflict = [STEP.arp, 1, 0x00 + 2];
  return [
    ...everyConfiguration,
    [0, 0, STEP.run, 0xff, 0x1f, STEP.deadlines, 7, STEP.deadlines, 7],
    [0, 0, ...OFFER_AND_ACK, ...TO_T1, STEP.server, 0, STEP.deadlines, 3],
    [0, 0, ...OFFER_AND_ACK, STEP.deadlines, 7, STEP.deadlines, 7, STEP.deadlines, 7],
    [0, 0, STEP.server, 0, STEP.server, 1, ...SECOND, ...OFFER_AND_ACK],
    [0, 0, STEP.server, 2 + 8, STEP.deadlines, 4, STEP.server, 1],
    [1, 0, ...OFFER_AND_ACK, ...conflict, STEP.deadlines, 6, ...OFFER_AND_ACK, STEP.deadlines, 7],
    [0, 0, ...OFFER_AND_ACK, ...conflict, ...SECOND, ...conflict, STEP.deadlines, 4],
    [7, 0, STEP.deadlines, 7, ...conflict, STEP.deadlines, 7, STEP.deadlines, 7],
    [0, 0, ...OFFER_AND_ACK, ...down, ...SECOND, ...up, STEP.server, 0, ...SECOND],
    [0, 0, ...OFFER_AND_ACK, ...request("renew"), STEP.arp, 6, 0x31, STEP.server, 0],
    [0, 0, ...OFFER_AND_ACK, ...request("rebind"), STEP.server, 1, STEP.deadlines, 3],
    [0, 0, ...OFFER_AND_ACK, ...request("release"), STEP.arp, 6, 0x03, STEP.deadlines, 3],
    [0, 0, STEP.outcome, 1, ...OFFER_AND_ACK, STEP.outcome, 0, STEP.deadlines, 5, ...OFFER_AND_ACK],
    [0, 0, STEP.outcome, 2, ...OFFER_AND_ACK, STEP.answer, 1, 2, 0, 110, 111, STEP.timer],
    [0, 0, ...OFFER_AND_ACK, STEP.jump, 0xff, 0x7f, 0, STEP.timer, STEP.jump, 9, 0, 1, STEP.timer],
  ];
}

/** The golden packets of the tests, and what damaged control messages begin with. */
function goldenScenarios(): number[][] {
  const messages = [ACK, OVERLOADED_ACK, FULL_ACK].map((text) => fromServer(hex(text)));
  const told = [...changesResponse(1, [{ path: "/link", value: "down" }])];
  return [
    ...messages.map((bytes) => [0, 0, STEP.server, 0, ...fixed(bytes), ...SECOND]),
    ...messages.map((bytes) => [0, 0, ...frame(bytes)]),
    [0, 0, STEP.ctl, 1, ...half(told.length), ...told, ...SECOND],
    [0, 0, ...frame(hex("020000000001 020000000002 8100 0000 0800 4500"))],
  ];
}

/** Packets that have broken others, where a collection of them is there; the repository has none. */
function collected(): number[][] {
  const folder = new URL("../../../../shared/corpora/", import.meta.url);
  const found: number[][] = [];
  const visit = (url: URL) => {
    for (const entry of Deno.readDirSync(url)) {
      const below = new URL(encodeURIComponent(entry.name) + (entry.isDirectory ? "/" : ""), url);
      if (entry.isDirectory) visit(below);
      else {
        const bytes = Deno.readFileSync(below);
        if (bytes.length > 600 || bytes.length === 0) continue;
        found.push([0, 0, STEP.server, 0, ...fixed(fromServer(bytes))]);
      }
    }
  };
  if (existsSync(folder)) visit(folder);
  return found;
}

/**
 * The corpus.
 *
 * @returns inputs of the harness
 */
export function corpus(): Uint8Array[] {
  const ours = [...lifeScenarios(), ...optionScenarios(), ...hostileScenarios()];
  const all = [...ours, ...goldenScenarios(), ...collected()];
  return all.map((bytes) => Uint8Array.from(bytes));
}

/**
 * The dictionary: every option that is read with its data, and headers.
 *
 * @returns a file for `afl-fuzz -x`
 */
export function dictionary(): string {
  const entries: [string, ArrayLike<number>][] = [
    ...EXTRA.map((option): [string, number[]] => [`option_${option[0]}`, optionBytes([option])]),
    ...[1, 3, 6, 15, 33, 51, 52, 53, 54, 58, 59, 61, 80, 108, 116, 119, 121, 249].map((
      code,
    ): [string, number[]] => [`code_${code}`, [code]]),
    ...[1, 2, 3].map((where): [string, number[]] => [`overload_${where}`, [52, 1, where]]),
    ...[2, 5, 6].map((type): [string, number[]] => [`type_${type}`, [53, 1, type]]),
    ["infinite", [51, 4, 255, 255, 255, 255]],
    ["cookie", [99, 130, 83, 99]],
    ["ports", [0, 67, 0, 68]],
    ["ours", hex("020000000001")],
    ["ethertype_arp", [8, 6, 0, 1, 8, 0, 6, 4]],
    ["ethertype_ipv4", [8, 0, 0x45, 0]],
    ["vlan", [0x81, 0, 0, 0]],
    ["pointer", [0xc0, 0]],
    ["step_server", OFFER_AND_ACK],
    ["step_run", SECOND],
    ["step_deadlines", [STEP.deadlines, 7]],
    ["step_message", [STEP.message, 255, 4]],
    ...["mac", "seed", "link", "request", "saved", "config", "own-mac"].map((
      key,
    ): [string, Uint8Array] => [`key_${key}`, ascii(key)]),
  ];
  const escaped = (bytes: ArrayLike<number>) =>
    Array.from(bytes, (byte) => `\\x${byte.toString(16).padStart(2, "0")}`).join("");
  return entries.filter(([, bytes]) => bytes.length <= 32)
    .map(([name, bytes]) => `${name.replaceAll("-", "_")}="${escaped(bytes)}"\n`).join("");
}
