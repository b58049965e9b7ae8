import assert from "node:assert/strict";
import {
  addressOption,
  decodeMessage,
  type DhcpMessage,
  DhcpType,
  encodeMessage,
  messageType,
} from "./dhcp_message.ts";
import { ScriptedServer, silence } from "./dhcp_server.ts";
import { startDnsmasq } from "./dnsmasq.ts";
import { BROADCAST_MAC, decodeUdpFrame, encodeUdpFrame, ipv4Bytes } from "./frame.ts";
import {
  CLIENT_INTERFACE,
  CLIENT_MAC,
  type Network,
  ORIGINAL_RESOLV_CONF,
  withNetwork,
} from "./network.ts";
import { isAlive } from "./process.ts";
import { testWith } from "./requirements.ts";
import { waitUntil } from "./wait.ts";
import { Wire } from "./wire.ts";

testWith(["netns"], "withNetwork() gives the client files and links of its own", async () => {
  await withNetwork(async ({ client, server, resolvConf }) => {
    assert.equal(await client.run("cat", "/etc/resolv.conf"), ORIGINAL_RESOLV_CONF);
    await client.run("sh", "-c", "echo new > /etc/resolv.conf; echo x > /run/x");
    assert.equal(await Deno.readTextFile(resolvConf), "new\n");
    assert.equal((await server.output(["cat", "/run/x"])).code, 1);
    const names = async (side: typeof client) =>
      (await side.ip<{ ifname: string }[]>("link")).map(({ ifname }) => ifname).sort().join(" ");
    assert.equal(await names(client), "eth0 lo");
    assert.equal(await names(server), "lo srv0");
  });
});

testWith(["netns"], "withNetwork() takes everything away when the body fails", async () => {
  let seen: { pids: number[]; directory: string } | null = null;
  await assert.rejects(
    withNetwork(({ client, server, directory }) => {
      const sleeper = client.start(["sleep", "1000"]);
      seen = { pids: [client.pid, server.pid, sleeper.pid], directory };
      assert.ok(seen.pids.every(isAlive));
      throw new Error("on purpose");
    }),
    /on purpose/,
  );
  const { pids, directory } = seen!;
  assert.deepEqual(pids.filter(isAlive), []);
  await assert.rejects(Deno.stat(directory), Deno.errors.NotFound);
});

/** A DHCPDISCOVER of the client, sent by hand. */
const DISCOVER: DhcpMessage = {
  ...{ op: 1, xid: 0xdeadbeef, secs: 1, flags: 0x8000, chaddr: CLIENT_MAC },
  ...{ ciaddr: "0.0.0.0", yiaddr: "0.0.0.0", siaddr: "0.0.0.0", giaddr: "0.0.0.0" },
  options: [[53, Uint8Array.of(DhcpType.DISCOVER)]],
};

/** Sends `message` from the client's interface and gives the first answer to it. */
async function exchange(
  network: Network,
  message: DhcpMessage,
  timeoutMs = 5000,
): Promise<DhcpMessage> {
  await network.client.run("ip", "link", "set", CLIENT_INTERFACE, "up");
  const wire = await Wire.open(network.client, CLIENT_INTERFACE);
  try {
    wire.send(encodeUdpFrame({
      ...{ destinationMac: BROADCAST_MAC, sourceMac: CLIENT_MAC },
      ...{ destination: "255.255.255.255", source: "0.0.0.0" },
      ...{ destinationPort: 67, sourcePort: 68, payload: encodeMessage(message) },
    }));
    return await waitUntil("an answer", () => {
      return wire.frames.map(decodeUdpFrame)
        .filter((frame) => frame?.destinationPort === 68)
        .map((frame) => decodeMessage(frame!.payload))
        .find((answer) => answer?.xid === message.xid);
    }, { timeoutMs });
  } finally {
    await wire.close();
  }
}

testWith(["netns", "dnsmasq"], "startDnsmasq() answers a DHCPDISCOVER", async () => {
  await withNetwork(async (network) => {
    await startDnsmasq(network);
    const offer = await exchange(network, DISCOVER);
    assert.equal(messageType(offer), DhcpType.OFFER);
    assert.equal(offer.yiaddr, "192.0.2.7");
    assert.equal(addressOption(offer, 3), "192.0.2.1");
  });
});

testWith(["netns"], "ScriptedServer answers as RFC 2131 §4.3 says", async () => {
  await withNetwork(async (network) => {
    const server = await ScriptedServer.start(network, { address: "192.0.2.9" });
    try {
      const offer = await exchange(network, DISCOVER);
      assert.equal(messageType(offer), DhcpType.OFFER);
      assert.equal(offer.yiaddr, "192.0.2.9");
      const request = (address: string): DhcpMessage => ({
        ...DISCOVER,
        xid: 7,
        options: [[53, Uint8Array.of(DhcpType.REQUEST)], [50, ipv4Bytes(address)]],
      });
      assert.equal(messageType(await exchange(network, request("192.0.2.9"))), DhcpType.ACK);
      assert.equal(messageType(await exchange(network, request("192.0.2.8"))), DhcpType.NAK);
      assert.equal(server.received(DhcpType.REQUEST).length, 2);
      server.policy = silence;
      await assert.rejects(exchange(network, request("192.0.2.9"), 300), /waited .* for an answer/);
    } finally {
      await server.close();
    }
  });
});
