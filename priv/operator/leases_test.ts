import assert from "node:assert/strict";
import { run, withDirectory } from "./testing/command.ts";
import { FakeDaemon } from "./testing/fake_daemon.ts";
import { BOUND, placed, TREE } from "./testing/keys_fixture.ts";

Deno.test("leases lists those of all daemons", async () => {
  await withDirectory(async (directory) => {
    using _first = new FakeDaemon(`${directory}/:control`, TREE);
    using _second = new FakeDaemon(`${directory}/:control.10`, {
      "/daemon/version": "0.1.0",
      ...placed("eth2", {
        "/ip": "169.254.7.8/16",
        "/origin": "ipv4ll",
        "/lease/time": "infinite",
      }),
    });
    const { code, stdout, stderr } = await run("leases", `--run-dir=${directory}`);
    assert.equal(stderr, "");
    assert.equal(code, 0);
    assert.equal(
      stdout,
      "INTERFACE  ADDRESS         SERVER     LEASE     ENDS IN\n" +
        "eth0       192.0.2.7/24    192.0.2.1  1 h       58 min 3 s\n" +
        "eth2       169.254.7.8/16  ipv4ll     for ever  never\n",
    );
    const json = JSON.parse(
      (await run("leases", "--json", "eth0", `--run-dir=${directory}`)).stdout,
    );
    assert.deepEqual(json, [{
      interface: "eth0",
      address: "192.0.2.7/24",
      origin: "dhcp",
      server: "192.0.2.1",
      leaseTime: 3600,
      endsIn: 3483,
      saved: false,
    }]);
  });
});

Deno.test("leases lists what was saved when there is no daemon", async () => {
  await withDirectory(async (directory) => {
    const now = Math.floor(Date.now() / 1000);
    const saved = (more: Record<string, unknown>) =>
      JSON.stringify({
        version: 1,
        origin: "dhcp",
        mac: BOUND["/mac"],
        address: "192.0.2.7/24",
        server: "192.0.2.1",
        obtained: now - 10,
        expires: now + 86_400 * 3 + 3600,
        ...more,
      });
    await Deno.writeTextFile(`${directory}/eth0.lease`, saved({}));
    await Deno.writeTextFile(`${directory}/eth1.lease`, saved({ server: null, expires: now - 1 }));
    await Deno.writeTextFile(`${directory}/eth2.lease`, saved({ address: "$(reboot)\u001b" }));
    await Deno.writeTextFile(`${directory}/eth3.lease`, "no JSON");
    await Deno.writeTextFile(`${directory}/duid`, "x");
    const dirs = [`--run-dir=${directory}/none`, `--state-dir=${directory}`];
    const { code, stdout, stderr } = await run("leases", ...dirs);
    assert.equal(code, 0);
    const rows = stdout.split("\n").map((row) => row.split(/ {2,}/));
    assert.deepEqual(rows[1].slice(0, 4), ["eth0", "192.0.2.7/24", "192.0.2.1", "-"]);
    assert.match(rows[1][4], /^3 d(?: 1 h)?$/);
    assert.deepEqual(rows[2], ["eth1", "192.0.2.7/24", "dhcp", "-", "over"]);
    assert.equal(rows.length, 4);
    assert.match(stderr, /eth2\.lease ignored: bad address/);
    assert.match(stderr, /eth3\.lease ignored: not JSON/);
    assert.match(stderr, /none listens in .*; what follows are the leases that were saved/);
    const none = await run("leases", `--run-dir=${directory}`, `--state-dir=${directory}/none`);
    assert.equal(none.code, 69);
  });
});

Deno.test("keys lists what operators may read, without a daemon", async () => {
  const { code, stdout } = await run("keys");
  assert.equal(code, 0);
  assert.match(stdout, /^IFACE\/ip +Ipv4Cidr +the leased address/m);
  assert.match(stdout, /^\/daemon\/request +DaemonRequest .*\(writable\)$/m);
  assert.doesNotMatch(stdout, /seed/);
  const keys: Record<string, unknown>[] = JSON.parse((await run("keys", "--json")).stdout);
  assert.deepEqual(keys.find(({ key }) => key === "IFACE/lease/time"), {
    key: "IFACE/lease/time",
    type: "Seconds",
    json: "integer",
    unit: "s",
    writable: false,
    file: true,
    measured: false,
    meaning: "lease time (option 51), from the acknowledgement on",
  });
});
