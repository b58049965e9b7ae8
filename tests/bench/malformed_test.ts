/**
 * Tests of malformed.ts.
 *
 * @module
 */

import assert from "node:assert/strict";
import { decodeMessage } from "../support/dhcp_message.ts";
import { decodeUdpFrame, toHex } from "../support/frame.ts";
import { FLOOD_MAC_END, MALFORMED_KINDS, malformedFrames } from "./malformed.ts";

const CHADDR = "02:00:00:00:00:01";

Deno.test("malformedFrames() are whole broadcasts to port 68 from an address of their own", () => {
  for (const bytes of malformedFrames(CHADDR, MALFORMED_KINDS)) {
    const frame = decodeUdpFrame(bytes);
    assert.ok(frame !== null, toHex(bytes));
    assert.deepEqual([frame.destination, frame.destinationPort], ["255.255.255.255", 68]);
    assert.equal(frame.destinationMac, "ff:ff:ff:ff:ff:ff");
    assert.equal((bytes[10] << 8) | bytes[11], FLOOD_MAC_END);
  }
});

Deno.test("malformedFrames() differ, each kind from the others and from its own repetition", () => {
  const frames = malformedFrames(CHADDR, 2 * MALFORMED_KINDS).map(toHex);
  const empty = frames.filter((frame, index) => frames.indexOf(frame) !== index);
  // What holds no transaction id cannot differ: nothing at all, and one byte.
  assert.equal(empty.length, 2);
});

Deno.test("malformedFrames() hold replies that only the transaction id gives away", () => {
  const messages = malformedFrames(CHADDR, MALFORMED_KINDS)
    .map((bytes) => decodeMessage(decodeUdpFrame(bytes)!.payload));
  assert.ok(messages.some((message) => message === null));
  assert.ok(messages.some((message) => message?.chaddr === CHADDR && message.options.length === 4));
});
