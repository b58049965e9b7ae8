/**
 * Lease times that make no sense.
 *
 * @module
 */

import assert from "node:assert/strict";
import {
  DhcpType,
  messageType,
  option,
  withOption,
  withoutOptions,
} from "../../support/dhcp_message.ts";
import { changed, type Offer } from "../../support/dhcp_server.ts";
import { toHex, u32 } from "../../support/frame.ts";
import { staysTrue } from "../../support/wait.ts";
import { misbehaving } from "./site.ts";

const WITHOUT_TIME = changed((answer) => withoutOptions(answer, 51));
const FOREVER = 0xffffffff;

misbehaving("lease time missing: the default", { policy: WITHOUT_TIME }, async (site) => {
  const { network, daemon } = site;
  await daemon.waitForLease();
  assert.equal(daemon.file("lease/time"), "3600");
  const [{ valid_life_time }] = await network.addresses();
  assert.ok(valid_life_time > 3500 && valid_life_time <= 3600, `${valid_life_time}`);
});

misbehaving("lease time missing: the configured default", {
  policy: WITHOUT_TIME,
  args: ["--lease-time=900"],
}, async ({ network, server, daemon }) => {
  await daemon.waitForLease();
  const [discover] = server.received(DhcpType.DISCOVER);
  assert.equal(toHex(option(discover.message, 51) ?? new Uint8Array(0)), toHex(u32(900)));
  assert.equal(daemon.file("lease/time"), "900");
  assert.equal(daemon.file("lease/t1"), "450");
  const [{ valid_life_time }] = await network.addresses();
  assert.ok(valid_life_time > 800 && valid_life_time <= 900, `${valid_life_time}`);
});

misbehaving("lease time 0 in an offer: reject", {}, async ({ server, daemon }) => {
  // The first offer only is bad.
  server.policy = changed((answer) =>
    server.requests.length === 1 ? withOption(answer, 51, u32(0)) : answer
  );
  await daemon.waitForLease();
  assert.deepEqual(server.requests.map(({ message }) => messageType(message)), [
    DhcpType.DISCOVER,
    DhcpType.DISCOVER,
    DhcpType.REQUEST,
  ]);
});

misbehaving("lease time 0 in an acknowledgement: reject", {}, async (site) => {
  const { network, server, daemon } = site;
  server.policy = changed((answer) =>
    server.received(DhcpType.REQUEST).length === 1 ? withOption(answer, 51, u32(0)) : answer
  );
  await server.waitFor(DhcpType.REQUEST, 2);
  await daemon.waitForLease();
  assert.equal(daemon.file("lease/time"), "3600");
  assert.equal(await network.addressText(), "192.0.2.7/24");
  assert.match(daemon.process.log, /dropped frame: dhcp-lease-time/);
});

misbehaving("lease time 5 s: clamp to 20–30 s", { offer: { leaseSeconds: 5 } }, async (site) => {
  const { network, daemon } = site;
  await daemon.waitForLease();
  const [time, t1, t2] = ["time", "t1", "t2"].map((key) => Number(daemon.file(`lease/${key}`)));
  assert.ok(time >= 20 && time <= 30, `lease ${time}`);
  assert.ok(t1 >= 10 && t1 < t2 && t2 < time, `t1 ${t1}, t2 ${t2}, lease ${time}`);
  const [{ valid_life_time }] = await network.addresses();
  assert.ok(valid_life_time > 5 && valid_life_time <= 30, `${valid_life_time}`);
});

misbehaving("lease time infinite: no timers", {
  offer: { leaseSeconds: FOREVER, t1: 10, t2: 12 },
}, async ({ network, daemon }) => {
  await daemon.waitForLease();
  for (const key of ["time", "t1", "t2"]) assert.equal(daemon.file(`lease/${key}`), "infinite");
  const [{ valid_life_time, preferred_life_time }] = await network.addresses();
  assert.deepEqual([valid_life_time, preferred_life_time], [FOREVER, FOREVER]);
});

/** Times that contradict each other, of a lease of 1000 s. */
const CONTRADICTIONS: Readonly<Record<string, Partial<Offer>>> = {
  "T1 > T2: defaults 0.5 and 0.875": { t1: 600, t2: 300 },
  "T1 = T2: defaults 0.5 and 0.875": { t1: 600, t2: 600 },
  "T2 = lease: defaults 0.5 and 0.875": { t1: 600, t2: 1000 },
  "T2 > lease: defaults 0.5 and 0.875": { t1: 600, t2: 4000 },
  "T1 and T2 infinite in a finite lease: defaults 0.5 and 0.875": { t1: FOREVER, t2: FOREVER },
};

for (const [row, times] of Object.entries(CONTRADICTIONS)) {
  misbehaving(row, { offer: { leaseSeconds: 1000, ...times } }, async ({ daemon }) => {
    await daemon.waitForLease();
    assert.equal(daemon.file("lease/time"), "1000");
    assert.equal(daemon.file("lease/t1"), "500");
    assert.equal(daemon.file("lease/t2"), "875");
  });
}

for (const leaseSeconds of [0x7fffffff, 0x80000000, FOREVER - 1]) {
  misbehaving(`lease time ${leaseSeconds} s: nothing overflows`, {
    offer: { leaseSeconds },
  }, async ({ network, server, daemon }) => {
    await daemon.waitForLease();
    const [time, t1, t2] = ["time", "t1", "t2"].map((key) => Number(daemon.file(`lease/${key}`)));
    assert.equal(time, leaseSeconds);
    assert.equal(t1, Math.floor(leaseSeconds / 2));
    assert.ok(t2 > t1 && t2 < time, `t1 ${t1}, t2 ${t2}, lease ${time}`);
    const [{ valid_life_time }] = await network.addresses();
    assert.ok(valid_life_time > leaseSeconds - 100, `${valid_life_time}`);
    await staysTrue("silence in BOUND", 1500, () => {
      return server.requests.length === 2 && daemon.file("state") === "BOUND";
    });
  });
}
