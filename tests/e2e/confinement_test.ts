/**
 * What is left to the calf, and to priv, as the kernel tells it.
 *
 * @module
 */

import assert from "node:assert/strict";
import { confinementOf } from "../support/confinement.ts";
import { runDaemon, withDaemon } from "../support/daemon.ts";
import { withServer } from "../support/dhcp_server.ts";
import { startDnsmasq } from "../support/dnsmasq.ts";
import { withNetwork } from "../support/network.ts";
import { processStatus, signalProcess } from "../support/process.ts";
import { testWith } from "../support/requirements.ts";
import { waitUntil } from "../support/wait.ts";

const SECCOMP_MODE_FILTER = 2;

testWith(
  ["root", "netns", "executable"],
  "the calf has nothing but its five descriptors",
  async () => {
    await withNetwork(async (network) => {
      await withServer(network, {}, async () => {
        await withDaemon(network, async (daemon) => {
          await daemon.waitForLease();
          const calf = confinementOf(await daemon.calf(), daemon.process.pid);
          assert.notEqual(calf.uid, 0);
          assert.equal(calf.capabilities, 0n);
          assert.equal(calf.bounding, 0n);
          assert.equal(calf.seccomp, SECCOMP_MODE_FILTER);
          assert.equal(calf.noNewPrivileges, true);
          assert.equal(calf.threads, 1);
          assert.deepEqual(
            [...calf.descriptors].map(([fd, what]) => `${fd} ${what.replace(/:.*/, "")}`),
            ["0 pipe", "1 pipe", "2 pipe", "3 socket", "4 socket"],
          );
          for (const kind of ["net", "mnt"]) assert.ok(calf.ownNamespaces.includes(kind), kind);
          assert.deepEqual(calf.root, []);
        });
      });
    });
  },
);

const NET_BIND_SERVICE = 1n << 10n;
const NET_ADMIN = 1n << 12n;
const NET_RAW = 1n << 13n;
const SYS_ADMIN = 1n << 21n;

function assertConfined(pid: number, capabilities: bigint): void {
  const priv = confinementOf(pid, Deno.pid);
  assert.equal(priv.capabilities, capabilities, priv.capabilities.toString(16));
  const status = processStatus(pid);
  assert.equal(BigInt(`0x${status?.get("CapPrm")}`), capabilities);
  for (const set of ["CapInh", "CapAmb", "CapBnd"]) {
    assert.match(status?.get(set) ?? "", /^0+$/, set);
  }
  assert.equal(priv.seccomp, SECCOMP_MODE_FILTER);
  assert.equal(priv.noNewPrivileges, true);
  assert.equal(priv.threads, 1);
}

testWith(
  ["root", "netns", "executable"],
  "priv keeps three capabilities, and a seccomp filter decides on the rest",
  async () => {
    await withNetwork(async (network) => {
      await network.client.run("hostname", "named");
      await withServer(network, {}, async () => {
        await withDaemon(network, async (daemon) => {
          await daemon.waitForLease();
          const { pid } = daemon.process;
          assertConfined(pid, NET_ADMIN | NET_RAW | NET_BIND_SERVICE);
          // Of a process that is not dumpable, nobody but root may look at the memory (proc(5)).
          const limits = await Deno.readTextFile(`/proc/${pid}/limits`);
          assert.match(limits, /^Max core file size +0 +0 /m);
          assert.match(limits, /^Max processes +0 +0 /m);
          const line = /INFO +priv: confined: no_new_privs .*landlock=\d+ .*seccomp$/m;
          assert.match(daemon.process.log, line);
          assert.doesNotMatch(daemon.process.log, /not confined/);
        });
      });
    });
  },
);

testWith(
  ["root", "netns", "executable"],
  "priv keeps CAP_SYS_ADMIN as long as it may have to name the host",
  async () => {
    await withNetwork(async (network) => {
      await network.client.run("hostname", "localhost");
      await withServer(network, {}, async () => {
        await withDaemon(network, async (daemon) => {
          await daemon.waitForLease();
          assertConfined(daemon.process.pid, NET_ADMIN | NET_RAW | NET_BIND_SERVICE | SYS_ADMIN);
        });
      });
    });
  },
);

testWith(
  ["root", "netns", "executable"],
  "priv runs as another user, does all of its work, and calves stay confined as root's are",
  async () => {
    await withNetwork(async (network) => {
      await network.client.run("hostname", "named");
      await Deno.chmod(network.directory, 0o777);
      await withServer(network, {}, async () => {
        await withDaemon(
          network,
          async (daemon) => {
            await daemon.waitForLease();
            const { pid } = daemon.process;
            assertConfined(pid, NET_ADMIN | NET_RAW | NET_BIND_SERVICE);
            assert.equal(confinementOf(pid, Deno.pid).uid, 4711);
            const calf = await daemon.calf();
            const { uid, ownNamespaces } = confinementOf(calf, pid);
            assert.equal(uid, 65534);
            assert.ok(!ownNamespaces.includes("user"), "root's namespaces need no user namespace");
            assert.ok(ownNamespaces.includes("net"));
            // Another calf, by a priv that can neither start nor kill one.
            signalProcess(calf, "SIGKILL");
            await waitUntil("another calf", async () => await daemon.calf() !== calf);
            await daemon.waitForLease();
            const owner = (await Deno.stat(`${network.directory}/run/eth0/ip`)).uid;
            assert.equal(owner, 4711);
            assert.equal(await daemon.stop(), 0, daemon.process.log);
            assert.equal(await network.addressText(), "");
          },
          "--user=4711:4711",
          "--resolv-conf=none",
        );
      });
    });
  },
);

testWith(["root", "netns", "executable"], "--user wants a user who can write", async () => {
  await withNetwork(async (network) => {
    const none = await runDaemon(network, "--user=no-such-user");
    assert.equal(none.code, 67);
    assert.match(none.stderr, /^mirage-dhcp: Cannot find the user "no-such-user"$/m);
    await Deno.mkdir(`${network.directory}/run`);
    const foreign = await runDaemon(network, "--user=4711:4711");
    assert.equal(foreign.code, 73);
    assert.match(
      foreign.stderr,
      /^mirage-dhcp: Cannot run as user 4711:4711: \S+run is not writable for it$/m,
    );
  });
});

testWith(
  ["root", "netns", "executable"],
  "a resolver configuration that is missing at the start is empty in the end",
  async () => {
    await withNetwork(async (network) => {
      const path = `${network.directory}/none.conf`;
      await withServer(network, {}, async () => {
        await withDaemon(network, async (daemon) => {
          await daemon.waitForLease();
          await waitUntil("name servers", () => /^nameserver /m.test(Deno.readTextFileSync(path)));
          assert.equal(await daemon.stop(), 0);
          assert.equal(await Deno.readTextFile(path), "");
        }, `--resolv-conf=${path}`);
      });
    });
  },
);

testWith(
  ["root", "netns", "executable"],
  "a resolver configuration that another program has put in place of ours is never touched",
  async () => {
    await withNetwork(async (network) => {
      const path = `${network.directory}/other.conf`;
      await Deno.writeTextFile(path, "# mine\n");
      await withServer(network, {}, async () => {
        await withDaemon(network, async (daemon) => {
          await daemon.waitForLease();
          await waitUntil("name servers", () => /^nameserver /m.test(Deno.readTextFileSync(path)));
          await Deno.writeTextFile(`${path}.new`, "# theirs\n");
          await Deno.rename(`${path}.new`, path);
          daemon.process.kill("SIGUSR2"); // the lease ends
          await daemon.waitForState("RELEASED");
          daemon.process.kill("SIGUSR1"); // and another one comes
          await daemon.waitForLease();
          assert.equal(await Deno.readTextFile(path), "# theirs\n");
          assert.equal(await daemon.stop(), 0, daemon.process.log);
          assert.equal(await Deno.readTextFile(path), "# theirs\n");
        }, `--resolv-conf=${path}`);
      });
    });
  },
);

testWith(
  ["root", "netns", "executable", "dnsmasq"],
  "priv keeps the right to the files that a predecessor of another user has left",
  async () => {
    await withNetwork(async (network) => {
      await startDnsmasq(network);
      const run = `${network.directory}/run`;
      await Deno.mkdir(run, { mode: 0o755 });
      await Deno.writeTextFile(`${run}/eth0:lock`, "", { mode: 0o600 });
      await Deno.chown(`${run}/eth0:lock`, 65534, 65534);
      await withDaemon(network, async (daemon) => {
        await daemon.waitForLease();
        assert.match(daemon.process.log, /confined: .* capabilities=\S*dac_override/);
      });
    });
  },
);
