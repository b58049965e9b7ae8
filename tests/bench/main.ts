/**
 * `deno task bench [--runs N] [--only SCENARIO,…] [--clients CLIENT,…] [--json FILE]`: mirage-dhcp
 * beside the DHCP clients that are installed, on cables of their own. Nothing of the machine is
 * touched. What a client writes on its own idea of being done counts for nothing: the clock stops
 * with the kernel's word that there is an address.
 *
 * @module
 */

import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { withNetwork } from "../support/network.ts";
import { output } from "../support/process.ts";
import { executablePath, requirement } from "../support/requirements.ts";
import { CARRIER, REPLUG } from "./carrier.ts";
import { chooseClients, type Client, commandLines, programFile } from "./clients.ts";
import { FLOOD } from "./flood.ts";
import { KV_FLOOD } from "./kv_flood.ts";
import { MANY } from "./many.ts";
import { MEMORY } from "./memory.ts";
import { type BenchOptions, parseOptions, USAGE } from "./options.ts";
import { PHASES } from "./phases.ts";
import { RENEWAL } from "./renewal.ts";
import type { Bench, Scenario } from "./scenario.ts";
import { Site } from "./site.ts";
import { COLD, LOST, RAPID, WARM } from "./starts.ts";

// sysexits.h
const EX_USAGE = 64;
const EX_UNAVAILABLE = 69;
const EX_TEMPFAIL = 75;
/** 128 + SIGINT, as shells count. */
const INTERRUPTED = 130;

/** In the order in which they are measured and shown. */
const SCENARIOS: readonly Scenario[] = [
  ...[COLD, RAPID, WARM, LOST, CARRIER, REPLUG, RENEWAL, MEMORY, FLOOD, KV_FLOOD, MANY, PHASES],
];

const JSON_FILE = fileURLToPath(new URL("../../dist/bench.json", import.meta.url));

/** Why it cannot run. */
class BenchError extends Error {
  readonly code: number;

  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

/** All that is measured. Times are in ms, memory is in KiB, processor time in seconds. */
interface Report {
  readonly machine: Readonly<Record<string, unknown>>;
  readonly clients: Readonly<Record<string, unknown>>[];
  readonly executableBytes: number;
  scenarios: Readonly<Record<string, unknown>>;
}

function readOptions(args: string[]): { options: BenchOptions; clients: Client[] } {
  try {
    const options = parseOptions(args, SCENARIOS.map(({ name }) => name), JSON_FILE);
    return { options, clients: chooseClients(options.clients) };
  } catch (error) {
    throw new BenchError(EX_USAGE, `${error instanceof Error ? error.message : error}\n${USAGE}`);
  }
}

async function main(args: string[]): Promise<void> {
  const { options, clients } = readOptions(args);
  // System programs are not on every user's path.
  Deno.env.set("PATH", `${Deno.env.get("PATH") ?? ""}:/usr/sbin:/sbin`);
  await installPeers();
  const lacking = (["root", "netns", "dnsmasq", "executable"] as const)
    .map(requirement).filter(({ ok }) => !ok);
  if (lacking.length > 0) {
    throw new BenchError(EX_UNAVAILABLE, lacking.map(({ reason }) => reason).join(", "));
  }
  const interruption = onInterrupt();
  const executable = await Deno.stat(executablePath());
  const report: Report = {
    machine: describeMachine(),
    clients: await Promise.all(clients.map(describeClient)),
    executableBytes: executable.size,
    scenarios: {},
  };
  console.log(formatHead(report));
  await withNetwork(async (network) => {
    const site = await Site.create(network);
    try {
      const measurements = measureAll(
        { site, clients, runs: options.runs, progress },
        options.only,
      );
      // After an interruption they fail for the lack of a network, which nobody wants to know.
      measurements.catch(() => {});
      report.scenarios = await Promise.race([measurements, interruption]);
    } finally {
      await site.close();
    }
  });
  const { ino, mtime } = await Deno.stat(executablePath());
  if (ino !== executable.ino || mtime?.getTime() !== executable.mtime?.getTime()) {
    throw new BenchError(EX_TEMPFAIL, "the executable was built anew meanwhile: measure again");
  }
  await Deno.mkdir(dirname(options.json), { recursive: true });
  await Deno.writeTextFile(options.json, `${JSON.stringify(report, null, 2)}\n`);
  console.log(`\nfigures: ${options.json}`);
}

/** Measures the scenarios that are asked for, all of them when none is; gives what JSON tells. */
async function measureAll(bench: Bench, only: readonly string[]): Promise<Record<string, unknown>> {
  const results: Record<string, unknown> = {};
  for (const scenario of SCENARIOS) {
    if (only.length > 0 && !only.includes(scenario.name)) continue;
    results[scenario.name] = await measure(scenario, bench);
  }
  return results;
}

/**
 * Measures a scenario and shows what it found; gives the same for JSON. That one cannot be measured
 * is no reason not to measure the next.
 */
async function measure({ name, title, run }: Scenario, bench: Bench): Promise<unknown> {
  try {
    const { text, data } = await run(bench);
    progress("");
    console.log(`\n== ${name}: ${title}\n${text}`);
    return { title, results: data };
  } catch (error) {
    if (interrupted) throw error;
    progress("");
    const why = error instanceof Error ? error.message : String(error);
    console.log(`\n== ${name}: ${title}\n  FAILED ${why}`);
    Deno.exitCode = 1;
    return { title, failure: why };
  } finally {
    await bench.site.stopServer();
  }
}

/** The other clients come from Debian packages; without them the rest is measured all the same. */
async function installPeers(): Promise<void> {
  const setup = new URL("../tasks/setup.ts", import.meta.url).pathname;
  const { code, stderr } = await output([Deno.execPath(), "run", "-A", setup, "bench"]);
  if (code !== 0) console.error(`bench: no other clients were installed: ${stderr.trim()}`);
}

function describeMachine(): Record<string, unknown> {
  return {
    kernel: Deno.osRelease(),
    architecture: Deno.build.arch,
    cpus: navigator.hardwareConcurrency,
    loadBefore: Deno.loadavg().map((load) => Number(load.toFixed(2))),
  };
}

/** What a client is, and how it is run on one interface. */
async function describeClient(client: Client): Promise<Record<string, unknown>> {
  const { id, name } = client;
  const file = programFile(client);
  if (file === null) return { id, name, version: null, command: null };
  const { stdout, stderr } = await output([file, ...client.version]);
  const version = `${stdout}\n${stderr}`.split("\n").find((line) => /\d/.test(line)) ?? "?";
  return { id, name, version, command: commandLines(client, ["eth0"])[0].join(" ") };
}

function formatHead({ machine, clients, executableBytes }: Report): string {
  const { kernel, architecture, cpus, loadBefore } = machine;
  return [
    `Linux ${kernel} ${architecture}, ${cpus} CPUs, load before ${(loadBefore as []).join(" ")}`,
    ...clients.map(({ id, version, command }) =>
      command === null ? `  ${id}: not installed` : `  ${id}: ${version}: $ ${command}`
    ),
    `  executable: ${executableBytes} bytes (${(executableBytes / 2 ** 20).toFixed(1)} MiB)`,
  ].join("\n");
}

/** Shows what goes on, where somebody looks. */
function progress(line: string): void {
  if (!Deno.stderr.isTerminal()) return;
  Deno.stderr.writeSync(new TextEncoder().encode(`\r\x1b[K${line}`));
}

/** Whether SIGINT or SIGTERM has come: what fails then fails because of it. */
let interrupted = false;

/** A promise that is rejected when SIGINT or SIGTERM comes. */
function onInterrupt(): Promise<never> {
  const interruption = new Promise<never>((_, reject) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) {
      Deno.addSignalListener(signal, () => {
        interrupted = true;
        reject(new BenchError(INTERRUPTED, "interrupted"));
      });
    }
  });
  // It may come before anybody waits for it.
  interruption.catch(() => {});
  return interruption;
}

if (import.meta.main) {
  try {
    await main(Deno.args);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    console.error(`bench: ${interrupted ? "interrupted" : message}`);
    Deno.exitCode = interrupted ? INTERRUPTED : error instanceof BenchError ? error.code : 1;
  }
  // Signal listeners would keep the process.
  Deno.exit();
}
