/**
 * The log of a real daemon at the log services of a host: syslog by UDP or /dev/log, and the journal.
 *
 * @module
 */

import assert from "node:assert/strict";
import { withDaemon, withDaemonBy } from "../support/daemon.ts";
import { DatagramReceiver } from "../support/datagram_receiver.ts";
import { DNSMASQ_ADDRESS, startDnsmasq } from "../support/dnsmasq.ts";
import { type Network, withNetwork } from "../support/network.ts";
import { RemoteReceiver } from "../support/remote_receiver.ts";
import { testWith } from "../support/requirements.ts";

/** A network whose server answers. */
function withServedNetwork(body: (network: Network) => Promise<void>): Promise<void> {
  return withNetwork(async (network) => {
    await startDnsmasq(network);
    await body(network);
  });
}

/** RFC 5424 §6, with the only kind of structured data that there is. */
const MESSAGE = new RegExp(
  String.raw`^<(?<pri>\d+)>1 \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z (?<host>\S+) mirage-dhcp ` +
    String
      .raw`(?<pid>\d+) (?<id>priv|calf) (?<data>-|\[mirage@32473(?: [a-z]+="[^"\]]*")+\]) (?<msg>.+)$`,
);

/** What a message has in its parts; fails when it is none of RFC 5424. */
function parseMessage(text: string): Record<string, string> {
  const groups = MESSAGE.exec(text)?.groups;
  assert.ok(groups !== undefined, `not a message of RFC 5424: ${text}`);
  return groups;
}

/** Fails unless these are the messages of a daemon that has got a lease. */
function assertMessages(texts: readonly string[], pid: number): void {
  const messages = texts.map(parseMessage);
  for (const { host, pid: sender, pri } of messages) {
    assert.equal(host, "localhost");
    assert.equal(sender, String(pid));
    // "System daemons" are facility 3; error, warning, info or debug.
    assert.ok([27, 28, 30, 31].includes(Number(pri)));
  }
  assert.equal(messages[0].data, "-");
  assert.equal(messages[0].pri, "30");
  assert.match(messages[0].msg, /^priv: mirage-dhcp \S+ begins$/);
  const calf = messages.filter(({ id }) => id === "calf");
  assert.ok(calf.some(({ msg }) => msg.startsWith("untrusted calf eth0: bound to 192.0.2.7/24")));
  for (const { data } of calf) {
    assert.equal(data, '[mirage@32473 interface="eth0" untrusted="true"]');
  }
  for (const { data } of messages.filter(({ id }) => id === "priv")) {
    assert.ok(data === "-" || data === '[mirage@32473 interface="eth0"]', data);
  }
}

/** What is said once there is a lease, wherever it is said. */
const BOUND = /untrusted calf eth0: bound to 192\.0\.2\.7\/24/;

testWith(
  ["netns", "executable", "dnsmasq"],
  "--syslog=ADDRESS:PORT reaches a server, with what was said before there was a network",
  async () => {
    await withServedNetwork(async (network) => {
      const receiver = await RemoteReceiver.start(network.server, "udp", DNSMASQ_ADDRESS, "5514");
      await withDaemon(network, async (daemon) => {
        await daemon.waitForLease();
        await receiver.waitFor(BOUND);
        assertMessages(receiver.all, daemon.process.pid);
        // In the same order as on standard error, and none is missing.
        await daemon.process.waitForLine(BOUND);
        const said = daemon.process.stderr.map((line) => line.replace(/^\S+ [A-Z]+ +/, ""));
        const received = receiver.all.map((text) => parseMessage(text).msg);
        const length = said.findIndex((line) => BOUND.test(line)) + 1;
        assert.deepEqual(received.slice(0, length), said.slice(0, length));
      }, `--syslog=${DNSMASQ_ADDRESS}:5514`);
    });
  },
);

testWith(
  ["netns", "executable", "dnsmasq"],
  "a syslog server that is not there costs nothing",
  async (t) => {
    await withServedNetwork(async (network) => {
      for (const where of ["127.0.0.1:9", "[::1]:9", "203.0.113.1", "[2001:db8::1]", "local"]) {
        await t.step(`--syslog=${where}`, async () => {
          if (where === "local") await replaceDev(network, `${network.directory}/nobody`);
          await withDaemon(network, async (daemon) => {
            await daemon.waitForLease();
            await daemon.process.waitForLine(BOUND);
            assert.equal(await daemon.stop(), 0);
          }, `--syslog=${where}`);
        });
      }
    });
  },
);

/**
 * Gives the client a /dev of its own, with a /dev/log that leads to a path: in the machine's there may
 * be none, and nothing may be made.
 */
async function replaceDev({ client, directory }: Network, log: string): Promise<void> {
  const script = `
    set -e
    mkdir "$0"
    mount -t tmpfs -o mode=755 tmpfs "$0"
    for name in null zero full random urandom tty; do
      touch "$0/$name"
      mount --bind "/dev/$name" "$0/$name"
    done
    ln -s /proc/self/fd "$0/fd"
    ln -s "$1" "$0/log"
    mount --rbind "$0" /dev
  `;
  await client.run("sh", "-c", script, `${directory}/dev`, log);
}

testWith(
  ["netns", "executable", "dnsmasq"],
  "--syslog=local reaches the daemon behind /dev/log, also when that is started anew",
  async () => {
    await withServedNetwork(async (network) => {
      const path = `${network.directory}/devlog`;
      await replaceDev(network, path);
      await withDaemon(network, async (daemon) => {
        await daemon.waitForLease();
        await daemon.process.waitForLine(BOUND);
        {
          // It begins late: what was said before has waited.
          using receiver = DatagramReceiver.unix(path);
          daemon.process.kill("SIGALRM");
          await receiver.waitFor(/ priv: SIGALRM ignored$/);
          assertMessages(receiver.all, daemon.process.pid);
        }
        daemon.process.kill("SIGHUP");
        await daemon.process.waitForLine(/SIGHUP: /);
        using next = DatagramReceiver.unix(path);
        daemon.process.kill("SIGALRM");
        await next.waitFor(/ priv: SIGALRM ignored$/);
        assert.match(next.all[0], / priv: SIGHUP: /);
        assert.equal(next.all.length, 2);
      }, "--syslog=local");
    });
  },
);

/** Starts the daemon as the journal's: its standard error is the one that $JOURNAL_STREAM names. */
const FOR_JOURNAL = [
  ...["sh", "-c"],
  `export JOURNAL_STREAM="$(stat -Lc %d:%i /proc/self/fd/2)"; exec "$@"`,
  "sh",
];

/** Makes /run/systemd/journal of the client a directory of the test's, and gives that. */
async function mountJournal({ client, directory }: Network): Promise<string> {
  const journal = `${directory}/journal`;
  await Deno.mkdir(journal);
  await client.run("mkdir", "-p", "/run/systemd/journal");
  await client.run("mount", "--bind", journal, "/run/systemd/journal");
  return journal;
}

/** The fields of an entry; fails when it is none, or has a field twice. */
function parseEntry(text: string): Record<string, string> {
  assert.ok(text.endsWith("\n"));
  const fields = text.slice(0, -1).split("\n").map((line) => {
    assert.match(line, /^[A-Z][A-Z0-9_]*=[\x20-\x7e]*$/);
    return [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)];
  });
  assert.equal(new Set(fields.map(([name]) => name)).size, fields.length);
  return Object.fromEntries(fields);
}

function assertEntries(texts: readonly string[]): void {
  const entries = texts.map(parseEntry);
  const common = { SYSLOG_FACILITY: "3", SYSLOG_IDENTIFIER: "mirage-dhcp" };
  const { MESSAGE: first, ...rest } = entries[0];
  assert.match(first, /^priv: mirage-dhcp \S+ begins$/);
  assert.deepEqual(rest, { PRIORITY: "6", ...common, MIRAGE_SOURCE: "priv" });
  const bound = entries.find(({ MESSAGE }) => BOUND.test(MESSAGE))!;
  assert.deepEqual(bound, {
    MESSAGE: bound.MESSAGE,
    PRIORITY: "6",
    ...common,
    MIRAGE_SOURCE: "calf",
    INTERFACE: "eth0",
    UNTRUSTED: "true",
  });
  for (const { MIRAGE_SOURCE, UNTRUSTED } of entries) {
    assert.equal(UNTRUSTED, MIRAGE_SOURCE === "calf" ? "true" : undefined);
  }
}

testWith(
  ["netns", "executable", "dnsmasq"],
  "what the journal reads has fields, or levels when it takes no fields",
  async (t) => {
    await withServedNetwork(async (network) => {
      const journal = `${await mountJournal(network)}/socket`;

      await t.step("its socket is there, then gone, then back", async () => {
        using receiver = DatagramReceiver.unix(journal);
        await withDaemonBy(network, FOR_JOURNAL, async (daemon) => {
          await daemon.waitForLease();
          await receiver.waitFor(BOUND);
          assertEntries(receiver.all);
          assert.deepEqual(daemon.process.stderr, [], "nothing is said twice");
          receiver.close();
          daemon.process.kill("SIGALRM");
          await daemon.process.waitForLine(/^<7>priv: SIGALRM ignored$/);
          using next = DatagramReceiver.unix(journal);
          daemon.process.kill("SIGALRM");
          await next.waitFor(/^MESSAGE=priv: SIGALRM ignored\n/);
        }, "--log-format=json");
      });

      await t.step("its socket is not there", async () => {
        await withDaemonBy(network, FOR_JOURNAL, async (daemon) => {
          await daemon.waitForLease();
          const { process } = daemon;
          assert.match(await process.waitForLine(BOUND), /^<6>untrusted calf eth0: bound to /);
          assert.match(process.stderr[0], /^<6>priv: mirage-dhcp \S+ begins$/);
          for (const line of process.stderr) {
            assert.match(line, /^<[3467]>(?:priv|priv eth0|untrusted calf eth0): /);
          }
        });
      });

      await t.step("a standard error that is not the journal's is for people", async () => {
        using receiver = DatagramReceiver.unix(journal);
        await withDaemonBy(network, ["env", "JOURNAL_STREAM=1:2"], async (daemon) => {
          await daemon.waitForLease();
          await daemon.process.waitForLine(BOUND);
          assert.match(daemon.process.stderr[0], /^[0-9T:.Z-]+ INFO {2}priv: /);
          assert.deepEqual(receiver.all, []);
        });
      });
    });
  },
);

testWith(
  ["netns", "executable", "dnsmasq"],
  "--syslog=local has fields too where /dev/log is the journal's, and says nothing twice",
  async () => {
    await withServedNetwork(async (network) => {
      const journal = await mountJournal(network);
      await replaceDev(network, "/run/systemd/journal/dev-log");
      using devLog = DatagramReceiver.unix(`${journal}/dev-log`);
      using receiver = DatagramReceiver.unix(`${journal}/socket`);
      await withDaemon(network, async (daemon) => {
        await daemon.waitForLease();
        await receiver.waitFor(BOUND);
        assertEntries(receiver.all);
        assert.ok(daemon.process.stderr.some((line) => BOUND.test(line)));
      }, "--syslog=local");
      const before = receiver.all.length;
      await withDaemonBy(network, FOR_JOURNAL, async (daemon) => {
        await daemon.waitForLease();
        daemon.process.kill("SIGHUP");
        await receiver.waitFor(/^MESSAGE=priv: SIGHUP: /);
      }, "--syslog=local");
      const entries = receiver.all.slice(before);
      assert.equal(entries.filter((entry) => BOUND.test(entry)).length, 1);
      assert.deepEqual(devLog.all, []);
    });
  },
);
