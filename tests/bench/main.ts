/**
 * `deno task bench [--runs N] [--json]`: mirage-dhcp beside the DHCP clients that are installed, on a
 * cable of their own. Nothing of the machine is touched. What a client writes on its own idea of
 * being done counts for nothing: the clock stops with the kernel's word that there is an address.
 *
 * @module
 */

import { parseArgs } from "node:util";
import { withNetwork } from "../support/network.ts";
import { output } from "../support/process.ts";
import { executablePath, requirement } from "../support/requirements.ts";
import { type Footprint, formatCalf, formatMemory, measureFootprint } from "./footprint.ts";
import { formatPhases, measurePhases, type PhaseReport } from "./phases.ts";
import { Site } from "./site.ts";
import { summarize } from "./statistics.ts";
import { formatStartup, measureStartup, type Startup } from "./startup.ts";

// sysexits.h
const EX_USAGE = 64;
const EX_UNAVAILABLE = 69;
const EX_TEMPFAIL = 75;
/** 128 + SIGINT, as shells count. */
const INTERRUPTED = 130;

/** How often each client is started to look at its memory. */
const MEMORY_RUNS = 5;

const USAGE = "usage: deno task bench [--runs N] [--json]   N rounds, 20 unless told";

/** Why it cannot run. */
class BenchError extends Error {
  readonly code: number;

  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

/** All that is measured; `--json` prints it. Times are in ms, memory is in KiB. */
interface Report {
  readonly machine: Readonly<Record<string, unknown>>;
  readonly startup: readonly Startup[];
  readonly phases: PhaseReport;
  readonly footprint: Footprint;
  readonly executableBytes: number;
}

function parseOptions(args: string[]): { runs: number; json: boolean } {
  try {
    const { values } = parseArgs({
      args,
      options: { runs: { type: "string", default: "20" }, json: { type: "boolean" } },
    });
    if (!/^[1-9]\d{0,3}$/.test(values.runs)) {
      throw new Error("--runs takes a number from 1 to 9999");
    }
    return { runs: Number(values.runs), json: values.json ?? false };
  } catch (error) {
    throw new BenchError(EX_USAGE, `${error instanceof Error ? error.message : error}\n${USAGE}`);
  }
}

async function main(args: string[]): Promise<void> {
  const { runs, json } = parseOptions(args);
  // System programs are not on every user's path.
  Deno.env.set("PATH", `${Deno.env.get("PATH") ?? ""}:/usr/sbin:/sbin`);
  await installPeers();
  const lacking = (["root", "netns", "dnsmasq", "executable"] as const)
    .map(requirement).filter(({ ok }) => !ok);
  if (lacking.length > 0) {
    throw new BenchError(EX_UNAVAILABLE, lacking.map(({ reason }) => reason).join(", "));
  }
  const interruption = onInterrupt();
  const machine = describeMachine();
  const executable = await Deno.stat(executablePath());
  let report: Report | undefined;
  await withNetwork(async (network) => {
    const measurements = Site.create(network).then(async (site) => ({
      machine,
      startup: await measureStartup(site, runs, progress),
      phases: await measurePhases(site, runs, progress),
      footprint: await measureFootprint(site, MEMORY_RUNS, progress),
      executableBytes: executable.size,
    }));
    // After an interruption they fail for the lack of a network, which nobody wants to know.
    measurements.catch(() => {});
    report = await Promise.race([measurements, interruption]);
  });
  progress("");
  const { ino, mtime } = await Deno.stat(executablePath());
  if (ino !== executable.ino || mtime?.getTime() !== executable.mtime?.getTime()) {
    throw new BenchError(EX_TEMPFAIL, "the executable was built anew meanwhile: measure again");
  }
  console.log(json ? toJson(report!) : format(report!));
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

function toJson(report: Report): string {
  const startup = report.startup.map((each) => ({ ...each, summary: summarize(each.samples) }));
  return JSON.stringify({ ...report, startup }, null, 2);
}

function format(report: Report): string {
  const { kernel, architecture, cpus, loadBefore } = report.machine;
  return [
    "== Time from exec to the kernel's RTM_NEWADDR, ms (veth, dnsmasq --no-ping, all taking turns)",
    `  Linux ${kernel} ${architecture}, ${cpus} CPUs, load before ${(loadBefore as []).join(" ")}`,
    formatStartup(report.startup),
    "\n== Phases of our own start, medians in ms",
    formatPhases(report.phases),
    "\n== Memory with a lease, medians in MiB (/proc/PID/smaps_rollup)",
    formatMemory(report.footprint),
    "\n== The calf",
    formatCalf(report.footprint),
    `\n== Size\n  executable      ${report.executableBytes} bytes (${
      (report.executableBytes / 2 ** 20).toFixed(1)
    } MiB)`,
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
