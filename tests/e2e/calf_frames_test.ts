/**
 * What leaves the machine of a calf that sends whatever an attacker likes (tests/attacker), and what of
 * the network reaches it: every kind of frame, with frames in between that do pass.
 *
 * @module
 */

import assert from "node:assert/strict";
import { attackCommand, order, withAttacker } from "../support/attacker.ts";
import { type DhcpMessage, encodeMessage } from "../support/dhcp_message.ts";
import {
  allowedFrames,
  control,
  forbiddenFrames,
  framesFrom,
  type NamedFrame,
} from "../support/forbidden_frames.ts";
import {
  BROADCAST_MAC,
  concat,
  encodeArpFrame,
  encodeUdpFrame,
  type FrameQuirks,
  parseHex,
  tagged,
  toHex,
  type UdpFrame,
} from "../support/frame.ts";
import {
  CLIENT_INTERFACE,
  CLIENT_MAC,
  type Network,
  SERVER_INTERFACE,
  SERVER_MAC,
  withNetwork,
} from "../support/network.ts";
import type { Running } from "../support/process.ts";
import { testWith } from "../support/requirements.ts";
import { delay, waitUntil } from "../support/wait.ts";
import { Wire } from "../support/wire.ts";

/** priv sends so many frames a second of a calf (`priv/packet_relay.ts`), and a few more at once. */
const FRAME_MS = 1000 / 16;

/** The kernel's own IPv6 would be on the cable too. */
async function silenceKernel({ client }: Network): Promise<void> {
  await client.run("sh", "-c", "echo 1 > /proc/sys/net/ipv6/conf/all/disable_ipv6");
}

let controls = 0;

/**
 * Lets the calf send `frames`, each between two others that are allowed, and gives what came out of the
 * first, by name.
 */
async function passed(wire: Wire, frames: readonly NamedFrame[]): Promise<string[]> {
  const arrived: string[] = [];
  await sendControl(wire);
  for (const [what, frame] of frames) {
    wire.frames.length = 0;
    wire.send(sendOrder(frame));
    const last = await sendControl(wire);
    const others = wire.frames.map(toHex).filter((hex) => hex !== last);
    if (others.length === 0) continue;
    assert.deepEqual(others, [toHex(frame)], `${what}: whole and unchanged, once`);
    arrived.push(what);
  }
  return arrived;
}

/** An order to send a frame; what it ends with in zeros need not be in the order. */
function sendOrder(frame: Uint8Array): Uint8Array {
  const end = frame.findLastIndex((byte) => byte !== 0) + 1;
  return order(`SEND ${frame.length}`, frame.subarray(0, end));
}

/** Lets the calf send what is allowed, and waits for it; never so much that priv would drop it. */
async function sendControl(wire: Wire): Promise<string> {
  const frame = control(++controls);
  await delay(2 * FRAME_MS);
  wire.send(sendOrder(frame));
  const hex = toHex(frame);
  await waitUntil("the allowed frame", () => wire.frames.map(toHex).includes(hex));
  return hex;
}

const names = (frames: readonly NamedFrame[]): string[] => frames.map(([what]) => what);

testWith(["netns", "executable"], "a hostile calf speaks for its interface only", async (t) => {
  await withNetwork(async (network) => {
    await silenceKernel(network);
    const wire = await Wire.open(network.server, SERVER_INTERFACE);
    const [first, second] = ["192.0.2.7", "192.0.2.8"];
    /** Lets the calf do something about its lease, until priv says that it has followed. */
    const follow = async (daemon: Running, attack: string, said: string) => {
      const count = () => daemon.stderr.filter((line) => line.includes(said)).length;
      const before = count();
      wire.send(attackCommand(attack));
      await waitUntil(said, () => count() > before, { explain: () => daemon.log });
    };
    const lease = (daemon: Running, address: string) =>
      follow(daemon, "commit-another-lease", `${CLIENT_INTERFACE}: configured ${address}/24`);
    const noLease = (daemon: Running) => follow(daemon, "commit-nothing", ": removed 192.0.2.");
    await withAttacker(network, wire, async (daemon) => {
      await t.step("no forbidden frame leaves without an address", async () => {
        assert.deepEqual(await passed(wire, forbiddenFrames(first)), []);
        assert.deepEqual(await passed(wire, framesFrom(first)), []);
      });
      await t.step("what speaks for no address does", async () => {
        assert.deepEqual(await passed(wire, allowedFrames()), names(allowedFrames()));
      });
      await t.step("no forbidden frame leaves with an address", async () => {
        await lease(daemon, first);
        assert.deepEqual(await passed(wire, forbiddenFrames(first)), []);
      });
      await t.step("what speaks for the own address does", async () => {
        assert.deepEqual(await passed(wire, framesFrom(first)), names(framesFrom(first)));
        assert.deepEqual(await passed(wire, framesFrom(second)), []);
        assert.deepEqual(await passed(wire, allowedFrames()), names(allowedFrames()));
      });
      await t.step("after another lease it is the other address", async () => {
        await lease(daemon, second);
        assert.deepEqual(await passed(wire, framesFrom(second)), names(framesFrom(second)));
        assert.deepEqual(await passed(wire, framesFrom(first)), []);
      });
      await t.step("after the lease it is none", async () => {
        await noLease(daemon);
        assert.deepEqual(await passed(wire, framesFrom(second)), []);
      });
      await t.step(
        "its commit is answered when it may speak for the address, and not before",
        async () => {
          for (const address of [first, second, first, second, first, second]) {
            const [[, request]] = framesFrom(address).slice(-2);
            wire.frames.length = 0;
            wire.send(order(`THEN ${request.length}`, request));
            wire.send(attackCommand("commit-another-lease"));
            await waitUntil(
              `a frame from ${address}`,
              () => wire.frames.map(toHex).includes(toHex(request)),
              {
                explain: () => daemon.log,
              },
            );
          }
          await noLease(daemon);
        },
      );
      await t.step("a new calf speaks for the address that the old one has left", async () => {
        await lease(daemon, first);
        wire.send(attackCommand("exit"));
        await daemon.waitForLine(/calf exited with 3: next start in/);
        await waitUntil("another calf", () => daemon.log.match(/attacker ready/g)?.length === 2);
        assert.deepEqual(await passed(wire, framesFrom(first)), names(framesFrom(first)));
        assert.deepEqual(await passed(wire, framesFrom(second)), []);
      });
    });
    await wire.close();
  });
});

/** What a server may answer the client. */
function reply(
  { frame, quirks, message }: {
    frame?: Partial<UdpFrame>;
    quirks?: FrameQuirks;
    message?: Partial<DhcpMessage>;
  } = {},
): Uint8Array {
  const none = "0.0.0.0";
  const payload = encodeMessage({
    ...{ op: 2, xid: 1, secs: 0, flags: 0, chaddr: CLIENT_MAC, options: [[53, Uint8Array.of(2)]] },
    ...{ ciaddr: none, yiaddr: "192.0.2.7", siaddr: none, giaddr: none },
    ...message,
  });
  return encodeUdpFrame({
    ...{ destinationMac: CLIENT_MAC, sourceMac: SERVER_MAC, payload },
    ...{ destination: "192.0.2.7", source: "192.0.2.1", destinationPort: 68, sourcePort: 67 },
    ...frame,
  }, quirks);
}

const NEIGHBOUR_MAC = "02:00:00:00:00:77";
const ARP = encodeArpFrame({
  ...{ destinationMac: BROADCAST_MAC, operation: 1, senderMac: SERVER_MAC, sender: "192.0.2.1" },
  ...{ targetMac: "00:00:00:00:00:00", target: "192.0.2.7" },
});

/** What a calf must hear. */
const HEARD: readonly NamedFrame[] = [
  ["a reply", reply()],
  ["a reply to all", reply({ frame: { destinationMac: BROADCAST_MAC } })],
  ["a reply with IP options", reply({ quirks: { ipOptions: Uint8Array.of(1, 1, 1, 0) } })],
  ["ARP", ARP],
  ["ARP to us", concat(parseHex(CLIENT_MAC), ARP.subarray(6))],
];

/** What a calf must not hear. */
const UNHEARD: readonly NamedFrame[] = [
  [
    "another station's reply, to all",
    reply({
      ...{ frame: { destinationMac: BROADCAST_MAC }, message: { chaddr: NEIGHBOUR_MAC } },
    }),
  ],
  [
    "another station's reply, to it",
    reply({
      ...{ frame: { destinationMac: NEIGHBOUR_MAC }, message: { chaddr: NEIGHBOUR_MAC } },
    }),
  ],
  ["our reply, to another station", reply({ frame: { destinationMac: NEIGHBOUR_MAC } })],
  ["another client's request", reply({ message: { op: 1 } })],
  ["what a client sends", reply({ frame: { destinationPort: 67, sourcePort: 68 } })],
  ["DNS", reply({ frame: { destinationPort: 53 } })],
  ["a reply to a multicast MAC", reply({ frame: { destinationMac: "01:00:5e:00:00:01" } })],
  ["a fragment", reply({ quirks: { fragment: 0x2000 } })],
  ["a later fragment", reply({ quirks: { fragment: 0x0001 } })],
  ["a reply of another VLAN", tagged(reply(), 5)],
  ["a reply in our own name", reply({ frame: { sourceMac: CLIENT_MAC } })],
  ["an empty datagram", reply().subarray(0, 42)],
  ["IPv6", concat(reply().subarray(0, 12), [0x86, 0xdd], reply().subarray(14))],
  ["TCP", concat(reply().subarray(0, 23), [6], reply().subarray(24))],
  ["ICMP", concat(reply().subarray(0, 23), [1], reply().subarray(24))],
  ["ARP to another station", concat(parseHex(NEIGHBOUR_MAC), ARP.subarray(6))],
  ["ARP of another VLAN", tagged(ARP, 5)],
  ["RARP", concat(ARP.subarray(0, 12), [0x80, 0x35], ARP.subarray(14))],
  ["LLDP", concat(parseHex("0180c200000e"), ARP.subarray(6, 12), [0x88, 0xcc, 0, 0])],
  ["EAPOL", concat(ARP.subarray(0, 12), [0x88, 0x8e], new Uint8Array(46))],
];

testWith(["netns", "executable"], "a calf hears nothing but what is for it", async (t) => {
  await withNetwork(async (network) => {
    await silenceKernel(network);
    const wire = await Wire.open(network.server, SERVER_INTERFACE);
    await withAttacker(network, wire, async (daemon) => {
      /** How many frames have reached the calf since this was asked last. */
      let answers = 0;
      const heard = async (): Promise<number> => {
        wire.send(order("COUNT"));
        const lines = () => daemon.stderr.filter((line) => /: got \d+ frames$/.test(line));
        answers = await waitUntil("the count", () => {
          const { length } = lines();
          return length > answers ? length : null;
        });
        return Number(/got (\d+) frames/.exec(lines().at(-1)!)![1]);
      };
      await heard();
      for (const [what, frame] of HEARD) {
        wire.send(frame);
        assert.equal(await heard(), 1, what);
      }
      for (const [what, frame] of UNHEARD) {
        await t.step(what, async () => {
          wire.send(frame);
          assert.equal(await heard(), 0);
        });
      }
      wire.send(HEARD[0][1]);
      assert.equal(await heard(), 1, "still hears");
    });
    await wire.close();
  });
});
