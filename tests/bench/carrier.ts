/**
 * A daemon that runs, and a cable that is plugged in: for the first time, and again.
 *
 * @module
 */

import { DhcpType } from "../support/dhcp_message.ts";
import { CLIENT_INTERFACE, SERVER_INTERFACE } from "../support/network.ts";
import { delay } from "../support/wait.ts";
import type { Client } from "./clients.ts";
import { exchangesText, exchangeText, LEGEND } from "./exchange.ts";
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
  withTimes,
} from "./scenario.ts";
import type { Site } from "./site.ts";

/** Without carrier for so long at least, and at most so much longer, in ms. */
const SHORTEST_MS = 2000;
const SPREAD_MS = 10_000;
/** A daemon that has its address has done the rest by then. */
const SETTLED_MS = 1000;
/** How long the cable of a daemon with a lease is out. */
const UNPLUGGED_MS = 4000;
/** Whoever has asked for nothing so long after the carrier came does not care for it. */
const CARES_MS = 10_000;

/** How long a round's daemon is without carrier, in ms: spread evenly over the rounds. */
export function darkness(round: number, rounds: number): number {
  return SHORTEST_MS + SPREAD_MS * (round + 0.5) / rounds;
}

/** The cable of a running daemon. */
interface Plugged {
  /** From the moment when the other end goes up to what is measured; null when it never came. */
  readonly ms: number | null;
  /** The messages between, as letters. */
  readonly exchange: string;
  /** Whether the address was there all the time, where there was one before. */
  readonly kept?: boolean;
}

/**
 * Pulls the cable out and runs `body` with a function that plugs it in and gives the time when it did.
 * That is taken just before an `ip` that waits already is told to, because what reports on the
 * carrier may come late on a busy machine.
 */
async function withoutCable<T>(
  { network }: Site,
  body: (plugIn: () => Promise<number>) => Promise<T>,
): Promise<T> {
  const ip = network.server.start(["ip", "-batch", "-"]);
  await network.setCable("down");
  try {
    return await body(async () => {
      const at = exactNow();
      await ip.writeLine(`link set dev ${SERVER_INTERFACE} up`);
      return at;
    });
  } finally {
    await ip.stop();
    await network.setCable("up");
  }
}

/** Milliseconds since 1970, exact: it waits for one to begin, because the clock shows no parts. */
function exactNow(): number {
  const before = Date.now();
  for (;;) {
    const now = Date.now();
    if (now !== before) return now;
  }
}

async function plugFirst(site: Site, client: Client, darkMs: number): Promise<Plugged> {
  await site.serve();
  return await withoutCable(site, async (plugIn) =>
    await site.run(client, {}, async (launched) => {
      await delay(darkMs);
      const up = await plugIn();
      const { at } = await site.waitForAddress(launched, { after: up });
      await site.messages.waitFor(DhcpType.ACK, up);
      return { ms: at - up, exchange: exchangeText(site.messages.between(up, at)) };
    }));
}

/** The daemon is started without carrier, and then there is carrier. */
export const CARRIER: Scenario = {
  name: "carrier",
  title: "carrier up → address of a daemon that was started without carrier: ms to RTM_NEWADDR",
  async run(bench: Bench): Promise<ScenarioReport> {
    const rounds = partOf(bench.runs, 2);
    return report(
      await takeTurns(
        daemonsOf(bench),
        { what: "carrier", rounds },
        async (client, round) => [await plugFirst(bench.site, client, darkness(round, rounds))],
      ),
      [EXCHANGE],
      "without carrier for 2 to 12 s, spread evenly over the rounds",
    );
  },
};

async function plugAgain(site: Site, client: Client): Promise<Plugged> {
  await site.serve();
  return await site.run(client, {}, async (launched) => {
    await site.waitForAddress(launched);
    await delay(SETTLED_MS);
    const out = Date.now();
    return await withoutCable(site, async (plugIn) => {
      await delay(UNPLUGGED_MS);
      const up = await plugIn();
      const ack = await site.messages.waitFor(DhcpType.ACK, up, { timeoutMs: CARES_MS })
        .catch(() => null);
      const exchange = exchangeText(site.messages.between(up, ack?.at));
      const kept = !site.events.lostAddress(CLIENT_INTERFACE, out);
      return { ms: ack === null ? null : ack.at - up, exchange, kept };
    });
  });
}

/** The cable of a daemon with a lease is pulled out and plugged in: this may be another network. */
export const REPLUG: Scenario = {
  name: "replug",
  title: "carrier up → DHCPACK of a daemon with a lease whose cable was out for 4 s: ms",
  async run(bench: Bench): Promise<ScenarioReport> {
    return report(
      await takeTurns(
        daemonsOf(bench),
        { what: "cable out and in", rounds: partOf(bench.runs, 4) },
        async (client) => [await plugAgain(bench.site, client)],
      ),
      [EXCHANGE, KEPT],
      `whoever asks the server for nothing within ${CARES_MS / 1000} s does not notice`,
    );
  },
};

const EXCHANGE: Column<Plugged> = [
  "messages",
  (samples) => exchangesText(samples.map(({ exchange }) => exchange)),
];

const KEPT: Column<Plugged> = [
  "address",
  (samples) => exchangesText(samples.map(({ kept }) => kept ? "kept" : "removed")),
];

function report(
  outcomes: Outcome<Plugged>[],
  columns: readonly Column<Plugged>[],
  note: string,
): ScenarioReport {
  const shown = withTimes(outcomes, "does not notice", ({ ms }) => ms);
  const all = [...timeColumns(({ ms }: Plugged) => ms!), ...columns];
  return { text: formatOutcomes(shown, all, [note, LEGEND]), data: outcomesData(outcomes) };
}
