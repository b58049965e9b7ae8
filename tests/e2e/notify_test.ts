/**
 * What a service manager hears of a real daemon: sd_notify(3) and its watchdog.
 *
 * @module
 */

import assert from "node:assert/strict";
import { closeFd } from "../../ffi/fd.ts";
import { send } from "../../ffi/socket.ts";
import { monotonicTimeUs } from "../../ffi/time.ts";
import { connectUnix, SocketType } from "../../ffi/unix_socket.ts";
import { type Daemon, daemonCommand, withDaemonBy } from "../support/daemon.ts";
import { DatagramReceiver } from "../support/datagram_receiver.ts";
import { startDnsmasq } from "../support/dnsmasq.ts";
import { type Network, withNetwork } from "../support/network.ts";
import { RemoteReceiver } from "../support/remote_receiver.ts";
import { testWith } from "../support/requirements.ts";
import { delay, staysTrue, waitUntil } from "../support/wait.ts";

type Manager = Pick<DatagramReceiver, "all" | "waitFor">;

function socketPath({ directory }: Network): string {
  return `${directory}/notify`;
}

/** Runs `body` with a daemon that is started by a service manager. */
function withNotifier(
  network: Network,
  env: Readonly<Record<string, string>>,
  body: (daemon: Daemon) => Promise<void>,
  ...args: string[]
): Promise<void> {
  const variables = { NOTIFY_SOCKET: socketPath(network), ...env };
  const settings = Object.entries(variables).map(([name, value]) => `${name}=${value}`);
  return withDaemonBy(network, ["env", ...settings], body, ...args);
}

function count(manager: Manager, state: string): number {
  return manager.all.filter((it) => it === state).length;
}

/** Sends what nobody reads until there is no room for more. */
function fill(path: string): void {
  const fd = connectUnix(path, SocketType.DGRAM, { nonblocking: true });
  const filler = new TextEncoder().encode("FILLER=1");
  while (send(fd, filler, filler.length) > 0);
  closeFd(fd);
}

/** Waits until a state has been told so many times. */
async function waitForCount(manager: Manager, state: string, wanted: number): Promise<void> {
  await waitUntil(`${wanted} times ${state}`, () => count(manager, state) >= wanted, {
    explain: () => manager.all.join("\n"),
  });
}

/** Sends SIGHUP and waits for its end: what has been told meanwhile. */
async function reload(daemon: Daemon, manager: Manager): Promise<readonly string[]> {
  const before = manager.all.length;
  const ready = count(manager, "READY=1");
  daemon.process.kill("SIGHUP");
  await waitForCount(manager, "READY=1", ready + 1);
  const told = manager.all.slice(before);
  return told.slice(0, told.indexOf("READY=1") + 1);
}

testWith(
  ["netns", "executable", "dnsmasq"],
  "the service manager hears how the daemon is, from its first lease to its end",
  async (t) => {
    await withNetwork(async (network) => {
      await startDnsmasq(network);
      const config = `${network.directory}/mirage-dhcp.conf`;
      Deno.writeTextFileSync(config, "metric 77\n");
      using manager = DatagramReceiver.unix(socketPath(network));
      await network.setCable("down");
      await withNotifier(
        network,
        {},
        async (daemon) => {
          await t.step("not ready without a lease, also when told to reload", async () => {
            await manager.waitFor(/^STATUS=eth0: no carrier$/);
            daemon.process.kill("SIGHUP");
            await daemon.process.waitForLine(/SIGHUP: /);
            await staysTrue("it is not ready", 300, () => {
              return manager.all.every((state) => /^STATUS=eth0: no carrier$/.test(state));
            });
          });

          await t.step("ready with the first lease", async () => {
            await network.setCable("up");
            await manager.waitFor(/^READY=1$/);
            assert.equal(await network.addressText(), "192.0.2.7/24");
            await manager.waitFor(/^STATUS=eth0: BOUND 192\.0\.2\.7\/24$/);
            assert.ok(manager.all.includes("STATUS=eth0: SELECTING"));
          });

          await t.step("a renewal changes the status only", async () => {
            const before = manager.all.length;
            daemon.process.kill("SIGUSR1");
            await manager.waitFor(/^STATUS=eth0: RENEWING 192\.0\.2\.7\/24$/);
            await waitForCount(manager, "STATUS=eth0: BOUND 192.0.2.7/24", 2);
            assert.ok(manager.all.slice(before).every((state) => state.startsWith("STATUS=")));
          });

          for (
            const [what, text] of [
              ["of the same file", "metric 77\n"],
              ["of a file that is wrong", "metric many\n"],
              ["of another file", "metric 78\n"],
            ]
          ) {
            await t.step(`a reload ${what}`, async () => {
              Deno.writeTextFileSync(config, text);
              const before = monotonicTimeUs();
              const [reloading, ...rest] = await reload(daemon, manager);
              const [, time] = /^RELOADING=1\nMONOTONIC_USEC=(\d+)$/.exec(reloading) ?? [];
              assert.ok(Number(time) >= before && Number(time) <= monotonicTimeUs(), reloading);
              assert.equal(rest.at(-1), "READY=1");
              assert.ok(rest.slice(0, -1).every((state) => state.startsWith("STATUS=")));
            });
          }
          await daemon.waitForLease();

          await t.step("the end is told before anything of it is done", async () => {
            const before = manager.all.length;
            assert.equal(await daemon.stop(), 0);
            const told = manager.all.slice(before);
            assert.equal(told[0], "STOPPING=1");
            assert.equal(count(manager, "STOPPING=1"), 1);
            assert.ok(told.includes("STATUS=eth0: RELEASED"), told.join("\n"));
            assert.ok(!told.includes("READY=1"));
          });
        },
        `--config=${config}`,
        "--release",
      );
    });
  },
);

testWith(
  ["netns", "executable"],
  "--nowait is ready at once, and an abstract name is one of its network",
  async () => {
    await withNetwork(async (network) => {
      const name = "@mirage-dhcp-test/notify";
      const manager = await RemoteReceiver.start(network.client, "unix", name);
      await withNotifier(network, { NOTIFY_SOCKET: name }, async (daemon) => {
        await manager.waitFor(/^READY=1$/);
        await manager.waitFor(/^STATUS=eth0: SELECTING$/);
        assert.equal(await network.addressText(), "");
        await daemon.stop();
        await manager.waitFor(/^STOPPING=1$/);
        assert.equal(count(manager, "READY=1"), 1);
      }, "--nowait");
    });
  },
);

testWith(
  ["netns", "executable", "dnsmasq"],
  "an interface that is not there is in the status, and the others make the daemon ready",
  async () => {
    await withNetwork(async (network) => {
      await startDnsmasq(network);
      using manager = DatagramReceiver.unix(socketPath(network));
      await withNotifier(network, {}, async () => {
        await manager.waitFor(/^READY=1$/);
        await manager.waitFor(
          /^STATUS=eth0: BOUND 192\.0\.2\.7\/24, eth7: no such interface yet$/,
        );
      }, "eth7");
    });
  },
);

testWith(
  ["netns", "executable"],
  "the watchdog is fed while the daemon's loop turns",
  async (t) => {
    const WATCHDOG = "WATCHDOG=1";
    await withNetwork(async (network) => {
      using manager = DatagramReceiver.unix(socketPath(network));

      await t.step("twice in its time, with or without a lease", async () => {
        await withNotifier(network, { WATCHDOG_USEC: "200000" }, async ({ process }) => {
          await waitForCount(manager, WATCHDOG, 6);
          process.kill("SIGSTOP");
          try {
            await delay(100); // what was on its way has come
            const before = count(manager, WATCHDOG);
            await staysTrue("it is not fed", 500, () => count(manager, WATCHDOG) === before);
            process.kill("SIGCONT");
            await waitForCount(manager, WATCHDOG, before + 3);
          } finally {
            process.kill("SIGCONT");
          }
        });
      });

      for (
        const [what, env] of [
          ["another process's", { WATCHDOG_USEC: "200000", WATCHDOG_PID: "1" }],
          ["no", {}],
        ] as const
      ) {
        await t.step(`${what} watchdog is not fed`, async () => {
          const before = count(manager, WATCHDOG);
          await withNotifier(network, env, async () => {
            const known = manager.all.length;
            await waitUntil("the status", () => manager.all.length > known);
            await staysTrue("it is not fed", 300, () => count(manager, WATCHDOG) === before);
          });
        });
      }

      await t.step("it is known by its process id", async () => {
        const before = count(manager, WATCHDOG);
        const launcher = [
          ...["env", `NOTIFY_SOCKET=${socketPath(network)}`, "WATCHDOG_USEC=200000", "sh", "-c"],
          ...[`export WATCHDOG_PID=$$; exec "$@"`, "sh"],
        ];
        await withDaemonBy(network, launcher, async () => {
          await waitForCount(manager, WATCHDOG, before + 3);
        });
      });
    });
  },
);

testWith(
  ["netns", "executable", "dnsmasq"],
  "a service manager that does not listen costs nothing",
  async (t) => {
    await withNetwork(async (network) => {
      await startDnsmasq(network);
      const path = socketPath(network);
      const warnings = ({ process }: Daemon) =>
        process.stderr.filter((line) => /service manager|NOTIFY_SOCKET/.test(line));

      await t.step("its socket does not exist until later", async () => {
        await withNotifier(network, { WATCHDOG_USEC: "200000" }, async (daemon) => {
          await daemon.waitForLease();
          await daemon.process.waitForLine(/bound to/);
          assert.match(warnings(daemon).join("\n"), / WARN {2}priv: Cannot reach .*: ENOENT$/);
          using manager = DatagramReceiver.unix(path);
          await manager.waitFor(/^READY=1$/);
          await manager.waitFor(/^STATUS=eth0: BOUND 192\.0\.2\.7\/24$/);
          assert.equal(await daemon.stop(), 0);
          await manager.waitFor(/^STOPPING=1$/);
          assert.equal(warnings(daemon).length, 1);
        });
      });

      await t.step("its socket is full until later", async () => {
        using manager = DatagramReceiver.unix(path);
        fill(path);
        await withNotifier(network, { WATCHDOG_USEC: "200000" }, async (daemon) => {
          await daemon.waitForLease();
          await daemon.process.waitForLine(/bound to/);
          await manager.waitFor(/^READY=1$/);
          assert.equal(await daemon.stop(), 0);
          assert.deepEqual(warnings(daemon), []);
        });
      });

      await t.step("its socket is full for ever", async () => {
        using _manager = DatagramReceiver.unix(path);
        fill(path);
        await withNotifier(network, {}, async (daemon) => {
          await daemon.waitForLease();
          assert.equal(await daemon.stop(), 0);
          assert.equal(await network.addressText(), "");
        });
      });

      for (const [what, socket] of [["no socket", "/dev/null"], ["no path", "notify"]]) {
        await t.step(`${what}: ${socket}`, async () => {
          await withNotifier(network, { NOTIFY_SOCKET: socket }, async (daemon) => {
            await daemon.waitForLease();
            await daemon.process.waitForLine(/bound to/);
            assert.equal(await daemon.stop(), 0);
            assert.equal(warnings(daemon).length, 1, daemon.process.log);
          });
        });
      }
    });
  },
);

testWith(
  ["netns", "executable", "dnsmasq"],
  "--oneshot is ready with its lease, and not without one",
  async () => {
    await withNetwork(async (network) => {
      using manager = DatagramReceiver.unix(socketPath(network));
      const run = (...args: string[]) =>
        network.client.output([
          ...["env", `NOTIFY_SOCKET=${socketPath(network)}`],
          ...daemonCommand(network, "--oneshot", ...args),
        ]);
      const without = await run("--timeout=1");
      assert.equal(without.code, 75, without.stderr);
      assert.equal(count(manager, "READY=1"), 0);
      assert.equal(count(manager, "STOPPING=1"), 1);
      await startDnsmasq(network);
      const { code, stderr } = await run("--timeout=10");
      assert.equal(code, 0, stderr);
      assert.equal(count(manager, "READY=1"), 1);
      assert.doesNotMatch(stderr, /WARN|ERROR/);
    });
  },
);
