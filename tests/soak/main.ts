/**
 * `deno task soak [--minutes N]`: one daemon with a lease of 20 s on a cable that loses one frame in a
 * hundred, to which everything happens that may happen to it in months (disturbances.ts), one thing
 * after the other and in another order each time. Once each has happened, the daemon is warm; from then
 * on, for N minutes (30 unless told), samples are taken once a minute, when it has its lease. Fails when
 * anything grows, when the lease does not come back, or when the end leaves something behind.
 *
 * The figures go to dist/soak.json, too, the daemon's log and its audit log to dist/soak*.log.
 *
 * @module
 */

import assert from "node:assert/strict";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { filesOf } from "../../priv/audit/log_source.ts";
import { auditFile } from "../support/audit.ts";
import { Daemon } from "../support/daemon.ts";
import { type Network, ORIGINAL_RESOLV_CONF, withNetwork } from "../support/network.ts";
import { executablePath, requirement } from "../support/requirements.ts";
import { delay } from "../support/wait.ts";
import { DISTURBANCES } from "./disturbances.ts";
import { judge } from "./growth.ts";
import { formatGrowth, formatSample, formatTraffic } from "./report.ts";
import { type Sample, takeSample } from "./sample.ts";
import { Stage } from "./stage.ts";

const FILES = fileURLToPath(new URL("../../dist/soak", import.meta.url));

/** Samples of a run; once a minute, if it lasts half an hour. */
const SAMPLES = 30;
/** A sample is taken so long after the lease has come back: clients have gone by then. */
const SETTLE_MS = 1_500;

/** What happened how often. */
class Soak {
  readonly samples: Sample[] = [];
  readonly happened = new Map<string, number>();
  readonly #stage: Stage;

  constructor(stage: Stage) {
    this.#stage = stage;
  }

  /** Lets each disturbance happen once. */
  async warmUp(): Promise<void> {
    for (const name of Object.keys(DISTURBANCES)) await this.#disturb(name);
  }

  /** Goes on for so many minutes. */
  async measure(minutes: number): Promise<void> {
    const begin = performance.now();
    const passed = () => (performance.now() - begin) / 60_000;
    await this.#sample(0);
    for (let deck: string[] = []; passed() < minutes;) {
      if (deck.length === 0) deck = shuffled(Object.keys(DISTURBANCES));
      await this.#disturb(deck.pop()!);
      const due = this.samples.length * minutes / SAMPLES;
      if (passed() >= due) await this.#sample(passed());
    }
  }

  async #disturb(name: string): Promise<void> {
    console.log(`${new Date().toISOString()} ${name}`);
    this.happened.set(name, (this.happened.get(name) ?? 0) + 1);
    await DISTURBANCES[name](this.#stage);
    await this.#stage.recovered();
  }

  /** Takes one while the lease stays; it may be lost at any moment, with so many frames. */
  async #sample(minutes: number): Promise<void> {
    const { network, daemon } = this.#stage;
    const lost = () => daemon.process.stderr.filter((line) => /eth0: removed /.test(line)).length;
    for (;;) {
      await delay(SETTLE_MS);
      await this.#stage.recovered();
      const before = lost();
      const sample = await takeSample(network, daemon.process.pid, minutes);
      if (lost() > before) continue;
      this.samples.push(sample);
      return console.log(formatSample(sample));
    }
  }
}

function shuffled<T>(items: readonly T[]): T[] {
  return items.map((item) => ({ item, key: Math.random() }))
    .sort((a, b) => a.key - b.key).map(({ item }) => item);
}

function readMinutes(args: string[]): number {
  const { values } = parseArgs({ args, options: { minutes: { type: "string", default: "30" } } });
  const minutes = Number(values.minutes);
  if (!(minutes > 0 && minutes <= 100_000)) throw new RangeError("--minutes takes a number");
  return minutes;
}

/** Another build in the meantime must not keep the daemon from starting its calves. */
async function useCopy(network: Network): Promise<void> {
  const copy = `${network.directory}/mirage-dhcp`;
  await Deno.copyFile(executablePath(), copy);
  await Deno.chmod(copy, 0o755);
  Deno.env.set("MIRAGE_DHCP", copy);
}

/** What the daemon leaves when it ends, which should be nothing. */
async function end(network: Network, daemon: Daemon): Promise<string[]> {
  const problems: string[] = [];
  const expect = (what: string, check: () => void) => {
    try {
      check();
    } catch (error) {
      problems.push(`${what} in the end: ${error instanceof Error ? error.message : error}`);
    }
  };
  const code = await daemon.stop();
  const addresses = await network.addressText();
  const routes = await network.defaultRoutes();
  const resolver = await Deno.readTextFile(network.resolvConf);
  expect("exit code", () => assert.equal(code, 0));
  expect("addresses", () => assert.equal(addresses, ""));
  expect("default routes", () => assert.deepEqual(routes, []));
  expect("resolv.conf", () => assert.equal(resolver, ORIGINAL_RESOLV_CONF));
  expect("results", () => assert.deepEqual(daemon.keys(), []));
  return problems;
}

async function soak(network: Network, minutes: number): Promise<string[]> {
  await Deno.mkdir(dirname(FILES), { recursive: true });
  await useCopy(network);
  const configuration = `${network.directory}/mirage-dhcp.conf`;
  await Deno.writeTextFile(configuration, "metric 77\n");
  const daemon = Daemon.start(network, `--config=${configuration}`, "--audit-size=1");
  try {
    const stage = await Stage.open(network, daemon, configuration);
    try {
      await stage.recovered();
      const run = new Soak(stage);
      console.log("warming up");
      await run.warmUp();
      console.log(`measuring for ${minutes} minutes`);
      await run.measure(minutes);
      const { samples, happened } = run;
      const problems = [...judge(samples), ...await end(network, daemon)];
      console.log(`\n${formatGrowth(samples)}`);
      console.log(`happened: ${[...happened].map(([name, n]) => `${name} ${n}`).join("; ")}`);
      console.log(`from the client: ${formatTraffic(stage.received)}`);
      console.log(`longest wait for a lease: ${(stage.longestRecoveryMs / 1000).toFixed(1)} s`);
      const figures = {
        minutes,
        problems,
        longestRecoveryMs: stage.longestRecoveryMs,
        happened: Object.fromEntries(happened),
        received: Object.fromEntries(stage.received),
        samples,
      };
      await Deno.writeTextFile(`${FILES}.json`, `${JSON.stringify(figures, null, 1)}\n`);
      return problems;
    } finally {
      await stage.close();
    }
  } finally {
    await daemon.stop();
    await Deno.writeTextFile(`${FILES}.log`, daemon.process.log);
    const audit = filesOf(auditFile(network)).map((path) => Deno.readTextFileSync(path));
    await Deno.writeTextFile(`${FILES}-audit.log`, audit.join(""));
  }
}

if (import.meta.main) {
  const minutes = readMinutes(Deno.args);
  const lacking = (["root", "netns", "executable"] as const).map(requirement)
    .filter(({ ok }) => !ok).map(({ reason }) => reason);
  if (lacking.length > 0) throw new Error(`Cannot soak: ${lacking.join(", ")}`);
  let problems: string[] = [];
  await withNetwork(async (network) => {
    problems = await soak(network, minutes);
  });
  for (const problem of problems) console.log(`GROWS  ${problem}`);
  console.log(problems.length === 0 ? "soak: passed" : `soak: ${problems.length} problems`);
  Deno.exit(problems.length === 0 ? 0 : 1);
}
