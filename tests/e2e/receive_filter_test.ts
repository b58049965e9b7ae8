/**
 * What the receive filter does on a real interface beyond what a socket pair can show: VLAN tags,
 * which the kernel takes off before the filter runs, and frames that leave the machine.
 *
 * @module
 */

import assert from "node:assert/strict";
import { receiveFilter } from "../../priv/bpf/programs.ts";
import { replyAround } from "../support/dhcp_message.ts";
import { BROADCAST_MAC, encodeUdpFrame, parseHex, tagged, toHex, utf8 } from "../support/frame.ts";
import {
  CLIENT_INTERFACE,
  CLIENT_MAC,
  SERVER_INTERFACE,
  SERVER_MAC,
  withNetwork,
} from "../support/network.ts";
import { testWith } from "../support/requirements.ts";
import { waitUntil } from "../support/wait.ts";
import { Wire } from "../support/wire.ts";

/** A frame that the filter lets through, told apart by its text. */
function datagram(text: string, sourceMac = SERVER_MAC): Uint8Array {
  return frameOf(replyAround(CLIENT_MAC, utf8(text)), sourceMac);
}

/** A UDP datagram to port 68 of the client. */
function frameOf(payload: Uint8Array, sourceMac = SERVER_MAC): Uint8Array {
  return encodeUdpFrame({
    ...{ destinationMac: CLIENT_MAC, sourceMac },
    ...{ destination: "192.0.2.7", source: "192.0.2.1" },
    ...{ destinationPort: 68, sourcePort: 67, payload },
  });
}

/** Sends `frames` from both ends, then a last one, and gives what the filter let through. */
async function pass(
  frames: { fromServer?: Uint8Array[]; fromClient?: Uint8Array[] },
): Promise<string[]> {
  let passed: string[] = [];
  await withNetwork(async ({ client, server }) => {
    await client.run("ip", "link", "set", CLIENT_INTERFACE, "up");
    const program = receiveFilter(parseHex(CLIENT_MAC), 1514);
    const filtered = await Wire.open(client, CLIENT_INTERFACE, { program });
    const own = await Wire.open(client, CLIENT_INTERFACE);
    const remote = await Wire.open(server, SERVER_INTERFACE);
    for (const frame of frames.fromClient ?? []) own.send(frame);
    const sent = frames.fromClient?.map(toHex) ?? [];
    await waitUntil("the client's frames on the wire", () => {
      const arrived = remote.frames.map(toHex);
      return sent.every((frame) => arrived.includes(frame));
    });
    for (const frame of frames.fromServer ?? []) remote.send(frame);
    const last = datagram("last");
    remote.send(last);
    await waitUntil("the last frame", () => filtered.frames.map(toHex).includes(toHex(last)));
    passed = filtered.frames.map(toHex).filter((frame) => frame !== toHex(last));
    await Promise.all([filtered, own, remote].map((wire) => wire.close()));
  });
  return passed;
}

testWith(["netns"], "receiveFilter() passes a frame from the wire whole", async () => {
  const frames = [datagram("one"), datagram("x".repeat(1472 - 240))];
  assert.equal(frames[1].length, 1514);
  assert.deepEqual(await pass({ fromServer: frames }), frames.map(toHex));
});

testWith(["netns"], "receiveFilter() drops datagrams that are no DHCP reply to us", async () => {
  const good = replyAround(CLIENT_MAC, utf8("good"));
  const patched = (at: number, ...bytes: number[]) => {
    const payload = good.slice();
    payload.set(bytes, at);
    return payload;
  };
  const payloads = [
    ...[new Uint8Array(0), new Uint8Array(300), utf8("x".repeat(1472)), good.slice(0, 239)],
    ...[patched(0, 1), patched(1, 6), patched(2, 16), patched(239, 0x64)],
    ...["02:00:00:00:00:02", BROADCAST_MAC].map((mac) => replyAround(mac, utf8("another's"))),
  ];
  const control = frameOf(good);
  assert.deepEqual(
    await pass({ fromServer: [...payloads.map((payload) => frameOf(payload)), control] }),
    [toHex(control)],
  );
});

testWith(["netns"], "receiveFilter() drops frames of other VLANs", async () => {
  const frames = [
    tagged(datagram("VLAN 1"), 0x0001),
    tagged(datagram("VLAN 2048"), 0x0800),
    tagged(datagram("VLAN 4094 with priority 7"), 0xeffe),
    tagged(datagram("VLAN 5 of a provider"), 0x0005, 0x88a8),
    tagged(tagged(datagram("VLAN 5 in VLAN 0"), 0x0005), 0x0000),
    tagged(tagged(datagram("VLAN 0 in VLAN 5"), 0x0000), 0x0005),
  ];
  assert.deepEqual(await pass({ fromServer: frames }), []);
});

testWith(
  ["netns"],
  "receiveFilter() passes a frame that is tagged with a priority only",
  async () => {
    const frame = datagram("priority 5");
    assert.deepEqual(await pass({ fromServer: [tagged(frame, 0xa000)] }), [toHex(frame)]);
  },
);

testWith(["netns"], "receiveFilter() drops what the machine itself sends", async () => {
  // Each would pass if it came from the wire.
  const frames = [datagram("with another's address", "02:00:00:00:00:77"), datagram("two")];
  assert.deepEqual(await pass({ fromClient: frames }), []);
});
