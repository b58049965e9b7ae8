/**
 * The test build whose calf is under an attacker's control (tests/attacker).
 *
 * @module
 */

import assert from "node:assert/strict";
import { buildExecutable } from "../../linuxkit/build/executable.ts";
import { replyAround } from "./dhcp_message.ts";
import { type DnsmasqOptions, startDnsmasq } from "./dnsmasq.ts";
import { concat, encodeUdpFrame, utf8 } from "./frame.ts";
import { CLIENT_INTERFACE, CLIENT_MAC, type Network, SERVER_MAC } from "./network.ts";
import type { Running } from "./process.ts";
import type { Wire } from "./wire.ts";

/** A frame that reaches a calf through the packet filter and gives it an order (attack_service.ts). */
export function order(
  text: string,
  bytes: Uint8Array = new Uint8Array(0),
  mac = CLIENT_MAC,
): Uint8Array {
  return encodeUdpFrame({
    destinationMac: mac,
    sourceMac: SERVER_MAC,
    destination: "255.255.255.255",
    source: "192.0.2.1",
    destinationPort: 68,
    sourcePort: 67,
    payload: replyAround(mac, concat(utf8(`${text};`), bytes)),
  });
}

/** The order to attack. */
export function attackCommand(attack: string): Uint8Array {
  return order(`ATTACK ${attack}`);
}

/** A second interface of the client, whose calf is an honest one, on a cable to a server of its own. */
export const HONEST_INTERFACE = "eth1";
/** Its hardware address. */
export const HONEST_MAC = "02:00:00:00:00:02";
/** What its server gives it. */
export const HONEST_ADDRESS = "198.51.100.7";
/** The other end of its cable. */
export const HONEST_SERVER_INTERFACE = "srv1";

/** Makes that interface, and starts its server. */
export async function addHonestInterface(
  network: Network,
  options: DnsmasqOptions = {},
): Promise<Running> {
  const { client, server } = network;
  await client.run(
    ...["ip", "link", "add", HONEST_INTERFACE, "up", "address", HONEST_MAC, "type", "veth"],
    ...["peer", "name", HONEST_SERVER_INTERFACE, "netns", String(server.pid)],
  );
  await server.run("ip", "link", "set", HONEST_SERVER_INTERFACE, "up");
  return await startDnsmasq(network, {
    interfaceName: HONEST_SERVER_INTERFACE,
    address: "198.51.100.1",
    range: `${HONEST_ADDRESS},${HONEST_ADDRESS}`,
    options: ["option:router,198.51.100.1", "option:domain-name,secret.example"],
    ...options,
  });
}

let built: Promise<{ path: string }> | null = null;

/** The test build; made once, and only when a test needs it. */
function attackerBuild(): Promise<{ path: string }> {
  built ??= buildExecutable({
    entry: "tests/attacker/main.ts",
    output: "dist/test/mirage-dhcp-attacker",
  });
  return built;
}

/** Runs `body` with a daemon of that build, whose calf is ready, and which must live on. */
export async function withAttacker(
  network: Network,
  wire: Wire,
  body: (daemon: Running) => Promise<void>,
  ...args: string[]
): Promise<void> {
  const { path } = await attackerBuild();
  const daemon = network.client.start([
    ...[path, `--run-dir=${network.directory}/run`, `--state-dir=${network.directory}/state`],
    ...["--resolv-conf=none", "--log-level=debug", ...args, CLIENT_INTERFACE],
  ]);
  try {
    await daemon.waitForLine(new RegExp(`calf ${CLIENT_INTERFACE}: asked subscribe : told`));
    // priv relays what comes after it has opened its packet socket, which was before that line.
    wire.frames.length = 0;
    await body(daemon);
    assert.equal(daemon.exitCode, null, "priv lives on");
  } catch (error) {
    console.error(`--- log of the daemon\n${daemon.log}\n---`);
    throw error;
  } finally {
    await daemon.stop();
  }
}
