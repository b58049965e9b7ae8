import assert from "node:assert/strict";
import type { LinkState } from "../ffi/netlink.ts";
import { InterfaceSelection, isEthernet } from "./interface_selection.ts";
import { FakeLinks, linkOf } from "./testing/fake_links.ts";

const LO = linkOf("lo", 1, { loopback: true, arpType: 772 });
const TUN = linkOf("tun0", 9, { arpType: 65534 });

function found(names: readonly string[], links: readonly LinkState[]): string[] {
  return new InterfaceSelection(names).find(new FakeLinks(links))
    .map(({ link, rank }) => `${link.name} ${rank}`);
}

Deno.test("InterfaceSelection.find() gives what is there in the order of the command line", () => {
  const links = [LO, linkOf("eth0", 2), linkOf("eth1", 3), linkOf("eth10", 4), TUN];
  assert.deepEqual(found(["eth1", "eth7", "eth0"], links), ["eth1 0", "eth0 2"]);
  assert.deepEqual(found(["eth1", "*"], links), ["eth1 0", "eth0 1", "eth10 1"]);
  assert.deepEqual(found(["eth?"], links), ["eth0 0", "eth1 0"]);
  assert.deepEqual(found(["*1*", "eth1"], links), ["eth1 0", "eth10 0"]);
});

Deno.test("InterfaceSelection.find() gives what is no Ethernet by its name only", () => {
  assert.deepEqual(found(["*"], [LO, TUN]), []);
  assert.deepEqual(found(["tun0", "lo"], [LO, TUN]), ["tun0 0", "lo 1"]);
  assert.equal(isEthernet(TUN), false);
  assert.equal(isEthernet(LO), false);
  assert.equal(isEthernet(linkOf("eth0", 2)), true);
});

Deno.test("InterfaceSelection.find() takes no other character of a pattern for more than itself", () => {
  const links = ["eth.0", "ethx0", "e(t)0", "et+0"].map((name, i) => linkOf(name, i + 2));
  assert.deepEqual(found(["eth.?"], links), ["eth.0 0"]);
  assert.deepEqual(found(["e(t)*", "e[t]+?"], links), ["e(t)0 0", "et+0 1"]);
});

Deno.test("InterfaceSelection.find() gives what is denied only when it is named", () => {
  const links = [linkOf("eth0", 2), linkOf("eth1", 3), linkOf("wlan0", 4)];
  const find = (...names: string[]) =>
    new InterfaceSelection(names, ["wlan*", "eth1"]).find(new FakeLinks(links))
      .map(({ link }) => link.name);
  assert.deepEqual(find("*"), ["eth0"]);
  assert.deepEqual(find("eth[01]", "wlan0"), ["eth0", "wlan0"]);
});

Deno.test("InterfaceSelection.find() gives no interface whose name is no part of a key's path", () => {
  const names = ["eth\u00e9", "eth\ufffd", "eth\x1b", "eth\u012f", "eth0"];
  assert.deepEqual(found(["e*", "*"], names.map((name, i) => linkOf(name, i + 2))), ["eth0 0"]);
});

Deno.test("InterfaceSelection.find() looks at all interfaces only for a pattern", () => {
  const links = new FakeLinks([linkOf("eth0", 2)]);
  new InterfaceSelection(["eth0", "eth1"]).find(links);
  assert.equal(links.dumps, 0);
  new InterfaceSelection(["eth0", "e*"]).find(links);
  assert.equal(links.dumps, 1);
});

Deno.test("InterfaceSelection.missing() names what means nothing that is there", () => {
  const selection = new InterfaceSelection(["e*0", "eth0", "eth7", "wlan*"]);
  const present = selection.find(new FakeLinks([linkOf("eth0", 2)]));
  assert.deepEqual(present.map(({ rank }) => rank), [0]);
  assert.deepEqual(selection.missing(present), ["eth7", "wlan*"]);
  assert.deepEqual(selection.missing([]), ["e*0", "eth0", "eth7", "wlan*"]);
});

Deno.test("InterfaceSelection.missing() knows that an alternative name names an interface", () => {
  const links = new FakeLinks([linkOf("eth0", 2)]);
  links.alternatives.set("enp3s0", 2);
  const selection = new InterfaceSelection(["enp3s0"]);
  assert.deepEqual(selection.missing(selection.find(links)), []);
});
