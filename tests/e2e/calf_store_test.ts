/**
 * What a calf under an attacker's control (tests/attacker) gets out of priv's store, and what it does to
 * priv with messages that are none: nothing, while another interface's calf goes on with its work.
 *
 * @module
 */

import assert from "node:assert/strict";
import {
  addHonestInterface,
  attackCommand,
  HONEST_ADDRESS,
  HONEST_INTERFACE,
  HONEST_MAC,
  HONEST_SERVER_INTERFACE,
  order,
  withAttacker,
} from "../support/attacker.ts";
import { auditFile, auditLines, waitForEvent } from "../support/audit.ts";
import { countLogged } from "../support/dnsmasq.ts";
import { control } from "../support/forbidden_frames.ts";
import { toHex } from "../support/frame.ts";
import { HOSTILE_MESSAGES } from "../support/hostile_messages.ts";
import { type Network, SERVER_INTERFACE, withNetwork } from "../support/network.ts";
import { processStatus, type Running } from "../support/process.ts";
import { testWith } from "../support/requirements.ts";
import { delay, waitUntil } from "../support/wait.ts";
import { Wire } from "../support/wire.ts";

const KINDS = ["read", "watch", "subscribe", "write", "delete", "commit"];
/** Where another interface's keys could be, and the daemon's. */
const FOREIGN = [
  ...["/interface/eth1/ip", "/interface/eth1", "/interface", "/eth1/ip", "/daemon/version"],
];

/** Lines of a calf's answers. */
function answers(daemon: Running): string[] {
  return daemon.stderr.filter((line) => /calf eth0: asked /.test(line));
}

testWith(
  ["netns", "executable", "dnsmasq"],
  "a hostile calf learns nothing of another interface, and does not reach it",
  async (t) => {
    await withNetwork(async (network) => {
      await network.client.run("sh", "-c", "echo 1 > /proc/sys/net/ipv6/conf/all/disable_ipv6");
      await addHonestInterface(network);
      const wire = await Wire.open(network.server, SERVER_INTERFACE);
      const other = await Wire.open(network.server, HONEST_SERVER_INTERFACE);
      await withAttacker(network, wire, async (daemon) => {
        await daemon.waitForLine(new RegExp(`${HONEST_INTERFACE}: configured ${HONEST_ADDRESS}`));

        await t.step("whatever it asks for", async () => {
          for (const path of FOREIGN) {
            for (const kind of KINDS) {
              wire.send(order(`ASK ${kind} ${path}`));
              const wanted = new RegExp(`asked ${kind} ${path}: error (unknown key|denied)`);
              await daemon.waitForLine(wanted);
            }
          }
        });
        await t.step("while it may read what is its own", async () => {
          wire.send(order("ASK read /mac"));
          await daemon.waitForLine(/asked read \/mac: ok 02:00:00:00:00:01/);
          assert.ok(answers(daemon).some((line) => line.includes("/own-mac/001=")), "is told keys");
          const leak = new RegExp(`${HONEST_ADDRESS.replaceAll(".", "\\.")}|secret\\.example`);
          assert.deepEqual(answers(daemon).filter((line) => leak.test(line)), []);
        });
        await t.step("with frames in either interface's name", async () => {
          wire.frames.length = 0;
          other.frames.length = 0;
          const [own, foreign] = [control(0x1001), control(0x1002, HONEST_MAC)];
          for (const frame of [foreign, own]) {
            wire.send(order(`SEND ${frame.length}`, frame));
          }
          await waitUntil("its own frame", () => wire.frames.length > 0);
          assert.deepEqual(wire.frames.map(toHex), [toHex(own)]);
          await delay(100);
          const seen = other.frames.map(toHex);
          assert.ok(!seen.includes(toHex(own)) && !seen.includes(toHex(foreign)));
        });
      }, HONEST_INTERFACE);
      await wire.close();
      await other.close();
    });
  },
);

/** Lets the operator ask for a renewal of the honest interface, until the server has answered it. */
async function renewHonest(network: Network, dnsmasq: Running, daemon: Running): Promise<void> {
  const before = countLogged(dnsmasq, "DHCPACK");
  daemon.kill("SIGUSR1");
  await waitUntil("a renewal", () => countLogged(dnsmasq, "DHCPACK") > before, {
    explain: () => daemon.log,
  });
  const addresses = await network.client.run("ip", "-4", "address", "show", HONEST_INTERFACE);
  assert.ok(addresses.includes(`${HONEST_ADDRESS}/24`), addresses);
}

testWith(
  ["netns", "executable", "dnsmasq"],
  "hostile messages configure nothing, are recorded, and cost another interface nothing",
  async (t) => {
    await withNetwork(async (network) => {
      const dnsmasq = await addHonestInterface(network);
      const wire = await Wire.open(network.server, SERVER_INTERFACE);
      for (const [what, bytes, length = 0] of HOSTILE_MESSAGES) {
        await t.step(what, async () => {
          await withAttacker(network, wire, async (daemon) => {
            const { pid } = daemon;
            wire.send(order(`TELL ${length}`, bytes));
            await daemon.waitForLine(/eth0: calf killed: /);
            await daemon.waitForLine(/calf killed by SIGKILL: next start in/);
            await daemon.waitForLine(/eth1: configured/);
            await renewHonest(network, dnsmasq, daemon);
            assert.equal(await network.addressText(), "");
            const routes = (await network.routes()).filter(({ dev }) => dev === "eth0");
            assert.deepEqual(routes, []);
            const killed = { action: "process-kill", interface: "eth0" } as const;
            await waitUntil("its record", () => {
              const lines = auditLines(auditFile(network));
              const begin = lines.findLastIndex(({ detail }) => detail?.endsWith(`, pid ${pid}`));
              return lines.slice(begin).some((line) =>
                line.action === killed.action && line.interface === killed.interface
              );
            });
          }, HONEST_INTERFACE);
        });
      }
      await wire.close();
    });
  },
);

/** KiB of memory that a process has. */
function residentKib(pid: number): number {
  return parseInt(processStatus(pid)?.get("VmRSS") ?? "");
}

/** priv may grow by so much while it is flooded: what its collector has not looked at yet. */
const MAX_GROWTH_KIB = 16 * 1024;
/** How long floods go on; by then a calf has been started for the 6th time at most. */
const FLOODS_MS = 10_000;

testWith(
  ["netns", "executable", "dnsmasq"],
  "a calf that floods priv whenever it is started costs it neither memory nor another interface",
  async () => {
    await withNetwork(async (network) => {
      const dnsmasq = await addHonestInterface(network);
      const wire = await Wire.open(network.server, SERVER_INTERFACE);
      await withAttacker(network, wire, async (daemon) => {
        await daemon.waitForLine(/eth1: configured/);
        await renewHonest(network, dnsmasq, daemon);
        const before = residentKib(daemon.pid);
        const kills = () => daemon.log.match(/eth0: calf killed: rate/g)?.length ?? 0;
        const end = Date.now() + FLOODS_MS;
        while (Date.now() < end) {
          wire.send(attackCommand("flood-priv"));
          await renewHonest(network, dnsmasq, daemon);
          await delay(100);
        }
        assert.ok(kills() >= 3, `${kills()} floods`);
        assert.ok(kills() <= 6, `${kills()} floods in spite of pauses`);
        const growth = residentKib(daemon.pid) - before;
        assert.ok(growth < MAX_GROWTH_KIB, `priv has grown by ${growth} KiB`);
        assert.equal(await network.addressText(), "");
      }, HONEST_INTERFACE);
      await wire.close();
    });
  },
);

testWith(
  ["netns", "executable"],
  "what is denied to a calf is recorded, and counted when it is too much",
  async () => {
    await withNetwork(async (network) => {
      const wire = await Wire.open(network.server, SERVER_INTERFACE);
      await withAttacker(network, wire, async (daemon) => {
        const denied = () =>
          auditLines(auditFile(network)).filter(({ result }) => result === "denied").length;
        const asked = 320; // more than the log takes of one actor at once, at less than its rate
        for (let n = 1; n <= asked; n++) {
          wire.send(order("ASK write /mac"));
          await delay(50);
        }
        const { detail } = await waitForEvent(auditFile(network), {
          ...{ action: "suppressed", interface: "eth0", detail: /events of calf:dhcp4 left out/ },
        }, 20_000);
        assert.ok(parseInt(detail!) > 0);
        assert.ok(denied() >= 250 && denied() < asked, `${denied()} of ${asked} recorded`);
        assert.match(daemon.log, /refused to the calf: write: denied: \/mac is read-only/);
      });
      await wire.close();
    });
  },
);

/** The attacker's DHCPDISCOVER, whose checksums are none. */
function isDiscover(frame: Uint8Array): boolean {
  const [ports, option] = [frame.subarray(34, 38), frame.subarray(42 + 240, 42 + 243)];
  return toHex(frame.subarray(12, 14)) === "0800" && toHex(ports) === "00440043" &&
    toHex(option) === "350101";
}

/** How long DHCPDISCOVERs of a crash loop are counted. */
const LOOP_MS = 20_000;
/** Starts until then: at 0, 0.25, 0.75, 1.75, 3.75, 7.75 and 15.75 s. */
const MAX_STARTS = 7;

testWith(
  ["netns", "executable"],
  "a calf that dies of each DHCPDISCOVER does not flood the servers",
  async () => {
    await withNetwork(async (network) => {
      const wire = await Wire.open(network.server, SERVER_INTERFACE);
      const discovers = () => wire.frames.filter(isDiscover).length;
      await withAttacker(network, wire, async (daemon) => {
        await delay(LOOP_MS);
        assert.match(daemon.log, /calf exited with 3: next start in 8000 ms/);
        assert.ok(discovers() >= 4 && discovers() <= MAX_STARTS, `${discovers()} DHCPDISCOVERs`);
      }, "--hostname=discover-and-die");
      await wire.close();
    });
  },
);
