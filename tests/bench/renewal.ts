/**
 * A renewal: from the server's DHCPACK on the cable until the kernel knows of the new lifetime.
 *
 * @module
 */

import { DhcpType } from "../support/dhcp_message.ts";
import { delay, waitUntil } from "../support/wait.ts";
import type { Client } from "./clients.ts";
import type { Launched } from "./launch.ts";
import {
  type Bench,
  daemonsOf,
  formatOutcomes,
  medianColumn,
  type Outcome,
  outcomesData,
  partOf,
  type Scenario,
  type ScenarioReport,
  takeTurns,
  timeColumns,
  withTimes,
} from "./scenario.ts";
import type { Site } from "./site.ts";

/** Option 58 of the leases, in seconds. */
const T1 = 3;
/** Renewals of one start. */
const RENEWALS = 4;
/** After T1, a client may take so long to ask, as dhclient does at random. */
const PATIENCE_MS = 30_000;
/** The kernel is told by then, or never. */
const TELL_MS = 1500;

/** One renewal. */
export interface Renewal {
  /** When the DHCPREQUEST was on the cable, in ms since 1970. */
  readonly requestedAt: number;
  /** From the DHCPREQUEST to the DHCPACK, in ms. */
  readonly answer: number;
  /** From the DHCPACK to RTM_NEWADDR, in ms; null when the kernel is not told. */
  readonly told: number | null;
}

/** Makes a client that does not heed a T1 renew its lease now; the others do it by themselves. */
export function requestRenewal({ client, process }: Launched, t1: number): void {
  if (client.leastT1 > t1) process.kill("SIGUSR1");
}

/** Waits for the first renewal after a time. */
export async function waitForRenewal(
  site: Site,
  after: number,
  timeoutMs = PATIENCE_MS,
): Promise<Renewal> {
  const request = await site.messages.waitFor(DhcpType.REQUEST, after, { timeoutMs });
  const ack = await site.messages.waitFor(DhcpType.ACK, request.at, { timeoutMs });
  const told = await waitUntil("RTM_NEWADDR", () => site.events.newAddress("eth0", ack.at), {
    timeoutMs: TELL_MS,
  }).catch(() => null);
  return {
    requestedAt: request.at,
    answer: ack.at - request.at,
    told: told === null ? null : told.at - ack.at,
  };
}

async function measure(site: Site, client: Client): Promise<Renewal[]> {
  await site.serve({ t1: T1 });
  return await site.run(client, {}, async (launched) => {
    const { at } = await site.waitForAddress(launched);
    const renewals: Renewal[] = [];
    for (let after = at; renewals.length < RENEWALS;) {
      if (client.leastT1 > T1) await delay(T1 * 1000);
      requestRenewal(launched, T1);
      const renewal = await waitForRenewal(site, after);
      renewals.push(renewal);
      after = renewal.requestedAt + renewal.answer;
    }
    return renewals;
  });
}

/** Renewals in time. */
export const RENEWAL: Scenario = {
  name: "renewal",
  title: "ms from the DHCPACK on the cable to RTM_NEWADDR with the new lifetime",
  async run(bench: Bench): Promise<ScenarioReport> {
    const { site, runs } = bench;
    const turns = { what: "renewal", rounds: partOf(runs, RENEWALS) };
    const outcomes = await takeTurns(
      daemonsOf(bench),
      turns,
      (client) => measure(site, client),
    );
    return { text: format(outcomes), data: outcomesData(outcomes) };
  },
};

function format(outcomes: Outcome<Renewal>[]): string {
  const shown = withTimes(outcomes, "the kernel is told no lifetime", ({ told }) => told);
  return formatOutcomes(shown, [
    ...timeColumns(({ told }: Renewal) => told!),
    medianColumn("REQUEST →", ({ answer, told }) => answer + told!),
  ], [
    `the client asks by itself after T1 = ${T1} s (option 58); mirage-dhcp, to which that is too`,
    "short, and udhcpc, which heeds no T1, at SIGUSR1",
    "REQUEST →: median from the DHCPREQUEST on the cable to RTM_NEWADDR",
  ]);
}
