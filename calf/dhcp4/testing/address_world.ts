/**
 * Worlds in which other hosts claim addresses, for tests of the detection of conflicts.
 *
 * @module
 */
import "portable";
import assert from "node:assert/strict";
import { ARP_REQUEST, ArpPacket } from "../../sdk/arp.ts";
import { emitArpReplyFrame } from "../../sdk/frame.ts";
import { hex, ip } from "../../sdk/sdk_fixture.ts";
import { ServiceWorld } from "./service_world.ts";

/** The MAC address of another host. */
export const OTHER = hex("0200000000aa");
const US = hex("020000000001");

/** An ARP reply by which another host says that it has `address`. */
export function claim(address: string, mac = OTHER): Uint8Array {
  const frame = new Uint8Array(42);
  emitArpReplyFrame(frame, mac, ip(address), US, 0, ip("192.0.2.1"), false);
  return frame;
}

/** What the service has sent by ARP unasked: `probe`, `announcement` or `request` and the target. */
export function arpSent(world: ServiceWorld): string[] {
  const texts: string[] = [];
  const packet = new ArpPacket();
  for (const frame of world.sentFrames) {
    if (frame[12] !== 8 || frame[13] !== 6 || packet.parse(frame, 14, 28) !== 0) continue;
    const target = `${packet.target >>> 24}.${(packet.target >>> 16) & 255}.` +
      `${(packet.target >>> 8) & 255}.${packet.target & 255}`;
    if (packet.operation !== ARP_REQUEST) continue;
    if (packet.sender === 0) texts.push(`probe ${target}`);
    else if (packet.sender === packet.target) texts.push(`announcement ${target}`);
    else texts.push(`request ${target}`);
  }
  return texts;
}

/** A world with these decisions of the operator. */
export function worldWith(config: Record<string, string>): ServiceWorld {
  const world = new ServiceWorld();
  for (const [key, value] of Object.entries(config)) world.readable.set(key, value);
  return world;
}

/** As `worldWith()`, and there is a lease. */
export function bound(config: Record<string, string> = {}): ServiceWorld {
  const world = worldWith(config).start(10);
  assert.equal(world.values.get("/state"), "BOUND");
  return world;
}

/** A world without a server, and with a fallback. */
export function alone(config: Record<string, string>): ServiceWorld {
  const world = worldWith(config);
  world.wire.dhcp.up = false;
  return world.start(10);
}
