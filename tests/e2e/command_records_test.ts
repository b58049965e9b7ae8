/**
 * What is kept of a real daemon's work: `leases` and `audit`, while it runs and afterwards.
 *
 * @module
 */

import assert from "node:assert/strict";
import { waitForVerified, withLease } from "../support/commands.ts";
import { testWith } from "../support/requirements.ts";

testWith(["netns", "executable", "dnsmasq"], "leases lists what there is", async (t) => {
  await withLease(async ({ network, daemon, commands }) => {
    const heading = "INTERFACE +ADDRESS +SERVER +LEASE +ENDS IN";
    const state = `--state-dir=${network.directory}/state`;

    await t.step("of a daemon that runs", async () => {
      assert.match(
        await commands.print("leases"),
        new RegExp(
          `^${heading}\neth0 +192\\.0\\.2\\.7/24 +192\\.0\\.2\\.1 +1 h +(59 min.*|1 h)\n$`,
        ),
      );
      const [lease, ...others] = JSON.parse(await commands.print("leases", "--json", "eth0"));
      assert.deepEqual(others, []);
      const { endsIn, ...rest } = lease;
      assert.ok(endsIn > 3500 && endsIn <= 3600, String(endsIn));
      assert.deepEqual(rest, {
        interface: "eth0",
        address: "192.0.2.7/24",
        origin: "dhcp",
        server: "192.0.2.1",
        leaseTime: 3600,
        saved: false,
      });
      await commands.fail(66, /Cannot find "eth7"/, "leases", "eth7");
    });

    await t.step("that are saved", async () => {
      await daemon.stop();
      const { code, stdout, stderr } = await commands.run("leases", state);
      assert.equal(code, 0);
      assert.match(
        stdout,
        new RegExp(`^${heading}\neth0 +192\\.0\\.2\\.7/24 +192\\.0\\.2\\.1 +- +(59 min|1 h)`),
      );
      assert.match(stderr, /what follows are the leases that were saved\n$/);
      const json = JSON.parse((await commands.run("leases", "--json", state)).stdout);
      assert.equal(json.length, 1);
      assert.deepEqual([json[0].address, json[0].saved], ["192.0.2.7/24", true]);
    });

    await t.step("or that there are none", async () => {
      const empty = `--state-dir=${network.directory}/run`;
      await commands.fail(69, /none listens in/, "leases", empty);
    });
  });
});

testWith(["netns", "executable", "dnsmasq"], "audit shows who has done what", async (t) => {
  await withLease(async ({ network, daemon, commands }) => {
    const log = `${network.directory}/state/audit.log`;
    const verify = (...args: string[]) => commands.run("audit", "--verify", ...args);
    await waitForVerified(commands); // the last of what a start has to say
    await commands.print("renew");

    await t.step("in lines for people", async () => {
      const text = await commands.print("audit");
      const time = "^\\d{4}-\\d\\d-\\d\\dT\\S+Z ";
      for (
        const line of [
          `priv - daemon-start ok: version \\S+, pid ${daemon.process.pid}$`,
          "priv eth0 address-add \\(none\\) -> .192.0.2.7/24 .* ok$",
          "calf:dhcp4 eth0 write /ip \\(none\\) -> 192.0.2.7/24 ok$",
          "operator uid=0 pid=\\d+ eth0 write /request \\(none\\) -> renew ok$",
        ]
      ) {
        assert.match(text, new RegExp(time + line, "m"));
      }
      assert.doesNotMatch(text, / denied/);
      assert.match(text, /^[\x20-\x7e\n]+$/);
    });

    await t.step("in JSON, as they are", async () => {
      const text = await commands.print("audit", "--json");
      assert.equal(text, await Deno.readTextFile(log));
      const sequence = text.trimEnd().split("\n").map((line) => JSON.parse(line).seq);
      assert.deepEqual(sequence, sequence.map((_, i) => sequence[0] + i));
    });

    await t.step("since a time", async () => {
      assert.equal(await commands.print("audit", "--since=1h"), await commands.print("audit"));
      const now = new Date().toISOString();
      assert.equal(await commands.print("audit", `--since=${now}`), "");
      await commands.print("renew");
      const later = await commands.print("audit", `--since=${now}`);
      assert.match(later, /^\S+ operator uid=0 pid=\d+ eth0 write \/request .*-> renew ok\n/);
      await commands.fail(64, /Cannot use --since/, "audit", "--since=yesterday");
    });

    await t.step("and that it is what was written", async () => {
      const { code, stdout, stderr } = await verify();
      assert.deepEqual([code, stderr], [0, ""]);
      assert.match(stdout, /audit\.log: \d+ lines in 1 file: intact\n$/);
    });

    await t.step("or is not: a line was changed", async () => {
      const original = await Deno.readTextFile(log);
      const lines = original.trimEnd().split("\n");
      const at = lines.findIndex((line) => line.includes('"key":"/ip"'));
      const forged = lines.with(at, lines[at].replace("192.0.2.7", "192.0.2.8"));
      await Deno.writeTextFile(log, `${forged.join("\n")}\n`);
      const { code, stdout, stderr } = await verify();
      assert.equal(code, 65);
      assert.equal(stdout, "");
      assert.match(stderr, new RegExp(`audit\\.log:(${at + 1}|${at + 2}): `));
      assert.match(stderr, /: NOT what was written\n$/);
      await Deno.writeTextFile(log, original);
      assert.equal((await verify()).code, 0);
    });

    await t.step("or is not: the last line was removed, or one was added", async () => {
      const original = await Deno.readTextFile(log);
      const lines = original.trimEnd().split("\n");
      await Deno.writeTextFile(log, `${lines.slice(0, -1).join("\n")}\n`);
      assert.equal((await verify()).code, 65);
      await Deno.writeTextFile(log, `${original}${lines[0]}\n`);
      assert.equal((await verify()).code, 65);
      await Deno.writeTextFile(log, original);
      assert.equal((await verify()).code, 0);
    });

    await t.step("also without the daemon, which vouches for the end", async () => {
      await daemon.stop();
      const { code, stdout } = await verify(`--state-dir=${network.directory}/state`);
      assert.equal(code, 0);
      assert.match(stdout, /: intact; no daemon vouches for the last line\n$/);
      const end = await commands.print("audit", `--file=${log}`);
      assert.match(end.trimEnd().split("\n").at(-1) ?? "", /priv - daemon-end ok/);
      await commands.fail(66, /There is no .*none/, "audit", `--file=${network.directory}/none`);
    });
  });
});
