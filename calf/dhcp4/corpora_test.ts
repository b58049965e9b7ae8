/**
 * Malformed packets that have broken others (systemd's, tcpdump's and charrua's test data), through
 * the stack and the decoder: each gives a value or a reason, none an exception, and none takes long.
 * The collection is not part of the repository.
 *
 * @module
 */

import assert from "node:assert/strict";
import "portable";
import { existsSync } from "node:fs";
import { dropSlug } from "../sdk/drop.ts";
import { RECEIVED_ARP, RECEIVED_UDP } from "../sdk/stack.ts";
import { Bench, OURS } from "../sdk/stack_fixture.ts";
import { hex } from "../sdk/sdk_fixture.ts";
import { Dhcp4Reply } from "./decode.ts";
import { DHCP_TAKEN, dhcpDropSlug } from "./drops.ts";

const CORPORA = new URL("../../../shared/corpora/", import.meta.url);
const isThere = existsSync(CORPORA);

/** Time that the slowest packet may take, in ms. */
const MAX_MS = 10;
/** How often a packet that took longer is tried again: the machine may have had other work. */
const ATTEMPTS = 20;

const COOKIE = 0x63825363;
/** Offset of the magic cookie in a message (RFC 2131 §2). */
const COOKIE_AT = 236;

/** A file of the collection. */
interface Corpus {
  /** Its path below the collection. */
  readonly path: string;
  /** What it holds. */
  readonly bytes: Uint8Array;
}

function filesBelow(folder: URL): Corpus[] {
  return [...Deno.readDirSync(folder)].flatMap((entry): Corpus[] => {
    const url = new URL(encodeURIComponent(entry.name) + (entry.isDirectory ? "/" : ""), folder);
    if (entry.isDirectory) return filesBelow(url);
    const path = decodeURIComponent(url.href.slice(CORPORA.href.length));
    return [{ path, bytes: Deno.readFileSync(url) }];
  });
}

/** The collections that INDEX.txt names: a line for each begins with its folder. */
function indexed(): string[] {
  const lines = Deno.readTextFileSync(new URL("INDEX.txt", CORPORA)).split("\n");
  return lines.map((line) => /^[^\s]+\//.exec(line)?.[0]).filter((name) => name !== undefined);
}

/** The packets of a capture (pcap or pcapng, as libpcap writes them); none when it is none. */
function packets(bytes: Uint8Array): Uint8Array[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const found: Uint8Array[] = [];
  const magic = bytes.length < 24 ? 0 : view.getUint32(0);
  const little = magic === 0xd4c3b2a1 || magic === 0x4d3cb2a1 ||
    (magic === 0x0a0d0d0a && view.getUint32(8) === 0x4d3c2b1a);
  if (magic === 0x0a0d0d0a) {
    for (let at = 0; at + 12 <= bytes.length;) {
      const type = view.getUint32(at, little);
      const length = view.getUint32(at + 4, little);
      const isEnhanced = type === 6 && at + 28 <= bytes.length;
      if (isEnhanced) {
        found.push(bytes.slice(at + 28, at + 28 + view.getUint32(at + 20, little)));
      }
      at += Math.max(12, length);
    }
  } else if (little || magic === 0xa1b2c3d4 || magic === 0xa1b23c4d) {
    for (let at = 24; at + 16 <= bytes.length;) {
      const length = view.getUint32(at + 8, little);
      found.push(bytes.slice(at + 16, at + 16 + length));
      at += 16 + length;
    }
  }
  return found;
}

/** Where a DHCP message may begin: at the front, or 236 bytes before each magic cookie. */
function candidates(bytes: Uint8Array): number[] {
  const found = [0];
  for (let at = 1; at + COOKIE_AT + 4 <= bytes.length; at++) {
    if (new DataView(bytes.buffer, at + COOKIE_AT, 4).getUint32(0) === COOKIE) found.push(at);
  }
  return found;
}

/** What the packets of a file came to. */
interface Tally {
  /** Messages that were decoded, well or not. */
  messages: number;
  /** Those of them that were taken. */
  taken: number;
  /** Frames that went through the stack. */
  frames: number;
}

const reply = new Dhcp4Reply();

/** Runs `body`, again while it takes too long. */
function assertQuick(what: string, body: () => void): void {
  let least = Infinity;
  for (let attempt = 0; attempt < ATTEMPTS && least > MAX_MS; attempt++) {
    const start = performance.now();
    body();
    least = Math.min(least, performance.now() - start);
  }
  assert.ok(least <= MAX_MS, `${what} takes ${least} ms`);
}

function decode(what: string, message: Uint8Array, tally: Tally): void {
  let reason = -1;
  assertQuick(what, () => {
    reason = reply.decode(message, 0, message.length);
  });
  assert.ok(reason === DHCP_TAKEN || dhcpDropSlug(reason) !== "", what);
  tally.messages += 1;
  if (reason === DHCP_TAKEN) tally.taken += 1;
}

/** Makes a DHCPACK of any message: `op`, and the message type wherever it may stand. */
function acknowledge(message: Uint8Array): void {
  message[0] = 2;
  for (let at = COOKIE_AT + 4; at + 2 < message.length; at++) {
    if (message[at] === 53 && message[at + 1] === 1) message[at + 2] = 5;
  }
}

/** As a message, as a reply, and cut anywhere. */
function decodeAll(what: string, bytes: Uint8Array, tally: Tally): void {
  for (const at of candidates(bytes)) {
    const message = bytes.slice(at);
    decode(`${what} at ${at}`, message, tally);
    if (message.length === 0) continue;
    acknowledge(message);
    const step = Math.max(1, Math.floor((message.length - COOKIE_AT) / 400));
    for (let length = message.length; length >= 0; length -= length > COOKIE_AT ? step : 59) {
      decode(`${what} at ${at}, ${length} bytes`, message.slice(0, length), tally);
    }
  }
}

/** Through the whole stack, as it is and as if it had been sent to us. */
function receiveAll(what: string, frame: Uint8Array, tally: Tally): void {
  const toUs = frame.slice();
  toUs.set(hex(OURS).subarray(0, frame.length));
  for (const bench of [new Bench(), Bench.bound()]) {
    for (const bytes of [frame, toUs]) {
      let result = 0;
      assertQuick(what, () => {
        result = bench.receive(bytes);
        if (result !== RECEIVED_UDP) return;
        reply.decode(bytes, bench.stack.payloadAt, bench.stack.payloadLength);
      });
      const known = result === RECEIVED_UDP || result === RECEIVED_ARP ||
        dropSlug(-result) !== "";
      assert.ok(known, `${what}: ${result}`);
      tally.frames += 1;
    }
  }
}

for (const collection of isThere ? indexed() : ["its collections"]) {
  Deno.test({
    name: `Stack.receive() and Dhcp4Reply.decode() give a value or a reason, soon, for all of ` +
      collection + (isThere ? "" : " [skip: no collection of malformed packets is there]"),
    ignore: !isThere,
    fn() {
      const tally: Tally = { messages: 0, taken: 0, frames: 0 };
      const files = filesBelow(new URL(collection, CORPORA));
      assert.ok(files.length > 0, "it has files");
      for (const { path, bytes } of files) {
        const captured = packets(bytes);
        if (/\.pcap(ng)?$/.test(path)) assert.ok(captured.length > 0, `${path} holds packets`);
        for (const part of [bytes, ...captured]) {
          decodeAll(path, part, tally);
          receiveAll(path, part, tally);
        }
      }
      const { messages, taken, frames } = tally;
      assert.ok(messages > files.length && taken > 0 && frames > files.length, `${taken} taken`);
    },
  });
}

Deno.test({
  name: "the collections in the index are all that is there",
  ignore: !isThere,
  fn() {
    const collections = indexed();
    assert.ok(collections.length >= 3, collections.join());
    const others = filesBelow(CORPORA).filter(({ path }) =>
      path !== "INDEX.txt" && !collections.some((collection) => path.startsWith(collection))
    );
    assert.deepEqual(others.map(({ path }) => path), []);
  },
});
