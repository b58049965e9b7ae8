/**
 * CVE-2024-3661, "TunnelVision": a server that draws traffic out of a tunnel by routes.
 *
 * @module
 */

import assert from "node:assert/strict";
import { type DhcpOption, DhcpType, option } from "../../support/dhcp_message.ts";
import { USUAL_OFFER } from "../../support/dhcp_server.ts";
import { concat } from "../../support/frame.ts";
import { assertIntact, auditFile, auditLines, waitForEvent } from "../../support/audit.ts";
import { waitUntil } from "../../support/wait.ts";
import { misbehaving, routeTexts } from "./site.ts";

const HOP = [192, 0, 2, 66];
/** Half of all addresses each: more specific than anybody's default route. */
const HALVES = concat([1, 0], HOP, [1, 128], HOP, [32, 203, 0, 113, 9], HOP);
const TAKEN = ["0.0.0.0/1 192.0.2.66", "128.0.0.0/1 192.0.2.66", "203.0.113.9 192.0.2.66"];

function offering(...options: DhcpOption[]): { offer: { options: readonly DhcpOption[] } } {
  return { offer: { options: [...USUAL_OFFER.options, ...options] } };
}

misbehaving(
  "CVE-2024-3661: a line in the log for every route",
  offering([121, HALVES]),
  async (site) => {
    await site.daemon.waitForLease();
    assert.deepEqual(await routeTexts(site), TAKEN);
    for (const route of ["0.0.0.0/1", "128.0.0.0/1", "203.0.113.9"]) {
      const told = site.daemon.process.stderr.some((line) =>
        / (INFO|WARN\S*) +priv /.test(line) && /route/.test(line) && line.includes(route) &&
        line.includes("192.0.2.66")
      );
      assert.ok(told, `${route} in\n${site.daemon.process.log}`);
    }
  },
);

/** What comes of the routes of one code alone, and what is written down about it. */
const RECORDED: readonly (readonly [code: number, value: Uint8Array, added: readonly string[]])[] =
  [
    [121, HALVES, ["0.0.0.0/1", "128.0.0.0/1", "203.0.113.9/32"]],
    [249, HALVES, ["0.0.0.0/1", "128.0.0.0/1", "203.0.113.9/32"]],
    [33, concat([203, 0, 113, 9], HOP), ["203.0.113.9/32"]],
  ];

for (const [code, value, added] of RECORDED) {
  misbehaving(
    `CVE-2024-3661: a line in the audit log for every route of option ${code}, and for its end`,
    offering([code, value]),
    async ({ network, daemon }) => {
      const lines = (action: string) =>
        auditLines(auditFile(network)).filter((line) =>
          line.action === action && line.actor === "priv" && line.result === "ok"
        );
      await daemon.waitForLease();
      for (const route of added) {
        await waitForEvent(auditFile(network), {
          ...{ actor: "priv", interface: "eth0", action: "route-add", result: "ok" },
          new: new RegExp(`^${route.replaceAll(".", "\\.")} via 192\\.0\\.2\\.66 `),
        });
      }
      const known = lines("route-add").length;
      daemon.process.kill("SIGUSR2");
      await daemon.waitForState("RELEASED");
      await waitUntil(
        "as many lines about their ends",
        () => lines("route-remove").length === known,
        {
          explain: () => Deno.readTextFileSync(auditFile(network)),
        },
      );
      assertIntact(auditFile(network));
      assert.ok(known >= added.length);
    },
  );
}

for (const code of [121, 249, 33]) {
  const value = code === 33 ? concat([203, 0, 113, 9], HOP) : HALVES;
  misbehaving(
    `CVE-2024-3661: --no-classless-routes: neither asks for ${code} nor takes it`,
    { ...offering([code, value]), args: ["--no-classless-routes"] },
    async (site) => {
      await site.daemon.waitForLease();
      assert.deepEqual(await routeTexts(site), ["default 192.0.2.1"]);
      assert.deepEqual(site.daemon.keys().filter((key) => key.startsWith("route/")), []);
      for (const type of [DhcpType.DISCOVER, DhcpType.REQUEST]) {
        const { message } = await site.server.waitFor(type);
        assert.ok(!option(message, 55)?.includes(code));
      }
    },
  );
}

misbehaving("CVE-2024-3661: a route of the machine's own stays and wins", {
  ...offering([121, concat([16, 10, 8], HOP, [24, 10, 9, 9], HOP)]),
}, async (site) => {
  const { network, server, daemon } = site;
  const held = server.policy;
  server.policy = () => [];
  await server.waitFor(DhcpType.DISCOVER);
  const own = ["10.8.0.0/16", "10.9.9.0/24"];
  for (const route of own) await network.client.run("ip", "route", "add", route, "dev", "lo");
  server.policy = held;
  await daemon.waitForLease();
  for (const [network_, address] of [["10.8.0.0/16", "10.8.1.1"], ["10.9.9.0/24", "10.9.9.9"]]) {
    const [chosen] = await network.client.ip<{ dev: string }[]>("route", "get", address);
    assert.equal(chosen.dev, "lo", network_);
  }
  const mine = (await network.routes()).filter(({ dst, dev }) => own.includes(dst) && dev === "lo");
  assert.equal(mine.length, 2);
});

misbehaving("121 with more routes than anybody needs: as many as there are keys", {
  ...offering([
    121,
    concat(...Array.from({ length: 100 }, (_, index) => concat([24, 10, 9, index], HOP))),
  ]),
}, async (site) => {
  const { network, daemon } = site;
  await daemon.waitForLease();
  const shown = daemon.keys().filter((key) => key.startsWith("route/"));
  const taken = (await network.routes()).filter(({ dst }) => dst.startsWith("10.9."));
  assert.ok(shown.length <= 32, `${shown.length} keys`);
  assert.equal(taken.length, shown.length);
});

misbehaving("121 with routes to this host, to groups and with bits beyond the prefix", {
  ...offering([
    121,
    concat([8, 127], HOP, [4, 224], HOP, [32, 127, 0, 0, 1], HOP, [24, 10, 9, 9], HOP),
  ]),
}, async (site) => {
  const { network, daemon } = site;
  await daemon.waitForLease();
  assert.equal(await network.addressText(), "192.0.2.7/24");
  const odd = (await routeTexts(site)).filter((route) => /^(127|22[4-9]|23\d)\./.test(route));
  assert.deepEqual(odd, []);
});
