/**
 * The audit log of a real daemon: what is written in it, that the chain goes on whatever happens, and that
 * a disk that is full costs lines only.
 *
 * @module
 */

import assert from "node:assert/strict";
import { formatLine, NO_PREVIOUS } from "../../priv/audit/line.ts";
import { sha256 } from "../../priv/audit/sha256.ts";
import { read, write } from "../../priv/testing/operator_messages.ts";
import { attackCommand, withAttacker } from "../support/attacker.ts";
import {
  assertEvents,
  assertIntact,
  auditFile,
  auditLines,
  problemsOf,
  waitForEvent,
} from "../support/audit.ts";
import { type Daemon, withDaemon } from "../support/daemon.ts";
import { startDnsmasq } from "../support/dnsmasq.ts";
import { readMetrics, sample } from "../support/metrics.ts";
import {
  type Network,
  ORIGINAL_RESOLV_CONF,
  SERVER_INTERFACE,
  withNetwork,
} from "../support/network.ts";
import { controlSocket, Operator, waitForSocket } from "../support/operator.ts";
import { signalProcess } from "../support/process.ts";
import { testWith } from "../support/requirements.ts";
import { waitUntil } from "../support/wait.ts";
import { Wire } from "../support/wire.ts";

const PRIV = { actor: "priv", result: "ok" } as const;
const CALF = { actor: "calf:dhcp4", interface: "eth0" } as const;
const OPERATOR = `operator uid=${Deno.uid()} pid=${Deno.pid}`;

async function withOperator(
  network: Network,
  body: (operator: Operator) => Promise<void>,
): Promise<void> {
  await waitForSocket(controlSocket(network));
  using operator = new Operator(controlSocket(network));
  await body(operator);
}

/** Lets an operator ask for a renewal, and waits until it is recorded. */
async function renew(network: Network): Promise<void> {
  const before = auditLines(auditFile(network)).at(-1)?.seq ?? 0;
  await withOperator(network, async (operator) => {
    operator.say(write(1, "/interface/eth0/request", "renew"));
    assert.equal(await operator.hear("1 "), "1 ok ");
  });
  await waitUntil(
    "a recorded renewal",
    () =>
      auditLines(auditFile(network)).some(({ seq, action, actor }) =>
        seq > before && action === "rewrite" && actor === CALF.actor
      ),
  );
}

testWith(
  ["netns", "executable", "dnsmasq"],
  "all that is done is recorded, by whom, and what it was before",
  async (t) => {
    await withNetwork(async (network) => {
      await startDnsmasq(network);
      const file = auditFile(network);
      await withDaemon(network, async (daemon) => {
        const { pid } = daemon.process;
        await daemon.waitForLease();
        const calf = await daemon.calf();

        await t.step("a lease, from the start on", async () => {
          await waitForEvent(file, { ...CALF, key: "/lease/t2" });
          const lines = auditLines(file);
          assertEvents(
            lines,
            { ...PRIV, action: "daemon-start", detail: new RegExp(`, pid ${pid}$`) },
            { ...PRIV, action: "process-start", interface: "eth0", detail: `pid ${calf}` },
            { ...PRIV, action: "filter-set", interface: "eth0", detail: `pid ${calf}, no address` },
            { ...PRIV, action: "link-up", interface: "eth0" },
            { ...CALF, action: "write", key: "/state", old: null, new: "SELECTING" },
            { ...CALF, action: "write", key: "/state", old: "SELECTING", new: "REQUESTING" },
            { ...PRIV, action: "mtu-set", interface: "eth0", old: "1500", new: "1400" },
            { ...PRIV, action: "address-add", old: null, new: /^192\.0\.2\.7\/24 .*3600 s$/ },
            { ...PRIV, action: "route-add", old: null, new: /^0\.0\.0\.0\/0 via 192\.0\.2\.1 / },
            { ...PRIV, action: "filter-set", detail: `pid ${calf}, 192.0.2.7` },
          );
          assertEvents(lines, {
            ...{ ...PRIV, action: "file-write", key: "/etc/resolv.conf" },
            ...{ old: ORIGINAL_RESOLV_CONF, new: /\nnameserver 192\.0\.2\.53\n/ },
          });
          assertEvents(
            lines,
            { ...CALF, action: "write", key: "/state", old: "REQUESTING", new: "BOUND" },
            { ...CALF, action: "write", key: "/ip", old: null, new: "192.0.2.7/24", result: "ok" },
            { ...CALF, action: "write", key: "/nameserver/002", old: null, new: "192.0.2.54" },
          );
        });

        await t.step("the file is the daemon's, and its group may read it", async () => {
          assert.equal((await Deno.stat(file)).mode! & 0o777, 0o640);
        });

        await t.step("the calf's confinement, as the kernel tells it", async () => {
          const { detail } = await waitForEvent(file, { ...PRIV, action: "calf-confined" });
          assert.match(detail!, /^seccomp no_new_privs no-capabilities .*threads=1$/);
        });

        await t.step("a renewal, and the operator who wanted it", async () => {
          const before = auditLines(file).length;
          await renew(network);
          assertEvents(
            auditLines(file).slice(before),
            { actor: OPERATOR, action: "write", key: "/request", new: "renew", result: "ok" },
            { ...CALF, action: "write", key: "/state", old: "BOUND", new: "RENEWING" },
            { ...PRIV, action: "address-renew", interface: "eth0" },
            { ...CALF, action: "write", key: "/state", old: "RENEWING", new: "BOUND" },
            { ...CALF, action: "rewrite", detail: /^\d+ keys unchanged$/, result: "ok" },
          );
        });

        await t.step("what an operator was refused, and no secret", async () => {
          await withOperator(network, async (operator) => {
            operator.say(write(1, "/interface/eth0/ip", "198.51.100.1/24"));
            operator.say(read(2, "/interface/eth0/seed"));
            await operator.hear("2 error denied");
          });
          const refused = { actor: OPERATOR, result: "denied" } as const;
          await waitForEvent(file, { ...refused, action: "write", key: "/interface/eth0/ip" });
          await waitForEvent(file, { ...refused, action: "read", key: "/interface/eth0/seed" });
          // A seed is 32 hexadecimal digits, a hash 64.
          assert.doesNotMatch(Deno.readTextFileSync(file), /(?<![0-9a-f])[0-9a-f]{32}(?![0-9a-f])/);
        });

        await t.step("the death of a calf", async () => {
          const before = auditLines(file).length;
          signalProcess(calf, "SIGKILL");
          await waitUntil("another calf", async () => await daemon.calf() !== calf);
          const pid = await daemon.calf();
          await waitForEvent(file, { action: "filter-set", detail: `pid ${pid}, 192.0.2.7` });
          assertEvents(
            auditLines(file).slice(before),
            { ...PRIV, action: "process-end", detail: "calf killed by SIGKILL" },
            { ...PRIV, action: "process-start", interface: "eth0", detail: `pid ${pid}` },
            { ...PRIV, action: "filter-set", detail: `pid ${pid}, 192.0.2.7` },
          );
          await daemon.waitForLease();
        });

        await t.step("the end, and what is undone", async () => {
          assert.equal(await daemon.stop(), 0);
          const lines = auditLines(file);
          assertEvents(
            lines,
            { ...PRIV, action: "mtu-set", old: "1400", new: "1500" },
            { ...PRIV, action: "address-remove", old: /^192\.0\.2\.7\/24/, new: null },
            { ...PRIV, action: "file-restore", key: "/etc/resolv.conf" },
            { ...PRIV, action: "daemon-end", detail: "exit code 0" },
          );
          assert.equal(lines.at(-1)?.action, "daemon-end");
          assertIntact(file);
        });
      });
    });
  },
);

/** Runs the daemon until it has a lease and a renewal, and its end. */
async function runOnce(
  network: Network,
  end: (daemon: Daemon) => Promise<unknown>,
): Promise<void> {
  await withDaemon(network, async (daemon) => {
    // The results may be those of one that was killed.
    await daemon.process.waitForLine(/bound to 192\.0\.2\.7/);
    await renew(network);
    await end(daemon);
  });
}

testWith(
  ["netns", "executable", "dnsmasq"],
  "one chain goes through all starts, and shows who meddles with it",
  async (t) => {
    await withNetwork(async (network) => {
      await startDnsmasq(network);
      const file = auditFile(network);
      const starts = () =>
        auditLines(file).filter(({ action }) => action === "daemon-start").length;

      await t.step("after an end in order", async () => {
        await runOnce(network, (daemon) => daemon.stop());
        assertIntact(file);
        await runOnce(network, (daemon) => {
          daemon.process.kill("SIGKILL");
          return daemon.process.waitForEnd();
        });
        assert.equal(starts(), 2);
        assertIntact(file);
      });

      await t.step("after a violent one", async () => {
        const before = auditLines(file).length;
        await runOnce(network, (daemon) => daemon.stop());
        assert.equal(starts(), 3);
        assert.equal(auditLines(file)[0].seq, 1);
        assert.equal(auditLines(file)[before].action, "daemon-start");
        assertIntact(file);
      });

      await t.step("lines that are changed, removed, moved or added are named", () => {
        const head = assertIntact(file);
        const lines = Deno.readTextFileSync(file).split("\n").slice(0, -1);
        const at = lines.findIndex((line) => line.includes('"key":"/ip"'));
        const n = at + 1;
        const changed = lines.with(at, lines[at].replace("192.0.2.7/24", "192.0.2.9/24"));
        assert.deepEqual(problemsOf(changed, head), [`${n}: was changed`]);
        const missing = `record ${n} is missing between copy:${at} and this line`;
        assert.deepEqual(problemsOf(lines.toSpliced(at, 1), head), [`${n}: ${missing}`]);
        const moved = lines.with(at, lines[at + 1]).with(at + 1, lines[at]);
        assert.match(problemsOf(moved, head)[0], new RegExp(`^${n}: stands before`));
        const added = lines.toSpliced(at, 0, lines[at].replace("192.0.2.7", "192.0.2.9"));
        assert.match(problemsOf(added, head)[0], new RegExp(`^${n}: .*inserted$`));
        assert.equal(problemsOf(lines.slice(0, -1), head).length, 1, "the end is missing");
        assert.deepEqual(problemsOf(lines, head), []);
      });

      await t.step("a line that was not written whole is part of it", async () => {
        const text = Deno.readTextFileSync(file);
        Deno.writeTextFileSync(file, text.slice(0, -40));
        await withDaemon(network, async (daemon) => {
          await daemon.waitForLease();
          assert.equal(await daemon.stop(), 0);
        });
        const lines = Deno.readTextFileSync(file).split("\n").slice(0, -1);
        const torn = text.split("\n").length - 2;
        assert.match(lines[torn + 1], /"action":"torn"/);
        assert.deepEqual(problemsOf(lines, null), []);
        assert.match(problemsOf(lines.with(torn, "{}"), null)[0], new RegExp(`^${torn + 1}: `));
      });
    });
  },
);

/** Writes a chain of this many bytes. */
function writeChain(file: string, bytes: number): number {
  let [seq, prev, text] = [0, NO_PREVIOUS, ""];
  while (text.length < bytes) {
    const event = {
      actor: "priv",
      action: "link-up",
      result: "ok",
      detail: "x".repeat(400),
    } as const;
    const line = formatLine(event, { seq: ++seq, timeMs: 0, prev });
    prev = sha256(line);
    text += `${line}\n`;
  }
  Deno.writeTextFileSync(file, text);
  return seq;
}

testWith(["netns", "executable", "dnsmasq"], "the log is rotated, and none is kept", async (t) => {
  await withNetwork(async (network) => {
    await startDnsmasq(network);
    const file = auditFile(network);
    const names = () =>
      [...Deno.readDirSync(`${network.directory}/state`)].map(({ name }) => name)
        .filter((name) => /^audit/.test(name) && !name.endsWith(".lock")).sort();

    await t.step("when it is large, and so many older files are kept", async () => {
      Deno.mkdirSync(`${network.directory}/state`);
      writeChain(`${file}.1`, 1);
      const before = writeChain(file, 1 << 20);
      await withDaemon(network, async (daemon) => {
        await daemon.waitForLease();
        await waitForEvent(file, { ...CALF, key: "/lease/t2" });
        assert.equal(await daemon.stop(), 0);
      }, ...["--audit-size=1", "--audit-keep=1"]);
      assert.deepEqual(names(), ["audit.log", "audit.log.1"]);
      assert.equal((await Deno.stat(file)).mode! & 0o777, 0o640);
      const rotated = Deno.readTextFileSync(file).split("\n");
      assert.match(rotated[0], new RegExp(`^{"seq":${before + 1},.*"action":"rotated"`));
      assertIntact(file);
    });

    await t.step("not at all when there is to be none", async () => {
      for (const name of names()) Deno.removeSync(`${network.directory}/state/${name}`);
      await withDaemon(network, async (daemon) => {
        await daemon.waitForLease();
        await withOperator(network, async (operator) => {
          operator.say(read(1, "/daemon/audit/health"));
          assert.match(await operator.hear("1 "), /^1 error /);
        });
        assert.equal(await daemon.stop(), 0);
      }, "--audit-log=none");
      assert.deepEqual(names(), []);
    });
  });
});

testWith(["netns", "executable"], "what a hostile calf was refused is recorded", async () => {
  await withNetwork(async (network) => {
    const wire = await Wire.open(network.server, SERVER_INTERFACE);
    const file = auditFile(network);
    await withAttacker(network, wire, async () => {
      wire.send(attackCommand("write-what-is-not-its-own"));
      await waitForEvent(file, { ...CALF, action: "commit", key: "/mac", result: "denied" });
      wire.send(attackCommand("send-garbage-to-priv"));
      await waitForEvent(file, { ...PRIV, action: "process-kill", interface: "eth0" });
      await waitForEvent(file, { action: "process-end", detail: "calf killed by SIGKILL" });
    });
    assertIntact(file);
    await wire.close();
  });
});

testWith(
  ["netns", "executable", "dnsmasq"],
  "a disk that is full costs lines, and no lease",
  async () => {
    await withNetwork(async (network) => {
      await startDnsmasq(network);
      const { client, directory } = network;
      const state = `${directory}/state`;
      Deno.mkdirSync(state);
      await client.run("mount", "-t", "tmpfs", "-o", "size=256k,mode=755", "tmpfs", state);
      await client.output(["dd", "if=/dev/zero", `of=${state}/filler`, "bs=4k"]);
      // Nobody outside of the namespace sees that file system.
      const file = `/proc/${client.pid}/root${state}/audit.log`;
      await withDaemon(network, async (daemon) => {
        await daemon.waitForLease();
        await daemon.process.waitForLine(/audit log: .*ENOSPC/);
        await withOperator(network, async (operator) => {
          operator.say(read(1, "/daemon/audit/health"));
          assert.equal(await operator.hear("1 "), "1 ok failing");
          operator.say(read(2, "/daemon/audit/error"));
          assert.match(await operator.hear("2 "), /^2 ok .*ENOSPC/);
          const metrics = await readMetrics(`${directory}/run/:metrics`);
          assert.equal(sample(metrics, "mirage_dhcp_audit_healthy"), 0);
          operator.say(write(3, "/interface/eth0/request", "renew"));
          await operator.hear("3 ok");
          await waitUntil("a renewal", () => /renewed 192\.0\.2\.7/.test(daemon.process.log));
          assert.deepEqual(auditLines(file), []);

          await client.run("rm", `${state}/filler`);
          const { detail } = await waitForEvent(file, { action: "audit-resumed" }, 15_000);
          assert.equal(detail, "0 events lost");
          operator.say(read(4, "/daemon/audit/health"));
          assert.equal(await operator.hear("4 "), "4 ok ok");
        });
        assert.equal(await daemon.stop(), 0);
        const lines = auditLines(file);
        assertEvents(
          lines,
          { ...PRIV, action: "daemon-start" },
          { ...PRIV, action: "address-add" },
          { actor: OPERATOR, action: "write", key: "/request", new: "renew" },
          { ...PRIV, action: "audit-resumed" },
          { ...PRIV, action: "daemon-end" },
        );
        assertIntact(file);
      });
    });
  },
);
