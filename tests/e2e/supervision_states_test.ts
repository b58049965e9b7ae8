/**
 * The calf dies in each state that the client can be in (RFC 2131 §4.4): the host stays as it is, and the
 * next calf goes on in the sense of the last one.
 *
 * @module
 */

import assert from "node:assert/strict";
import { DhcpType, messageType, withoutOptions } from "../support/dhcp_message.ts";
import { reply, silence, USUAL_OFFER, usualPolicy } from "../support/dhcp_server.ts";
import { u32 } from "../support/frame.ts";
import { signalProcess } from "../support/process.ts";
import { testWith } from "../support/requirements.ts";
import {
  hostPicture,
  PATIENCE_MS,
  RICH_OFFER,
  type Supervised,
  supervised,
  type SupervisedOptions,
} from "../support/turncoat.ts";
import { staysTrue, waitUntil } from "../support/wait.ts";
import { inParallel } from "./misbehaving/site.ts";

/** How a state is reached, and what comes of it. */
interface StateCase {
  /** How to begin. */
  readonly begin?: SupervisedOptions;
  /** A line of the log by which the state is known, where the client does not tell it. */
  readonly sign?: RegExp;
  /** Brings the client into the state, which is waited for then. */
  readonly reach?: (site: Supervised) => Promise<void>;
  /** What is true of the next calf before anything gets better. */
  readonly next?: (site: Supervised) => Promise<void>;
  /** Makes it possible to get a lease; the server answers as it should and the cable is in anyway. */
  readonly heal?: (site: Supervised) => void;
}

const mute: SupervisedOptions = {
  before: (_network, server) => {
    server.policy = silence;
  },
};

/** Waits for a lease and leaves the client without a server. */
async function boundAndAlone(site: Supervised): Promise<void> {
  await site.leased();
  site.server.policy = silence;
}

/** Kills the calf, and waits for the next one. */
async function killCalf(site: Supervised): Promise<void> {
  const calves = site.calves.length;
  signalProcess(await site.daemon.calf(), "SIGKILL");
  await waitUntil("the next calf", () => site.calves.length > calves, {
    timeoutMs: PATIENCE_MS,
    explain: () => site.daemon.process.log,
  });
}

const STATES: Readonly<Record<string, StateCase>> = {
  "INIT": {
    begin: { before: (network) => network.setCable("down") },
    sign: /calf eth0: confinement: /, // nothing has happened that it could tell
  },
  "SELECTING": { begin: mute },
  "REQUESTING": {
    begin: {
      before: (_network, server) => {
        server.policy = (request, offer) =>
          messageType(request) === DhcpType.DISCOVER ? usualPolicy(request, offer) : [];
      },
    },
  },
  "PROBING": { begin: { args: ["--acd=before"] } },
  "BOUND": { reach: (site) => site.leased() },
  "RENEWING": {
    reach: async (site) => {
      await boundAndAlone(site);
      site.daemon.process.kill("SIGUSR1");
    },
  },
  "REBINDING": {
    reach: async (site) => {
      await boundAndAlone(site);
      await site.network.setCable("down");
      await site.daemon.process.waitForLine(/carrier lost/);
      await site.network.setCable("up");
      await waitUntil("its routes", async () => (await site.network.defaultRoutes()).length === 1);
    },
  },
  "INIT-REBOOT": {
    reach: async (site) => {
      await site.leased();
      await site.network.setCable("down");
      await site.daemon.process.waitForLine(/carrier lost/);
      await killCalf(site);
    },
  },
  "REBOOTING": {
    reach: async (site) => {
      await boundAndAlone(site);
      await killCalf(site);
    },
  },
  "INFORMING": {
    begin: { ...mute, args: ["--inform=192.0.2.7/24"] },
    heal: ({ server }) => {
      server.policy = (request, offer) => {
        if (messageType(request) !== DhcpType.INFORM) return [];
        const answer = withoutOptions(reply(request, DhcpType.ACK, offer), 51);
        return [{ ...answer, yiaddr: "0.0.0.0" }]; // RFC 2131 §4.3.5
      };
    },
  },
  "V6ONLY": {
    begin: {
      args: ["--ipv6-only"],
      offer: { options: [...USUAL_OFFER.options, [108, u32(300)]] },
    },
    next: ({ daemon }) => daemon.waitForState("V6ONLY", PATIENCE_MS),
    heal: ({ server, daemon }) => {
      server.offer = { ...server.offer, options: USUAL_OFFER.options };
      daemon.process.kill("SIGUSR1");
    },
  },
  "RELEASED": {
    reach: async (site) => {
      await site.leased();
      site.daemon.process.kill("SIGUSR2");
    },
    next: async ({ daemon, server }) => {
      await daemon.waitForState("RELEASED", PATIENCE_MS);
      const asked = server.requests.length;
      await staysTrue("nothing is asked for", 1_000, () => server.requests.length === asked);
    },
    heal: ({ daemon }) => daemon.process.kill("SIGUSR1"),
  },
};

async function dieIn(state: string, { sign, reach, next, heal }: StateCase, site: Supervised) {
  const { network, server, daemon } = site;
  await reach?.(site);
  if (sign === undefined) await daemon.waitForState(state, PATIENCE_MS);
  else await daemon.process.waitForLine(sign, PATIENCE_MS);
  const before = await hostPicture(network, daemon);
  const taken = site.taken.length;
  const calves = site.calves.length;
  await killCalf(site);
  assert.deepEqual(await hostPicture(network, daemon), before, `${state}: with the next calf`);
  await next?.(site);
  server.policy = usualPolicy;
  await network.setCable("up");
  heal?.(site);
  await site.leased();
  assert.equal(site.calves.length, calves + 1, "it goes on with this one");
  const had = before.addresses !== "";
  if (had) assert.deepEqual(site.taken.slice(taken), [], `${state}: nothing was taken away`);
}

testWith(["netns", "executable"], "a calf may die in every state of the client", async () => {
  await inParallel(
    Object.entries(STATES),
    ([state, each]) =>
      supervised((site) => dieIn(state, each, site), {
        offer: RICH_OFFER,
        real: true,
        ...each.begin,
      }),
  );
});
