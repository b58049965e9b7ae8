/**
 * The executable under other names: dhcpcd's command lines, and the MirageSDK's.
 *
 * @module
 */

import assert from "node:assert/strict";
import { LINUXKIT_CONF } from "../../priv/config/testing/config_text.ts";
import { startDnsmasq } from "../support/dnsmasq.ts";
import { type Network, ORIGINAL_RESOLV_CONF, withNetwork } from "../support/network.ts";
import { isAlive, killAll, type Output, output } from "../support/process.ts";
import { executablePath, testWith } from "../support/requirements.ts";
import { waitUntil } from "../support/wait.ts";

const ADDRESS = "192.0.2.7/24";

/** The executable by its other names, on a network where its default directories are the test's own. */
class Names {
  readonly network: Network;
  readonly config: string;
  readonly #background: number[] = [];

  private constructor(network: Network) {
    this.network = network;
    this.config = `${network.directory}/dhcpcd.conf`;
  }

  static async with(network: Network, body: (names: Names) => Promise<void>): Promise<void> {
    const names = new Names(network);
    // /run is private already.
    await network.client.run("mount", "-t", "tmpfs", "tmpfs", "/var/lib");
    for (const name of ["dhcpcd", "dhcp-client"]) {
      await Deno.symlink(executablePath(), names.path(name));
    }
    await Deno.writeTextFile(names.config, LINUXKIT_CONF);
    try {
      await body(names);
    } finally {
      await killAll(names.#background);
    }
  }

  path(name: string): string {
    return `${this.network.directory}/${name}`;
  }

  /** Runs dhcpcd to the end of its command. */
  async dhcpcd(...args: string[]): Promise<Output> {
    const output = await this.network.client.output([this.path("dhcpcd"), ...args]);
    const pid = this.backgroundOf(output);
    if (pid !== null) this.#background.push(pid);
    return output;
  }

  /** The daemon that a command has left in the background. */
  backgroundOf({ stderr }: Output): number | null {
    const [, pid] = /^dhcpcd: in the background, process (\d+)$/m.exec(stderr) ?? [];
    return pid === undefined ? null : Number(pid);
  }
}

function assertOneLine({ stderr }: Output, pattern: RegExp): void {
  assert.match(stderr, /^[^\n]+\n$/, "exactly one line");
  assert.match(stderr, pattern);
}

testWith(
  ["root", "netns", "executable", "dnsmasq"],
  "LinuxKit's command line gives a lease and exits with 0",
  async () => {
    await withNetwork((network) =>
      Names.with(network, async (names) => {
        await startDnsmasq(network);
        const output = await names.dhcpcd("--nobackground", "-f", names.config, "-1");
        assert.equal(output.code, 0, output.stderr);
        assert.equal(await network.addressText(), ADDRESS);
        assert.match(await Deno.readTextFile(network.resolvConf), /^nameserver 192\.0\.2\.53$/m);
        const ip = await network.client.run("cat", "/var/run/dhcp-client/eth0/ip");
        assert.equal(ip, `${ADDRESS}\n`);
        // Again, as an onboot container of the next boot that finds everything in place.
        assert.equal((await names.dhcpcd("-1Bqf", names.config)).code, 0);
      })
    );
  },
);

testWith(
  ["root", "netns", "executable", "dnsmasq"],
  "dhcpcd -1 exits with the first lease, whatever other interfaces there are",
  async () => {
    await withNetwork((network) =>
      Names.with(network, async (names) => {
        await startDnsmasq(network);
        await network.client.run("ip", "link", "add", "eth1", "type", "veth", "peer", "name", "x1");
        const output = await names.dhcpcd("-1", "-B", "-t0", "-f", names.config);
        assert.equal(output.code, 0, output.stderr);
        assert.equal(await network.addressText(), ADDRESS);
      })
    );
  },
);

testWith(
  ["root", "netns", "executable"],
  "dhcpcd -1 exits with 1 when the time is over, without a server or a link",
  async () => {
    await withNetwork((network) =>
      Names.with(network, async (names) => {
        const once = ["-1", "-B", "-t1", "-f", names.config];
        const deaf = await names.dhcpcd(...once);
        assert.equal(deaf.code, 1, deaf.stderr);
        assert.match(deaf.stderr, /no lease in time for eth0$/m);
        await network.setCable("down");
        const unplugged = await names.dhcpcd(...once, "eth0");
        assert.equal(unplugged.code, 1, unplugged.stderr);
        assert.equal(await network.addressText(), "");
        assert.equal(await Deno.readTextFile(network.resolvConf), ORIGINAL_RESOLV_CONF);
      })
    );
  },
);

testWith(
  ["root", "netns", "executable", "dnsmasq"],
  "dhcpcd goes to the background with a lease, and is asked and ended by its own options",
  async (t) => {
    await withNetwork((network) =>
      Names.with(network, async (names) => {
        await startDnsmasq(network);
        const started = await names.dhcpcd("-f", names.config);
        const pid = names.backgroundOf(started);
        assert.equal(started.code, 0, started.stderr);
        assert.ok(pid !== null, started.stderr);
        assert.match(started.stderr, /configured 192\.0\.2\.7/, "what it logs is shown");
        assert.equal(await network.addressText(), ADDRESS);

        await t.step("-U prints the lease as variables", async () => {
          const listening = () => names.dhcpcd("-U", "eth0");
          const { stdout } = await waitUntil("the daemon's socket", async () => {
            const output = await listening();
            return output.code === 0 ? output : undefined;
          });
          assert.match(
            stdout,
            /^reason=BOUND\ninterface=eth0\nprotocol=dhcp\nip_address=192\.0\.2\.7\n/,
          );
          assert.match(stdout, /^subnet_cidr=24$/m);
          assert.match(stdout, /^routers=192\.0\.2\.1$/m);
          assert.match(stdout, /^dhcp_server_identifier=192\.0\.2\.1$/m);
        });
        await t.step("-N renews, -n reads the configuration too, -g puts things back", async () => {
          const renewed = await names.dhcpcd("--renew", "eth0");
          assert.equal(renewed.code, 0, renewed.stderr);
          await Deno.writeTextFile(names.config, `${LINUXKIT_CONF}interface eth0\nmetric 77\n`);
          const rebound = await names.dhcpcd("-n");
          assert.equal(rebound.code, 0, rebound.stderr);
          await waitUntil("the other metric", async () => {
            return (await network.defaultRoutes())[0]?.metric === 77;
          });
          await network.client.run("ip", "route", "delete", "default");
          const again = await names.dhcpcd("-g");
          assert.equal(again.code, 0, again.stderr);
          assert.equal((await network.defaultRoutes())[0]?.metric, 77);
        });
        await t.step("-k gives the lease back, and the daemon ends", async () => {
          const released = await names.dhcpcd("-k", "eth0");
          assert.equal(released.code, 0, released.stderr);
          assert.match(released.stdout, /^eth0: released$/m);
          assert.equal(isAlive(pid), false);
          assert.equal(await network.addressText(), "");
          const gone = await names.dhcpcd("-x");
          assert.equal(gone.code, 1);
          assertOneLine(gone, /Cannot reach a daemon/);
        });
        await t.step("-n and -N start a daemon where there is none", async () => {
          for (const command of ["-n", "-N"]) {
            const anew = await names.dhcpcd(command, "-f", names.config, "eth0");
            assert.equal(anew.code, 0, anew.stderr);
            assert.notEqual(names.backgroundOf(anew), null, anew.stderr);
            assert.equal(await network.addressText(), ADDRESS);
            await waitUntil("the daemon's socket", async () => {
              return (await names.dhcpcd("-f", names.config, "-U")).code === 0;
            });
            const ended = await names.dhcpcd("-x", "eth0");
            assert.equal(ended.code, 0, ended.stderr);
          }
          // LinuxKit's file says so.
          assert.equal(await network.addressText(), ADDRESS, "persistent");
        });
      })
    );
  },
);

testWith(
  ["root", "netns", "executable", "dnsmasq"],
  "dhcpcd without a lease in time ends with its only interface, and goes on with others",
  async () => {
    await withNetwork((network) =>
      Names.with(network, async (names) => {
        const single = await names.dhcpcd("-t", "1", "-f", "/dev/null", "eth0");
        assert.equal(single.code, 1, single.stderr);
        assert.match(single.stderr, /^dhcpcd: no lease within 1 s$/m);
        assert.equal(names.backgroundOf(single), null);
        const both = await names.dhcpcd("-t1", "-f/dev/null", "eth0", "eth7");
        const pid = names.backgroundOf(both);
        assert.equal(both.code, 0, both.stderr);
        assert.ok(pid !== null && isAlive(pid), both.stderr);
        assert.equal(await Deno.readLink(`/proc/${pid}/cwd`), "/");
        await startDnsmasq(network);
        await waitUntil("a lease", async () => await network.addressText() === ADDRESS);
        const alone = await names.dhcpcd("-x", "eth0");
        assert.equal(alone.code, 1);
        assertOneLine(alone, /Cannot end eth0 alone: the daemon has eth7 too/);
        const ended = await names.dhcpcd("--exit");
        assert.equal(ended.code, 0, ended.stderr);
        assert.equal(isAlive(pid), false);
        assert.equal(await network.addressText(), "");
      })
    );
  },
);

testWith(
  ["root", "netns", "executable"],
  "dhcpcd -b is in the background at once, and SIGINT ends a daemon that is waited for",
  async () => {
    await withNetwork((network) =>
      Names.with(network, async (names) => {
        const started = await names.dhcpcd("-b", "-f", names.config);
        const pid = names.backgroundOf(started);
        assert.equal(started.code, 0, started.stderr);
        assert.ok(pid !== null && isAlive(pid), started.stderr);
        await killAll([pid]);
        const waiting = network.client.start([names.path("dhcpcd"), "-f/dev/null", "eth0"]);
        await waiting.waitForLine(/eth0: state SELECTING/);
        waiting.kill("SIGINT");
        assert.equal(await waiting.waitForEnd(), 1);
        assert.match(waiting.log, /^dhcpcd: SIGINT: ending$/m);
        assert.match(waiting.log, /SIGTERM: ending/);
      })
    );
  },
);

testWith(["executable"], "dhcpcd says in one line what it cannot do", async () => {
  await withLinks(async (run) => {
    const cases: [string[], RegExp][] = [
      [["--bogus"], /^dhcpcd: Cannot use --bogus: there is no such option/],
      [["-B~", "eth0"], /^dhcpcd: Cannot use -~: there is no such option/],
      [["--no", "eth0"], /^dhcpcd: Cannot use --no: it may be --nobackground, /],
      [["-t"], /^dhcpcd: Cannot use -t: it lacks its value/],
      [["-t", "soon", "eth0"], /command line:1: Cannot use timeout soon: not a number of seconds/],
      [["--test", "eth0"], /^dhcpcd: Cannot use --test: a lease cannot be asked for without using/],
      [["-6"], /^dhcpcd: Cannot use -6: IPv6 is not implemented yet/],
      [["-P"], /^dhcpcd: Cannot use -P: there is no pid file/],
      [["-B", "-X", "192.0.2.1", "eth0"], /command line:2: blacklist cannot be used: servers/],
      [["--noconfigure", "eth0"], /command line:1: noconfigure cannot be used/],
      [["-S", "ip_address=192.0.2.9/24", "eth0"], /command line:1: static ip_address without DHCP/],
    ];
    for (const [args, pattern] of cases) {
      const output = await run("dhcpcd", ...args);
      assert.equal(output.code, 64, output.stderr);
      assertOneLine(output, pattern);
    }
  });
});

testWith(
  ["root", "netns", "executable", "dnsmasq"],
  "dhcpcd warns in one line of what it does not do",
  async () => {
    await withNetwork((network) =>
      Names.with(network, async (names) => {
        await startDnsmasq(network);
        const args = ["-1Bq", "-f/dev/null", "-c", "/hook", "eth0"];
        const output = await names.dhcpcd(...args);
        assert.equal(output.code, 0, output.stderr);
        assertOneLine(output, /command line:3: script is not done: priv runs no scripts/);
      })
    );
  },
);

testWith(
  ["root", "netns", "executable", "dnsmasq"],
  "dhcp-client ends with its first lease, takes the MirageSDK's options, and is found by PATH",
  async () => {
    await withNetwork((network) =>
      Names.with(network, async (_names) => {
        await startDnsmasq(network);
        const env = { PATH: `${network.directory}:/usr/sbin:/usr/bin:/sbin:/bin` };
        const argv = ["dhcp-client", "--ethif=eth0", "--path", `${network.directory}/data`, "-vv"];
        const client = network.client.start(argv, { env });
        assert.equal(await client.waitForEnd(20_000), 0, client.log);
        assert.match(client.log, / DEBUG? +priv/);
        assert.equal(await Deno.readTextFile(`${network.directory}/data/eth0/ip`), `${ADDRESS}\n`);
        assert.equal(await network.addressText(), ADDRESS);
      })
    );
  },
);

testWith(["executable"], "each name has its own help, version and complaints", async () => {
  await withLinks(async (run) => {
    for (const [name, usage] of [["dhcpcd", "dhcpcd [OPTION]"], ["dhcp-client", "dhcp-client ["]]) {
      const help = await run(name, "--help");
      assert.equal(help.code, 0, help.stderr);
      assert.ok(help.stdout.includes(`Usage: ${usage}`), help.stdout);
      const version = await run(name, "--version");
      assert.match(version.stdout, /^mirage-dhcp \d\S*, by the command line of [^\n]+\n$/);
    }
    const wrong = await run("dhcp-client", "eth1");
    assert.equal(wrong.code, 64);
    assertOneLine(wrong, /^dhcp-client: Cannot use eth1: --ethif names the interface/);
    assert.match((await run("other", "--help")).stdout, /^mirage-dhcp /);
  });
});

/** Gives `body` something that runs the executable by several names. */
async function withLinks(
  body: (run: (name: string, ...args: string[]) => Promise<Output>) => Promise<void>,
): Promise<void> {
  const directory = await Deno.makeTempDir({ prefix: "mirage-dhcp-names-" });
  try {
    for (const name of ["dhcpcd", "dhcp-client", "other"]) {
      await Deno.symlink(executablePath(), `${directory}/${name}`);
    }
    await body((name, ...args) => output([`${directory}/${name}`, ...args]));
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}
