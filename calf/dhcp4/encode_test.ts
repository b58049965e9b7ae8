import assert from "node:assert/strict";
import "portable";
import { hex, ip, toHex } from "../sdk/sdk_fixture.ts";
import { Dhcp4Query } from "./encode.ts";
import { Dhcp4Message } from "./message.ts";
import { DISCOVER, REQUEST_RENEWING, REQUEST_SELECTING } from "./testing/golden.ts";
import { MAC, optionNumber, readOptions, XID } from "./testing/messages.ts";

const ADDRESS = ip("192.0.2.7");
const SERVER = ip("192.0.2.1");

function encoded(fill: (query: Dhcp4Query) => void): Uint8Array {
  const query = new Dhcp4Query();
  query.chaddr.set(MAC);
  fill(query);
  const buffer = new Uint8Array(310).fill(0xee);
  const length = query.encode(buffer, 5);
  assert.equal(length, 300);
  assert.deepEqual([...buffer.subarray(0, 5)], new Array(5).fill(0xee), "nothing before");
  assert.deepEqual([...buffer.subarray(305)], new Array(5).fill(0xee), "nothing after");
  return buffer.slice(5, 305);
}

const FORMS = {
  discover: (q: Dhcp4Query) => q.discover(XID, 1),
  requestSelecting: (q: Dhcp4Query) => q.requestSelecting(XID, 3, ADDRESS, SERVER),
  requestRenewing: (q: Dhcp4Query) => q.requestRenewing(XID, 3, ADDRESS),
  decline: (q: Dhcp4Query) => q.decline(XID, ADDRESS, SERVER),
  release: (q: Dhcp4Query) => q.release(XID, ADDRESS, SERVER),
};

Deno.test("Dhcp4Query.encode() writes golden packets", () => {
  assert.equal(toHex(encoded(FORMS.discover)), toHex(hex(DISCOVER)));
  assert.equal(toHex(encoded(FORMS.requestSelecting)), toHex(hex(REQUEST_SELECTING)));
  assert.equal(toHex(encoded(FORMS.requestRenewing)), toHex(hex(REQUEST_RENEWING)));
});

Deno.test("Dhcp4Query.encode() puts in each form what table 5 allows (RFC 2131 §4.4.1)", () => {
  const shape = (fill: (query: Dhcp4Query) => void) => {
    const bytes = encoded(fill);
    const message = new Dhcp4Message();
    message.set(bytes, 0, bytes.length);
    const options = readOptions(bytes);
    const number = (code: number) => optionNumber(options.get(code));
    return {
      type: number(53),
      secs: message.secs,
      ciaddr: message.ciaddr,
      requested: number(50),
      server: number(54),
      asks: options.has(55) && options.has(57),
    };
  };
  assert.deepEqual(Object.values(FORMS).map(shape), [
    { type: 1, secs: 1, ciaddr: 0, requested: undefined, server: undefined, asks: true },
    { type: 3, secs: 3, ciaddr: 0, requested: ADDRESS, server: SERVER, asks: true },
    { type: 3, secs: 3, ciaddr: ADDRESS, requested: undefined, server: undefined, asks: true },
    { type: 4, secs: 0, ciaddr: 0, requested: ADDRESS, server: SERVER, asks: false },
    { type: 7, secs: 0, ciaddr: ADDRESS, requested: undefined, server: SERVER, asks: false },
  ]);
});

Deno.test("Dhcp4Query.encode() begins with option 53 and always identifies the client", () => {
  for (const fill of Object.values(FORMS)) {
    const options = readOptions(encoded(fill));
    assert.equal([...options.keys()][0], 53);
    assert.deepEqual(options.get(61), [1, ...MAC]);
  }
});

Deno.test("Dhcp4Query.encode() leaves option 54 out when the server did not say who it is", () => {
  const options = readOptions(encoded((q) => q.requestSelecting(XID, 1, ADDRESS, 0)));
  assert.equal(options.has(54), false);
});

Deno.test("Dhcp4Query.encode() sets the BROADCAST bit when asked", () => {
  const bytes = encoded((query) => {
    query.discover(XID, 1);
    query.broadcast = true;
  });
  assert.equal(toHex(bytes.subarray(10, 12)), "8000");
});
