/**
 * From the execution of a client to the kernel's RTM_NEWADDR: cold, with rapid commit, with the
 * first packet lost, and with a lease of a former run.
 *
 * @module
 */

import { DhcpType } from "../support/dhcp_message.ts";
import { ScriptedServer, silence, usualPolicy } from "../support/dhcp_server.ts";
import { delay } from "../support/wait.ts";
import type { Client } from "./clients.ts";
import { NETWORKD_KEEP_FILE, NETWORKD_KEEP_TEXT } from "./configuration.ts";
import { exchangesText, exchangeText, LEGEND } from "./exchange.ts";
import type { Launched } from "./launch.ts";
import {
  type Bench,
  type Column,
  daemonsOf,
  formatOutcomes,
  type Outcome,
  outcomesData,
  partOf,
  type Scenario,
  type ScenarioReport,
  takeTurns,
  timeColumns,
} from "./scenario.ts";
import type { Site } from "./site.ts";

/** After an address, a client has written its lease down. */
const SETTLED_MS = 500;
/** What one process has written to the other must have been read by then. */
const LATE_MS = 2000;

/** One start. */
interface Start {
  /** From the execution to RTM_NEWADDR. */
  readonly ms: number;
  /** The messages between, as letters. */
  readonly exchange: string;
}

const EXCHANGE: Column<Start> = [
  "messages",
  (samples) => exchangesText(samples.map(({ exchange }) => exchange)),
];

/** Waits for the address and tells how it came. */
async function timeOf(site: Site, launched: Launched): Promise<Start> {
  const { executedAt } = launched;
  const { at } = await site.waitForAddress(launched);
  // The address came after this, but perhaps not its line.
  await site.messages.waitFor(DhcpType.ACK, executedAt, { timeoutMs: LATE_MS });
  return { ms: at - executedAt, exchange: exchangeText(site.messages.between(executedAt, at)) };
}

function report(outcomes: Outcome<Start>[], ...notes: string[]): ScenarioReport {
  const ms = ({ ms }: Start) => ms;
  return {
    text: formatOutcomes(outcomes, [...timeColumns(ms), EXCHANGE], [LEGEND, ...notes]),
    data: outcomesData(outcomes, ms),
  };
}

/** Neither client nor server has any memory of the other. */
export const COLD: Scenario = {
  name: "cold",
  title: "exec → address, cold: ms to RTM_NEWADDR (veth, dnsmasq --no-ping)",
  async run(bench: Bench): Promise<ScenarioReport> {
    const { site, runs } = bench;
    return report(
      await takeTurns(bench, { what: "cold", rounds: runs }, async (client) => {
        await site.serve();
        return [await site.run(client, {}, (launched) => timeOf(site, launched))];
      }),
    );
  },
};

/** The server answers the first message with an ACK, if the client asks for that. */
export const RAPID: Scenario = {
  name: "rapid",
  title: "exec → address with rapid commit (RFC 4039): ms to RTM_NEWADDR",
  async run(bench: Bench): Promise<ScenarioReport> {
    const { site, runs } = bench;
    const excuse = (client: Client) => client.rapidCommit ? null : "has no rapid commit";
    return report(
      await takeTurns(bench, { what: "rapid commit", rounds: runs, excuse }, async (client) => {
        await site.serve({ rapidCommit: true });
        return [await site.run(client, {}, (launched) => timeOf(site, launched))];
      }),
      "four messages: this version of the client did without",
    );
  },
};

/** The first message is lost: a server of the bench's own says nothing to it. */
export const LOST: Scenario = {
  name: "lost",
  title: "exec → address, the first packet lost: ms to RTM_NEWADDR",
  async run(bench: Bench): Promise<ScenarioReport> {
    const { site, runs } = bench;
    await site.stopServer();
    const server = await ScriptedServer.start(site.network);
    const rounds = partOf(runs, 2);
    try {
      return report(
        await takeTurns(bench, { what: "first packet lost", rounds }, async (client) => {
          server.policy = () => {
            server.policy = usualPolicy;
            return silence();
          };
          return [await site.run(client, {}, (launched) => timeOf(site, launched))];
        }),
        "the server is the bench's own, and takes some ms to answer",
      );
    } finally {
      await server.close();
    }
  },
};

/** A client that had a lease was ended by SIGKILL and starts anew. */
export const WARM: Scenario = {
  name: "warm",
  title: "exec → address with a saved lease (INIT-REBOOT): ms to RTM_NEWADDR",
  async run(bench: Bench): Promise<ScenarioReport> {
    const { site, runs } = bench;
    const excuse = ({ lease }: Client) => lease === "none" ? "keeps no lease" : null;
    const turns = { what: "saved lease", rounds: runs, excuse };
    return report(
      await takeTurns(daemonsOf(bench), turns, async (client) => {
        await site.serve();
        return [await startAgain(site, client)];
      }),
      "the first run was ended by SIGKILL; /run, address and routes are gone, /var/lib is there",
      "systemd-networkd: KeepConfiguration=dhcp; it asks again for the address on the interface,",
      "which stayed there as /run did; measured to the kernel's word that it was set anew",
    );
  },
};

async function startAgain(site: Site, client: Client): Promise<Start> {
  const onInterface = client.lease === "interface";
  if (onInterface) await site.write(NETWORKD_KEEP_FILE, NETWORKD_KEEP_TEXT);
  try {
    const first = await site.start(client);
    try {
      await site.waitForAddress(first);
      await delay(SETTLED_MS);
    } finally {
      await site.kill(first);
    }
    const keep = onInterface ? "everything" : "state";
    return await site.run(client, { keep }, (launched) => timeOf(site, launched));
  } finally {
    if (onInterface) await site.network.client.run("rm", NETWORKD_KEEP_FILE);
  }
}
