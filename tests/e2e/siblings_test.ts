/**
 * Interfaces of one machine in one network. Linux answers ARP on each of them for the addresses of all,
 * which is no address conflict, whenever the other one has come.
 *
 * @module
 */

import assert from "node:assert/strict";
import { assemble, ret } from "../../priv/bpf/assembler.ts";
import { Daemon, daemonCommand } from "../support/daemon.ts";
import { countLogged, startDnsmasq } from "../support/dnsmasq.ts";
import { type ArpFrame, decodeArpFrame } from "../support/frame.ts";
import { CLIENT_MAC, type Network, SERVER_INTERFACE, withNetwork } from "../support/network.ts";
import { testWith } from "../support/requirements.ts";
import { waitUntil } from "../support/wait.ts";
import { Wire } from "../support/wire.ts";

const ADDRESS = "192.0.2.7";
const SIBLING_MAC = "02:00:00:00:00:02";
const ARP_REPLY = 2;
const BOTH_DIRECTIONS = assemble([ret(0xffffffff)]);

/** Makes the server's interface a switch; the client's cable ends in `port0`. */
async function addSwitch({ server }: Network): Promise<void> {
  await server.run("ip", "link", "set", SERVER_INTERFACE, "down");
  await server.run("ip", "link", "set", SERVER_INTERFACE, "name", "port0");
  await server.run("ip", "link", "add", SERVER_INTERFACE, "type", "bridge", "forward_delay", "0");
  await server.run("ip", "link", "set", "port0", "master", SERVER_INTERFACE, "up");
  await server.run("ip", "link", "set", SERVER_INTERFACE, "up");
}

/** Brings eth1 on a cable to the switch. */
async function plugInSibling({ client, server }: Network): Promise<void> {
  await client.run(
    ...["ip", "link", "add", "eth1", "up", "address", SIBLING_MAC, "type", "veth"],
    ...["peer", "name", "port1", "netns", String(server.pid)],
  );
  await server.run("ip", "link", "set", "port1", "master", SERVER_INTERFACE, "up");
}

/** ARP on a cable of the client. */
async function listen(network: Network, port: string): Promise<{ wire: Wire; heard: ArpFrame[] }> {
  const heard: ArpFrame[] = [];
  const wire = await Wire.open(network.server, port, {
    program: BOTH_DIRECTIONS,
    onFrame: (frame) => {
      const arp = decodeArpFrame(frame);
      if (arp !== null) heard.push(arp);
    },
  });
  return { wire, heard };
}

/** A host that has this hardware address says that it has `address`. */
function isClaim(arp: ArpFrame, address: string, mac: string): boolean {
  return arp.operation === ARP_REPLY && arp.sender === address && arp.senderMac === mac;
}

/** RFC 5227 §2.3: `address` has passed its probes. */
function isAnnouncement({ operation, sender, target }: ArpFrame, address: string): boolean {
  return operation !== ARP_REPLY && sender === address && target === address;
}

/** The address that a calf says it has. */
function boundTo(log: string, name: string): string {
  const [, address] = log.match(`calf ${name}: bound to ([0-9.]+)/`) ?? [];
  assert.ok(address !== undefined, log);
  return address;
}

testWith(
  ["netns", "executable", "dnsmasq"],
  "an interface that nobody manages and that comes later answers probes, and is no conflict",
  async () => {
    await withNetwork(async (network) => {
      await addSwitch(network);
      const dnsmasq = await startDnsmasq(network);
      const daemon = Daemon.start(network);
      const { wire, heard } = await listen(network, "port0");
      try {
        await daemon.waitForLease();
        await waitUntil("the first announcement", () => {
          return heard.some((arp) => isAnnouncement(arp, ADDRESS));
        }, { timeoutMs: 20_000 });
        await plugInSibling(network);
        // With the carrier back, the address is probed again (RFC 5227 §2.1).
        const before = heard.length;
        await network.server.run("ip", "link", "set", "port0", "down");
        await daemon.process.waitForLine(/carrier lost/);
        await network.server.run("ip", "link", "set", "port0", "up");
        await waitUntil("an announcement after new probes", () => {
          return heard.slice(before).some((arp) => isAnnouncement(arp, ADDRESS));
        }, { timeoutMs: 30_000, explain: () => `${JSON.stringify(heard)}\n${daemon.process.log}` });
        const claims = heard.slice(before).filter((arp) => isClaim(arp, ADDRESS, SIBLING_MAC));
        assert.ok(claims.length > 0, "the sibling has answered");
        assert.equal(countLogged(dnsmasq, "DHCPDECLINE"), 0, dnsmasq.log);
        await daemon.waitForLease();
      } finally {
        await wire.close();
        await daemon.stop();
      }
    });
  },
);

testWith(
  ["netns", "executable", "dnsmasq"],
  "an interface that comes soon after another one gets an address of its own, and keeps it",
  async () => {
    await withNetwork(async (network) => {
      await addSwitch(network);
      await network.client.run("ip", "link", "set", "eth0", "down");
      const dnsmasq = await startDnsmasq(network, { range: "192.0.2.7,192.0.2.9" });
      const daemon = network.client.start([...daemonCommand(network).slice(0, -1), "eth*"]);
      const wires = [await listen(network, "port0")];
      try {
        await daemon.waitForLine(/eth0: configured/);
        await plugInSibling(network);
        wires.push(await listen(network, "port1"));
        // The calf says so before it probes.
        await daemon.waitForLine(/calf eth1: bound to/, 20_000);
        const [first, second] = ["eth0", "eth1"].map((name) => boundTo(daemon.log, name));
        const [eth0, eth1] = wires.map(({ heard }) => heard);
        await waitUntil("announcements of both", () => {
          assert.equal(countLogged(dnsmasq, "DHCPDECLINE"), 0, `${dnsmasq.log}\n${daemon.log}`);
          return eth0.some((arp) => isAnnouncement(arp, first)) &&
            eth1.some((arp) => isAnnouncement(arp, second));
        }, { timeoutMs: 30_000, explain: () => daemon.log });
        assert.ok(eth1.some((arp) => isClaim(arp, second, CLIENT_MAC)), "eth0 has answered");
      } finally {
        for (const { wire } of wires) await wire.close();
        await daemon.stop();
      }
    });
  },
);
