/**
 * Checksums, VLANs and fragments.
 *
 * @module
 */

import assert from "node:assert/strict";
import { encodeMessage } from "../../support/dhcp_message.ts";
import { changed, envelop, usualPolicy } from "../../support/dhcp_server.ts";
import { parseHex, toHex } from "../../support/frame.ts";
import { CLIENT_INTERFACE, CLIENT_MAC, SERVER_INTERFACE } from "../../support/network.ts";
import type { Running } from "../../support/process.ts";
import { Wire } from "../../support/wire.ts";
import { ignored, misbehaving } from "./site.ts";

/** Sends the datagrams that it reads as hex to 192.0.2.7, by a socket of the kernel. */
const KERNEL_SENDER = `
  const socket = Deno.listenDatagram({ hostname: "192.0.2.1", port: 67, transport: "udp" });
  console.log("ready");
  let rest = "";
  for await (const text of Deno.stdin.readable.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\\n");
    rest = lines.pop();
    for (const line of lines) {
      const bytes = Uint8Array.from(line.match(/../g), (byte) => parseInt(byte, 16));
      await socket.send(bytes, { transport: "udp", hostname: "192.0.2.7", port: 68 });
    }
  }`;

misbehaving("partial checksum (auxdata): accept", {
  policy: () => [],
}, async ({ network, server, daemon }) => {
  const { server: side, client } = network;
  await side.run("ip", "address", "add", "192.0.2.1/24", "dev", SERVER_INTERFACE);
  await side.run(
    ...["ip", "neigh", "replace", "192.0.2.7", "lladdr", CLIENT_MAC, "dev", SERVER_INTERFACE],
  );
  const sender: Running = side.start([
    ...[Deno.execPath(), "eval", "--no-check", "--unstable-net", KERNEL_SENDER],
  ]);
  await sender.waitForLine(/^ready$/);
  const seen = await Wire.open(client, CLIENT_INTERFACE);
  server.policy = (request, offer) => {
    for (const answer of usualPolicy(request, offer)) {
      sender.writeLine(toHex(encodeMessage(answer))).catch(() => {});
    }
    return [];
  };
  await daemon.waitForLease();
  // The kernel has left it to hardware that is not there: it is the pseudo-header's sum only.
  const answers = seen.frames.filter((frame) => toHex(frame.subarray(34, 38)) === "00430044");
  assert.ok(answers.length >= 2, `${answers.length} answers seen`);
  for (const frame of answers) {
    const again = envelop({ ...NO_MESSAGE, chaddr: CLIENT_MAC }, "192.0.2.1", {
      payload: frame.slice(42),
      addressing: { destination: "192.0.2.7" },
      quirks: { checksum: "partial" },
    });
    assert.equal(toHex(frame.subarray(40, 42)), toHex(again.subarray(40, 42)));
  }
  await seen.close();
  await sender.stop();
});

/** Nothing but the fields that a message must have. */
const NO_MESSAGE = {
  ...{ op: 2, xid: 0, secs: 0, flags: 0, ciaddr: "0.0.0.0", yiaddr: "192.0.2.7" },
  ...{ siaddr: "0.0.0.0", giaddr: "0.0.0.0", options: [] },
};

misbehaving("checksum 0: accept", {
  policy: changed((answer, _request, offer) =>
    envelop(answer, offer.server, { quirks: { checksum: "none" } })
  ),
}, async ({ daemon }) => await daemon.waitForLease());

ignored(
  "a wrong checksum: drop",
  (answer, server) => envelop(answer, server, { quirks: { checksum: "wrong" } }),
  /dropped frame: udp-checksum/,
);

ignored(
  "a partial checksum that no hardware was to fill in: drop",
  (answer, server) => envelop(answer, server, { quirks: { checksum: "partial" } }),
  /dropped frame: udp-checksum/,
);

ignored(
  "a wrong checksum of the IPv4 header: drop",
  (answer, server) => envelop(answer, server, { quirks: { wrongIpChecksum: true } }),
  /dropped frame: ipv4-checksum/,
);

ignored(
  "VLAN-tagged frame on the parent: drop",
  (answer, server) => [5, 0xeffe].map((vlan) => envelop(answer, server, { quirks: { vlan } })),
);

misbehaving("frame with a priority tag of no VLAN: accept", {
  policy: changed((answer, _request, offer) =>
    envelop(answer, offer.server, { quirks: { vlan: 0xa000 } })
  ),
}, async ({ daemon }) => await daemon.waitForLease());

for (const [what, fragment] of [["MF", 0x2000], ["offset", 0x0001], ["both", 0x2010]] as const) {
  // Whole in itself, so that who does not look at the flags would take it.
  ignored(
    `IP fragment (${what}): drop`,
    (answer, server) => envelop(answer, server, { quirks: { fragment } }),
  );
}

ignored("IP fragments that would make a whole: drop", (answer, server) => {
  const whole = envelop(answer, server);
  const payload = parseHex(toHex(whole.subarray(34 + 8)));
  return [
    envelop(answer, server, {
      payload: payload.subarray(0, 152),
      quirks: { fragment: 0x2000, udpLength: 8 + payload.length },
    }),
    envelop(answer, server, { payload: payload.subarray(152 - 8), quirks: { fragment: 20 } }),
  ];
});
