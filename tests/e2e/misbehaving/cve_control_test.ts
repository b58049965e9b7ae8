/**
 * CVEs of forged control: messages and local users that tell a client what to do.
 *
 * @module
 */

import assert from "node:assert/strict";
import { listFiles } from "../../support/daemon.ts";
import { type DhcpMessage, DhcpType, withMore } from "../../support/dhcp_message.ts";
import { envelop, reply, type ScriptedServer, usualPolicy } from "../../support/dhcp_server.ts";
import { concat, u32 } from "../../support/frame.ts";
import { BROADCAST_MAC } from "../../support/frame.ts";
import { testWith } from "../../support/requirements.ts";
import { atSite, misbehaving, renewLease, results, settle, waitForMessage } from "./site.ts";

/** Option 90 of RFC 6704 with an HMAC-MD5 that is none; `algorithm` 1 is HMAC-MD5. */
function authentication(algorithm: number, type: number): Uint8Array {
  const replayDetection = u32(0);
  return concat([3, algorithm, 0], replayDetection, u32(1), [type], new Uint8Array(16).fill(0xab));
}

/** FORCERENEW messages of every sort, none of which is authenticated. */
function forceRenewals(server: ScriptedServer): Uint8Array[] {
  const { message } = server.requests.at(-1)!;
  const plain: DhcpMessage = {
    ...reply(message, DhcpType.FORCERENEW, server.offer),
    ciaddr: server.offer.address,
  };
  const messages = [
    plain,
    { ...plain, xid: 0 },
    { ...plain, xid: 0x12345678 },
    { ...plain, yiaddr: "0.0.0.0" },
    withMore(plain, [90, authentication(1, 2)]),
    withMore(plain, [90, authentication(1, 1)]),
    withMore(plain, [90, authentication(0, 0)]),
    withMore(plain, [90, new Uint8Array(0)]),
  ];
  const broadcast = { destination: "255.255.255.255", destinationMac: BROADCAST_MAC };
  return messages.flatMap((each) => [
    envelop(each, server.offer.server),
    envelop(each, server.offer.server, { addressing: broadcast }),
  ]);
}

misbehaving(
  "CVE-2020-13529: FORCERENEW without authentication in BOUND: ignore",
  {},
  async (site) => {
    const { server, daemon } = site;
    await daemon.waitForLease();
    const before = results(daemon);
    const asked = server.requests.length;
    for (const frame of forceRenewals(server)) server.send(frame);
    await settle(site);
    assert.deepEqual(results(daemon), before);
    assert.equal(server.requests.length, asked);
    assert.match(daemon.process.log, /dropped frame: dhcp-type/);
    await renewLease(site);
  },
);

misbehaving(
  "CVE-2020-13529: FORCERENEW in SELECTING: ignore",
  { policy: () => [] },
  async (site) => {
    const { server, daemon } = site;
    await waitForMessage(site, DhcpType.DISCOVER);
    for (const frame of forceRenewals(server)) server.send(frame);
    await settle(site);
    assert.equal(server.received(DhcpType.REQUEST).length, 0);
    assert.equal(daemon.file("state"), "SELECTING");
    server.policy = usualPolicy;
    await daemon.waitForLease();
  },
);

misbehaving("CVE-2020-13529: FORCERENEW while renewing: no other exchange", {}, async (site) => {
  const { server, daemon } = site;
  await daemon.waitForLease();
  server.policy = (request, offer) => [...forceRenewals(server), ...usualPolicy(request, offer)];
  await renewLease(site);
  assert.equal(server.received(DhcpType.REQUEST).length, 2);
  assert.equal(server.received(DhcpType.DISCOVER).length, 1);
});

/** Runs a command as an ordinary user of the machine. */
const USER = ["setpriv", "--reuid=54321", "--regid=54321", "--clear-groups", "--"];

testWith(
  ["root", "netns", "executable"],
  "misbehaving user: CVE-2026-56117: no control socket, signal or file is for others",
  () =>
    atSite({}, async (site) => {
      const { network: { client, directory }, daemon } = site;
      await daemon.waitForLease();
      const before = results(daemon);
      const calf = await daemon.calf();
      // So that only the files' own permissions are in the way.
      await Deno.chmod(directory, 0o755);

      const bound = (await client.run("cat", "/proc/net/unix")).trim().split("\n").slice(1)
        .map((line) => line.split(/\s+/)[7]).filter((name) => name !== undefined);
      // The operators' two are files, which are looked at below with all others.
      const expected = new Set([`${directory}/run/:control`, `${directory}/run/:metrics`]);
      assert.ok(
        bound.every((name) => expected.has(name) || /^@mirage-dhcp\/\d+$/.test(name)),
        `sockets with a name: ${bound.join(" ")}`,
      );

      for (const pid of [daemon.process.pid, calf]) {
        for (const signal of ["TERM", "USR1", "USR2", "HUP", "KILL"]) {
          const kill = [...USER, "kill", "-s", signal, String(pid)];
          const { code } = await client.output(kill);
          assert.notEqual(code, 0, `SIG${signal} to ${pid}`);
        }
      }

      const files = ["run", "state"].flatMap((folder) => [
        ...listFiles(`${directory}/${folder}`).map((file) => `${directory}/${folder}/${file}`),
      ]);
      assert.ok(files.length > 5, files.join("\n"));
      assert.ok(files.some((file) => file.endsWith("/:control")), files.join("\n"));
      for (const file of files) {
        assert.notEqual((await client.output([...USER, "test", "-w", file])).code, 0, file);
        const folder = file.slice(0, file.lastIndexOf("/"));
        assert.notEqual((await client.output([...USER, "test", "-w", folder])).code, 0, folder);
      }
      assert.deepEqual(results(daemon), before);
      await renewLease(site);
    }),
);
