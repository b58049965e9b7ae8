import assert from "node:assert/strict";
import { KEYS } from "../schema/keys.ts";
import { hardwareAddresses, MAX_OWN_MACS, ownMacPath } from "./own_macs.ts";
import { linkOf } from "./testing/fake_links.ts";

Deno.test("hardwareAddresses() has each Ethernet address once, and no other ones", () => {
  const links = [
    linkOf("lo", 1, { mac: "00:00:00:00:00:00" }),
    linkOf("eth0", 2),
    linkOf("eth0.7", 3, { mac: "02:00:00:00:00:02" }),
    linkOf("tun0", 4, { mac: "" }),
    linkOf("ib0", 5, { mac: "80:00:00:48:fe:80:00:00:00:00:00:00:00:02:c9:03:00:00:0f:41" }),
    linkOf("eth1", 6),
  ];
  assert.deepEqual(hardwareAddresses(links), ["02:00:00:00:00:02", "02:00:00:00:00:06"]);
});

Deno.test("ownMacPath() names every key that there is", () => {
  const paths = [...KEYS.keys()].filter((path) => path.startsWith("/own-mac/"));
  assert.deepEqual(Array.from({ length: MAX_OWN_MACS }, (_, n) => ownMacPath(n)), paths);
});
