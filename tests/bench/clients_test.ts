/**
 * Tests of clients.ts and configuration.ts.
 *
 * @module
 */

import assert from "node:assert/strict";
import { chooseClients, type Client, CLIENTS, commandLines, programFile } from "./clients.ts";
import { CONFIGURATION, DHCPCD_ARP_FILE, DHCPCD_LINUXKIT_FILE } from "./configuration.ts";

const ABSENT: Client = { ...CLIENTS[0], program: "no-such-client" };

Deno.test("programFile() looks into the folders of the path in order", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const file = `${folder}/no-such-client`;
    await Deno.writeTextFile(file, "");
    assert.equal(programFile(ABSENT, `/nowhere:${folder}`), file);
    assert.equal(programFile(ABSENT, "/nowhere"), null);
    assert.equal(programFile({ program: file }, "/nowhere"), file);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("commandLines() throws when the client is not installed", () => {
  assert.throws(() => commandLines(ABSENT, ["eth0"]), /no-such-client is not installed/);
});

Deno.test("CLIENTS have names and ids of their own", () => {
  assert.equal(new Set(CLIENTS.map(({ name }) => name)).size, CLIENTS.length);
  assert.equal(new Set(CLIENTS.map(({ id }) => id)).size, CLIENTS.length);
});

Deno.test("CLIENTS cover each interface by name, or by the pattern in a file of theirs", () => {
  for (const client of CLIENTS) {
    const words = client.arguments(["eth0", "eth1"]).flat();
    const named = words.filter((word) => /^eth/.test(word));
    const file = words.find((word) => word.startsWith("/etc/")) ??
      (client.id === "networkd" ? "/etc/systemd/network/bench.network" : "");
    const matched = /eth\*/.test(CONFIGURATION[file] ?? "");
    assert.ok(matched ? named.length === 0 : named.join() === "eth0,eth1", client.id);
  }
});

Deno.test("chooseClients() keeps the order of turns, and all when none is named", () => {
  assert.deepEqual(chooseClients(["udhcpc", "dhclient"]).map(({ id }) => id), [
    "dhclient",
    "udhcpc",
  ]);
  assert.equal(chooseClients([]).length, CLIENTS.length);
  assert.throws(() => chooseClients(["pump"]), /no client pump; there are mirage-dhcp,/);
});

Deno.test("dhcpcd's two files differ in noarp only", () => {
  assert.equal(
    CONFIGURATION[DHCPCD_LINUXKIT_FILE].replace("noarp\n", ""),
    CONFIGURATION[DHCPCD_ARP_FILE],
  );
  assert.match(CONFIGURATION[DHCPCD_LINUXKIT_FILE], /^noarp$/m);
});
