/**
 * The log of a real daemon: its forms, its places, and what becomes of the lease when a place is of no use.
 *
 * @module
 */

import assert from "node:assert/strict";
import { type Daemon, listFiles, withDaemon, withDaemonBy } from "../support/daemon.ts";
import { startDnsmasq } from "../support/dnsmasq.ts";
import { type Network, withNetwork } from "../support/network.ts";
import { testWith } from "../support/requirements.ts";
import { waitUntil } from "../support/wait.ts";

/** A network whose server answers. */
function withServedNetwork(body: (network: Network) => Promise<void>): Promise<void> {
  return withNetwork(async (network) => {
    await startDnsmasq(network);
    await body(network);
  });
}

function countMatching(lines: readonly string[], pattern: RegExp): number {
  return lines.filter((line) => pattern.test(line)).length;
}

function readLines(path: string): string[] {
  return Deno.readTextFileSync(path).trimEnd().split("\n");
}

function permissions(path: string): number {
  return Deno.lstatSync(path).mode! & 0o7777;
}

async function waitForLineOf(path: string, pattern: RegExp): Promise<void> {
  const text = () => {
    try {
      return Deno.readTextFileSync(path);
    } catch {
      return "";
    }
  };
  await waitUntil(`a line like ${pattern} in ${path}`, () => pattern.test(text()), {
    explain: text,
  });
}

type Fields = Readonly<Record<string, unknown>>;

/** The pairs of a logfmt line; throws when it is none. */
function parseLogfmt(line: string): Fields {
  const fields: Record<string, unknown> = {};
  const pair = /([A-Za-z][A-Za-z0-9_]*)=(?:"((?:[^"\\]|\\["\\])*)"|([^\s"\\=]+))(?: |$)/y;
  while (pair.lastIndex < line.length) {
    const at = pair.lastIndex;
    const match = pair.exec(line);
    assert.ok(match !== null, `no pair at ${at}: ${line}`);
    const [, name, quoted, bare] = match;
    assert.ok(!(name in fields), `${name} twice: ${line}`);
    fields[name] = quoted?.replace(/\\(.)/g, "$1") ?? (bare === "true" ? true : bare);
  }
  return fields;
}

const PARSERS: Readonly<Record<string, (line: string) => Fields>> = {
  kv: parseLogfmt,
  json: JSON.parse,
};

/** Fails unless all is there that a log of a lease says, and each word of the calf is marked so. */
function assertFields(lines: readonly string[], parse: (line: string) => Fields): void {
  const records = lines.map((line) => {
    assert.match(line, /^[\x20-\x7e]+$/);
    return parse(line);
  });
  for (const { time, level, source, msg } of records) {
    assert.match(String(time), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    assert.ok(["debug", "info", "warning", "error"].includes(String(level)));
    assert.ok(["priv", "calf"].includes(String(source)));
    assert.equal(typeof msg, "string");
  }
  const [first] = records;
  assert.match(String(first.msg), /^mirage-dhcp \S+ begins$/);
  assert.ok(!("interface" in first) && !("untrusted" in first));
  const calf = records.filter(({ source }) => source === "calf");
  assert.ok(calf.some(({ msg }) => /^bound to 192\.0\.2\.7\/24/.test(String(msg))));
  for (const record of calf) {
    assert.equal(record.untrusted, true);
    assert.equal(record.interface, "eth0");
  }
  const priv = records.filter(({ source }) => source === "priv");
  assert.ok(priv.some((record) => record.interface === "eth0"));
  assert.ok(priv.every((record) => !("untrusted" in record)));
  const configured = priv.find(({ msg }) => String(msg).startsWith("configured "))!;
  assert.equal(configured.address, "192.0.2.7/24");
}

testWith(
  ["netns", "executable", "dnsmasq"],
  "programs can read the log, and whose word a line is",
  async (t) => {
    await withServedNetwork(async (network) => {
      for (const [format, parse] of Object.entries(PARSERS)) {
        await t.step(`--log-format=${format}`, async () => {
          const file = `${network.directory}/${format}.log`;
          let ended: Daemon | undefined;
          await withDaemon(
            network,
            async (daemon) => {
              ended = daemon;
              await daemon.process.waitForLine(/bound to/);
            },
            `--log-format=${format}`,
            `--log-file=${file}`,
          );
          const { stderr } = ended!.process;
          assertFields(stderr, parse);
          assert.deepEqual(readLines(file), stderr);
        });
      }
    });
  },
);

testWith(
  ["netns", "executable", "dnsmasq"],
  "a log file is for root and a group, and may be rotated",
  async (t) => {
    await withServedNetwork(async (network) => {
      const file = `${network.directory}/dhcp.log`;
      const launcher = ["sh", "-c", `umask 0; exec "$@"`, "sh"];
      await withDaemonBy(network, launcher, async (daemon) => {
        await daemon.waitForLease();
        await waitForLineOf(file, /bound to/);
        assert.equal(permissions(file), 0o640);

        await t.step("renamed, it grows until SIGHUP", async () => {
          await Deno.rename(file, `${file}.1`);
          daemon.process.kill("SIGALRM");
          await waitForLineOf(`${file}.1`, /SIGALRM ignored/);
          assert.throws(() => Deno.statSync(file), Deno.errors.NotFound);
        });

        await t.step("then there is a new one, and the old one is left alone", async () => {
          daemon.process.kill("SIGHUP");
          await waitForLineOf(file, /priv: SIGHUP: /);
          assert.equal(permissions(file), 0o640);
          const old = Deno.readTextFileSync(`${file}.1`);
          assert.doesNotMatch(old, /SIGHUP/);
          daemon.process.kill("SIGALRM");
          await waitForLineOf(file, /SIGALRM ignored/);
          assert.equal(Deno.readTextFileSync(`${file}.1`), old);
        });

        await t.step("truncated, it goes on at its beginning", async () => {
          Deno.truncateSync(file);
          daemon.process.kill("SIGALRM");
          await waitForLineOf(file, /SIGALRM ignored/);
          assert.match(Deno.readTextFileSync(file), /^[0-9T:.Z-]+ DEBUG priv: SIGALRM ignored\n/);
        });
      }, `--log-file=${file}`);
    });
  },
);

const CANNOT_WRITE = /Cannot write the log file/;

testWith(
  ["netns", "executable", "dnsmasq"],
  "what is no regular file is no log file, and costs no lease",
  async (t) => {
    await withServedNetwork(async (network) => {
      const { directory } = network;
      const path = (name: string) => `${directory}/${name}`;
      await network.client.run("mkfifo", path("fifo"));
      await Deno.writeTextFile(path("target"), "precious\n");
      await Deno.symlink(path("target"), path("link"));
      await Deno.symlink(path("none"), path("dangling"));
      const reasons = {
        fifo: "ENXIO",
        link: "ELOOP",
        dangling: "ELOOP",
        "missing/log": "ENOENT",
        "run": "EISDIR",
      };
      for (const [name, reason] of Object.entries(reasons)) {
        await t.step(`${name}: ${reason}`, async () => {
          await withDaemon(network, async (daemon) => {
            await daemon.waitForLease();
            const { stderr } = daemon.process;
            await daemon.process.waitForLine(/bound to/);
            assert.equal(countMatching(stderr, CANNOT_WRITE), 1);
            assert.ok(
              stderr.some((line) => line.endsWith(` WARN  priv: ${warning(name, reason)}`)),
            );
          }, `--log-file=${path(name)}`);
        });
      }
      await t.step("a FIFO that somebody reads", async () => {
        const launcher = ["sh", "-c", `exec 3<>"$0"; exec "$@"`, path("fifo")];
        await withDaemonBy(network, launcher, async (daemon) => {
          await daemon.waitForLease();
          await daemon.process.waitForLine(/bound to/);
          const { stderr } = daemon.process;
          assert.equal(countMatching(stderr, CANNOT_WRITE), 1);
          assert.ok(stderr.some((line) => line.endsWith(warning("fifo", "not a regular file"))));
        }, `--log-file=${path("fifo")}`);
      });
      assert.equal(await Deno.readTextFile(path("target")), "precious\n");
      assert.throws(() => Deno.lstatSync(path("none")), Deno.errors.NotFound);

      function warning(name: string, reason: string): string {
        return `Cannot write the log file ${path(name)}: ${reason}`;
      }
    });
  },
);

testWith(
  ["netns", "executable", "dnsmasq"],
  "a full disk costs lines of the log, and nothing else",
  async () => {
    await withServedNetwork(async (network) => {
      const { client } = network;
      const disk = `${network.directory}/disk`;
      const file = `${disk}/dhcp.log`;
      // Mounted on the client's side only.
      await client.run("mkdir", disk);
      await client.run("mount", "-t", "tmpfs", "-o", "size=32k", "tmpfs", disk);
      await client.run("sh", "-c", `! cat /dev/zero >"$0" 2>/dev/null`, `${disk}/filler`);
      await withDaemon(network, async (daemon) => {
        const { process } = daemon;
        await daemon.waitForLease();
        await process.waitForLine(/Cannot write the log file .*\/dhcp\.log: ENOSPC$/);
        process.kill("SIGALRM");
        await process.waitForLine(/SIGALRM ignored/);
        assert.equal(countMatching(process.stderr, CANNOT_WRITE), 1);
        assert.equal(await client.run("cat", file), "");

        await client.run("rm", `${disk}/filler`);
        process.kill("SIGHUP");
        await process.waitForLine(/SIGHUP: /);
        const lines = await waitUntil("lines in the file", async () => {
          const found = (await client.run("cat", file)).trimEnd().split("\n");
          return found.some((line) => line.includes("SIGHUP")) && found;
        });
        const dropped = / WARN {2}priv: (\d+) log lines dropped: ENOSPC$/.exec(lines[0]);
        // No line of standard error but the last one has been lost in silence.
        const written = process.stderr.findIndex((line) => line === lines[1]);
        assert.ok(written > 0);
        assert.equal(Number(dropped?.[1]), written);
      }, `--log-file=${file}`);
    });
  },
);

testWith(
  ["netns", "executable", "dnsmasq"],
  "the log is what the configuration file says, also when it is read again",
  async (t) => {
    await withServedNetwork(async (network) => {
      const { directory } = network;
      const config = `${directory}/mirage-dhcp.conf`;
      const file = `${directory}/state/dhcp.log`;
      Deno.writeTextFileSync(config, "log-format kv\n");
      await withDaemon(network, async (daemon) => {
        const { process } = daemon;
        await daemon.waitForLease();
        await process.waitForLine(/ msg="bound to /);
        const calf = await daemon.calf();
        const reload = (text: string) => {
          Deno.writeTextFileSync(config, text);
          process.kill("SIGHUP");
        };
        process.stderr.forEach(parseLogfmt);

        await t.step("another form, and a file too", async () => {
          reload(`log-format json\nlog-file ${file}\n`);
          await process.waitForLine(
            /^time=.* msg="SIGHUP: the configuration has been read again: [^"]*"/,
          );
          process.kill("SIGALRM");
          await process.waitForLine(/^\{.*SIGALRM ignored/);
          await waitForLineOf(file, /^\{.*"msg":"SIGALRM ignored"/m);
          readLines(file).forEach((line) => JSON.parse(line));
        });

        await t.step("not a file where priv can write nothing", async () => {
          reload(`log-format json\nlog-file ${directory}/elsewhere.log\n`);
          await waitForLineOf(file, /elsewhere\.log is out of reach until/);
          reload(`log-format json\nlog-file ${file}\n`);
          assert.equal(listFiles(directory).includes("elsewhere.log"), false);
        });

        await t.step("a file that is wrong changes nothing", async () => {
          reload("log-format yaml\n");
          await waitForLineOf(file, /"level":"error".*the configuration stays as it was/);
          const line = await process.waitForLine(/the configuration stays as it was/);
          assert.ok(JSON.parse(line).msg.includes("log-format"));
        });

        await t.step("no file any more, and text again", async () => {
          const before = countMatching(process.stderr, /SIGALRM/);
          reload("");
          await waitForLineOf(file, /has been read again/);
          process.kill("SIGALRM");
          await process.waitForLine(/^[0-9T:.Z-]+ DEBUG priv: SIGALRM ignored$/);
          assert.equal(countMatching(process.stderr, /SIGALRM/), before + 1);
          assert.equal(countMatching(readLines(file), /SIGALRM/), before);
        });

        assert.equal(await daemon.calf(), calf, "none of this is an interface's business");
        assert.equal(daemon.file("state"), "BOUND");
      }, `--config=${config}`);
    });
  },
);
