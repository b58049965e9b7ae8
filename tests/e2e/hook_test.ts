/**
 * Hook scripts with a real daemon: `watch --exec`, run by a user who may do nothing but ask, against a server that
 * says whatever it likes.
 *
 * @module
 */

import assert from "node:assert/strict";
import { type Commands, STRANGER, strangersCommands } from "../support/commands.ts";
import { type Daemon, withDaemon } from "../support/daemon.ts";
import type { DhcpOption } from "../support/dhcp_message.ts";
import { type ScriptedServer, USUAL_OFFER, withServer } from "../support/dhcp_server.ts";
import { ipv4Bytes } from "../support/frame.ts";
import { type Network, withNetwork } from "../support/network.ts";
import { controlSocket, waitForSocket } from "../support/operator.ts";
import { processStatus, type Running } from "../support/process.ts";
import { testWith } from "../support/requirements.ts";
import { waitUntil } from "../support/wait.ts";

const GROUP = 4242;

/** Leaves its environment in a file of its own, and ends with what is written for its reason. */
const HOOK = `#!/bin/sh
env -0 >.new
mv .new "$(printf 'run.%03d' "$(ls | grep -c '^run')")"
echo "seen $reason"
if [ "$reason" = RENEW ]; then exit 3; fi
`;

type Environment = ReadonlyMap<string, string>;

/** A daemon with a lease, and a script that is run for its events. */
interface Hooked {
  readonly network: Network;
  readonly server: ScriptedServer;
  readonly daemon: Daemon;
  /** Of the member of the group who runs the script, too. */
  readonly commands: Commands;
  /** The command that runs the script. */
  readonly watch: Running;
  /** The working directory of the script, which may write there. */
  readonly home: string;
  /** Waits for the next run that is for this reason, which must be the next one at all. */
  readonly next: (reason: string) => Promise<Environment>;
  /** How many runs there were. */
  readonly count: () => number;
}

function usualOptions(...more: DhcpOption[]): readonly DhcpOption[] {
  return [...USUAL_OFFER.options, ...more];
}

function ascii(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function runsIn(home: string): string[] {
  return [...Deno.readDirSync(home)].map(({ name }) => name).filter((name) => /^run/.test(name));
}

function environmentIn(path: string): Environment {
  const pairs = Deno.readTextFileSync(path).split("\0").filter((each) => each !== "");
  return new Map(pairs.map((pair): [string, string] => {
    const at = pair.indexOf("=");
    return [pair.slice(0, at), pair.slice(at + 1)];
  }));
}

async function withHook(
  options: (home: string) => readonly DhcpOption[],
  body: (hooked: Hooked) => Promise<void>,
): Promise<void> {
  await withNetwork(async (network) => {
    const home = `${network.directory}/home`;
    await Deno.mkdir(home);
    await Deno.chown(home, STRANGER, STRANGER);
    const hook = `${network.directory}/hook with a space`;
    await Deno.writeTextFile(hook, HOOK, { mode: 0o755 });
    await withServer(network, { options: options(home) }, async (server) => {
      await withDaemon(network, async (daemon) => {
        await daemon.waitForLease();
        await waitForSocket(controlSocket(network));
        const commands = await strangersCommands(network, [GROUP], ["env", `--chdir=${home}`]);
        const watch = commands.start("watch", "--exec", hook, "$(touch argument)");
        let seen = 0;
        const next = async (reason: string) => {
          const path = `${home}/run.${String(seen++).padStart(3, "0")}`;
          const environment = await waitUntil(`run ${seen}, for ${reason}`, () => {
            return runsIn(home).length >= seen && environmentIn(path);
          }, { explain: () => `${watch.log}\n${daemon.process.log}` });
          assert.equal(environment.get("reason"), reason);
          assert.equal(environment.get("interface"), "eth0");
          return environment;
        };
        const count = () => runsIn(home).length;
        await body({ network, server, daemon, commands, watch, home, next, count });
      }, `--control-group=${GROUP}`);
    });
  });
}

function assertVariables(environment: Environment, expected: Record<string, string | undefined>) {
  for (const [name, value] of Object.entries(expected)) {
    assert.equal(environment.get(name), value, `${name} of ${environment.get("reason")}`);
  }
}

const FIRST: readonly DhcpOption[] = [[15, ascii("one.test")], [26, Uint8Array.of(5, 120)]];
const THEN: readonly DhcpOption[] = [[15, ascii("two.test")], [42, ipv4Bytes("192.0.2.123")]];

testWith(
  ["root", "netns", "executable"],
  "a script learns of each event of a lease",
  async (t) => {
    await withHook(() => usualOptions(...FIRST), async (hooked) => {
      const { network, server, daemon, commands, watch, next } = hooked;
      const lease = {
        ip_address: "192.0.2.7",
        subnet_cidr: "24",
        subnet_mask: "255.255.255.0",
        network_number: "192.0.2.0",
        broadcast_address: "192.0.2.255",
        routers: "192.0.2.1",
        domain_name_servers: "192.0.2.53",
        dhcp_server_identifier: "192.0.2.1",
        dhcp_lease_time: "3600",
      };
      const prefixed = (prefix: string, variables: Record<string, string | undefined>) =>
        Object.fromEntries(Object.entries(variables).map(([name, v]) => [`${prefix}_${name}`, v]));

      await t.step("what is there when it begins", async () => {
        const preinit = await next("PREINIT");
        assertVariables(preinit, { protocol: "link", if_up: "false", new_ip_address: undefined });
        assert.equal((await next("CARRIER")).get("ifcarrier"), "up");
        const bound = await next("BOUND");
        assertVariables(bound, {
          protocol: "dhcp",
          pid: String(daemon.process.pid),
          if_up: "true",
          if_down: "false",
          interface_order: "eth0",
          ...prefixed("new", { ...lease, domain_name: "one.test", interface_mtu: "1400" }),
          ...prefixed("old", { ip_address: undefined, domain_name: undefined }),
        });
      });

      await t.step("a renewal that changes something, and how the script ends", async () => {
        server.offer = { ...server.offer, options: usualOptions(...THEN) };
        await commands.print("renew");
        assertVariables(await next("RENEW"), {
          if_up: "true",
          ...prefixed("old", { ...lease, domain_name: "one.test", interface_mtu: "1400" }),
          ...prefixed("new", { ...lease, domain_name: "two.test", interface_mtu: undefined }),
          ...prefixed("new", { ntp_servers: "192.0.2.123" }),
        });
        await watch.waitForLine(/^mirage-dhcp: \/.*\/hook with a space RENEW eth0: ended with 3$/);
      });

      await t.step("a rebinding", async () => {
        await commands.print("rebind");
        assertVariables(await next("REBIND"), prefixed("new", lease));
      });

      await t.step("a lease that is refused, and another one", async () => {
        server.offer = { ...server.offer, address: "192.0.2.8" };
        await commands.run("rebind", "--no-wait");
        assertVariables(await next("EXPIRE"), {
          if_down: "true",
          old_ip_address: "192.0.2.7",
          new_ip_address: undefined,
        });
        assertVariables(await next("BOUND"), {
          old_ip_address: undefined,
          new_ip_address: "192.0.2.8",
        });
      });

      await t.step("a release", async () => {
        await commands.print("release");
        assertVariables(await next("RELEASE"), {
          if_up: "false",
          if_down: "true",
          old_ip_address: "192.0.2.8",
          old_domain_name: "two.test",
          new_ip_address: undefined,
        });
      });

      await t.step("the carrier", async () => {
        await network.setCable("down");
        assert.equal((await next("NOCARRIER")).get("ifcarrier"), "down");
        await network.setCable("up");
        assert.equal((await next("CARRIER")).get("ifcarrier"), "up");
      });

      await t.step("the end of the daemon", async () => {
        await daemon.stop();
        assertVariables(await next("STOP"), { if_down: "true", protocol: "link" });
        assert.equal(await watch.waitForEnd(), 75);
        assert.match(watch.stderr.at(-1) ?? "", /it has closed the connection$/);
        assert.deepEqual(watch.stdout.map((line) => line.replace("seen ", "")), [
          ...["PREINIT", "CARRIER", "BOUND", "RENEW", "REBIND", "EXPIRE", "BOUND", "RELEASE"],
          ...["NOCARRIER", "CARRIER", "STOP"],
        ]);
      });
    });
  },
);

/** What is text to a server, and code to a shell that is careless. */
function hostileTexts(home: string) {
  return {
    // Allowed as text, and to be passed on as they are.
    file: `-rf  * ~ #{a,b} (touch pwned) >pwned <pwned !! %s%n @${home}`,
    message: "  () { :} : touch pwned >pwned ",
    uri: "https://portal.example/pwned?a=*&b=;touch%20pwned",
    // Never text of anything: no value has quotes, dollars or backquotes.
    serverName: "$(touch pwned)`touch pwned`",
    timezone: "x;touch pwned&",
    domain: "x.$(touch${IFS}pwned).test",
    class: "'\"; touch pwned",
  };
}

testWith(
  ["root", "netns", "executable"],
  "what a server says is never executed",
  async (t) => {
    const options = (home: string) => {
      const texts = hostileTexts(home);
      return usualOptions(
        [67, ascii(texts.file)],
        [56, ascii(texts.message)],
        [114, ascii(texts.uri)],
        [66, ascii(texts.serverName)],
        [100, ascii(texts.timezone)],
        [15, ascii(texts.domain)],
        [60, ascii(texts.class)],
      );
    };
    await withHook(options, async ({ commands, watch, home, next, count }) => {
      const texts = hostileTexts(home);

      await t.step("values are passed on as they are, or not at all", async () => {
        await next("PREINIT");
        await next("CARRIER");
        assertVariables(await next("BOUND"), {
          new_ip_address: "192.0.2.7",
          new_bootfile_name: texts.file,
          new_dhcp_message: texts.message,
          new_captive_portal_uri: texts.uri,
          new_tftp_server_name: undefined,
          new_posix_timezone: undefined,
          new_domain_name: undefined,
          new_vendor_class_identifier: undefined,
        });
        await commands.print("renew");
        assert.equal((await next("RENEW")).get("old_bootfile_name"), texts.file);
      });

      await t.step("the script has the rights of whoever runs it, and no other variables", () => {
        assert.match(processStatus(watch.pid)?.get("Uid") ?? "", /^65534\s/);
        const names = [...environmentIn(`${home}/run.002`).keys()];
        const inherited = ["PATH", "HOME", "LANG", "TZ", "PWD", "OLDPWD", "SHLVL", "_"];
        const known =
          /^(new_|old_)|^(reason|interface|protocol|pid|ifcarrier|ifmtu|if_up|if_down|interface_order)$/;
        assert.deepEqual(
          names.filter((name) => !inherited.includes(name) && !known.test(name)),
          [],
        );
      });

      await t.step("a signal ends it, and nothing was executed", async () => {
        watch.kill("SIGTERM");
        assert.equal(await watch.waitForEnd(), 0);
        assert.deepEqual(
          watch.stderr.filter((line) => !/RENEW eth0: ended with 3$/.test(line)),
          [],
        );
        const before = count();
        await commands.print("renew");
        assert.equal(count(), before, "no script runs any more");
        assert.deepEqual([...Deno.readDirSync(home)].map(({ name }) => name).sort(), [
          ...["run.000", "run.001", "run.002", "run.003"],
        ]);
      });
    });
  },
);
