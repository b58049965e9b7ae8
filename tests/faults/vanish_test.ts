/**
 * An interface that vanishes, whatever its client is doing: nothing is left of it, and when it is back the
 * client begins anew.
 *
 * @module
 */

import assert from "node:assert/strict";
import { Daemon, daemonCommand } from "../support/daemon.ts";
import { DhcpType, messageType } from "../support/dhcp_message.ts";
import {
  type Offer,
  type Policy,
  ScriptedServer,
  silence,
  usualPolicy,
} from "../support/dhcp_server.ts";
import {
  CLIENT_INTERFACE,
  CLIENT_MAC,
  type Network,
  ORIGINAL_RESOLV_CONF,
  SERVER_INTERFACE,
  SERVER_MAC,
  withNetwork,
} from "../support/network.ts";
import { calvesOf } from "../support/process.ts";
import { testWith } from "../support/requirements.ts";
import { waitUntil } from "../support/wait.ts";

/** How a client comes into a state, and stays there for a while. */
interface Case {
  /** The state. */
  readonly state: string;
  /** Arguments of the daemon. */
  readonly args?: readonly string[];
  /** What the server gives. */
  readonly offer?: Partial<Offer>;
  /** How it answers. */
  readonly policy?: Policy;
  /** What is done once the client is BOUND; without it the state comes by itself. */
  readonly then?: (daemon: Daemon, server: ScriptedServer) => void;
  /** Whether an earlier daemon has had a lease. */
  readonly hasLease?: boolean;
}

function offersOnly(request: Parameters<Policy>[0], offer: Offer): ReturnType<Policy> {
  return messageType(request) === DhcpType.DISCOVER ? usualPolicy(request, offer) : [];
}

function quiet(signal: Deno.Signal): NonNullable<Case["then"]> {
  return (daemon, server) => {
    server.policy = silence;
    daemon.process.kill(signal);
  };
}

const CASES: readonly Case[] = [
  // The first, for it takes the longest: until T2.
  {
    state: "REBINDING",
    offer: { leaseSeconds: 120, t1: 10, t2: 12 },
    then: (_, server) => void (server.policy = silence),
  },
  { state: "SELECTING", policy: silence },
  { state: "REQUESTING", policy: offersOnly },
  { state: "PROBING", args: ["--acd=before"] },
  { state: "BOUND", then: () => {} },
  { state: "RENEWING", then: quiet("SIGUSR1") },
  { state: "REBOOTING", hasLease: true, policy: silence },
  { state: "INFORMING", args: ["--inform=192.0.2.7/24"], policy: silence },
  { state: "RELEASED", then: quiet("SIGUSR2") },
];

/** On a busy machine a server may miss the first messages, and the next come seconds later. */
const PATIENCE_MS = 40_000;

async function unplug({ client }: Network): Promise<void> {
  await client.run("ip", "link", "delete", CLIENT_INTERFACE);
}

async function plugIn({ client, server }: Network): Promise<void> {
  await client.run(
    ...["ip", "link", "add", CLIENT_INTERFACE, "address", CLIENT_MAC, "type", "veth"],
    ...["peer", "name", SERVER_INTERFACE, "address", SERVER_MAC, "netns", String(server.pid)],
  );
  await server.run("ip", "link", "set", SERVER_INTERFACE, "up");
}

async function earlierLease(network: Network): Promise<void> {
  const server = await ScriptedServer.start(network);
  const daemon = Daemon.start(network);
  try {
    await daemon.waitForLease("192.0.2.7/24", PATIENCE_MS);
  } finally {
    await daemon.stop();
    await server.close();
  }
}

async function reach(daemon: Daemon, server: ScriptedServer, wanted: Case): Promise<void> {
  if (wanted.then !== undefined) {
    await daemon.waitForState("BOUND", PATIENCE_MS);
    wanted.then(daemon, server);
  }
  await daemon.waitForState(wanted.state, PATIENCE_MS);
}

async function vanishIn(network: Network, wanted: Case): Promise<void> {
  if (wanted.hasLease === true) await earlierLease(network);
  const server = await ScriptedServer.start(network, wanted.offer);
  if (wanted.policy !== undefined) server.policy = wanted.policy;
  const daemon = Daemon.start(network, ...wanted.args ?? []);
  try {
    await reach(daemon, server, wanted);
    await unplug(network);
    await waitUntil("the end of all that is the interface's", () => {
      daemon.assertRunning();
      return calvesOf(daemon.process.pid).length === 0 && daemon.keys().length === 0 &&
        Deno.readTextFileSync(network.resolvConf) === ORIGINAL_RESOLV_CONF;
    }, { timeoutMs: PATIENCE_MS, explain: () => `${daemon.keys()}\n${daemon.process.log}` });
    assert.equal(
      [...Deno.readDirSync(`${network.directory}/run`)].some(({ name }) =>
        /owned|saved/.test(name)
      ),
      false,
      "nothing is noted of it",
    );
    await server.close();
    await plugIn(network);
    await beginsAnew(network, daemon, wanted);
    assert.equal(await daemon.stop(), 0, daemon.process.log);
    assert.equal(await network.addressText(), "");
  } finally {
    await daemon.stop();
    await server.close();
  }
}

async function beginsAnew(network: Network, daemon: Daemon, { state }: Case): Promise<void> {
  const server = await ScriptedServer.start(network);
  try {
    if (state === "INFORMING") await daemon.waitForState(state);
    else await daemon.waitForLease("192.0.2.7/24", PATIENCE_MS);
  } finally {
    await server.close();
  }
}

/** Most of the time is waiting, and each has a network of its own. */
const AT_A_TIME = 3;

testWith(
  ["netns", "executable"],
  "an interface may vanish in each state of its client",
  async (t) => {
    const cases = [...CASES];
    const worker = async () => {
      for (let wanted = cases.shift(); wanted !== undefined; wanted = cases.shift()) {
        const each = wanted;
        await t.step({
          name: each.state,
          sanitizeOps: false,
          sanitizeResources: false,
          sanitizeExit: false,
          fn: () => withNetwork((network) => vanishIn(network, each)),
        });
      }
    };
    await Promise.all(Array.from({ length: AT_A_TIME }, worker));
  },
);

testWith(["netns", "executable"], "an interface may vanish while its client begins", async () => {
  await withNetwork(async (network) => {
    const command = daemonCommand(network);
    for (let n = 0; n < 5; n++) {
      const daemon = network.client.start(command);
      await new Promise((resolve) => setTimeout(resolve, 15 * n));
      await unplug(network);
      // It may have found no interface, and waits; or it has seen it vanish.
      await daemon.waitForLine(/waiting for the interface|the interface is gone/);
      await plugIn(network);
      await daemon.waitForLine(/state SELECTING/);
      assert.equal(await daemon.stop(), 0, daemon.log);
    }
  });
});
