/**
 * One fault in one phase: what became of the daemon and of the host, and what of that must not be.
 *
 * @module
 */

import { ExitCode } from "../../priv/exit_code.ts";
import { daemonCommand } from "../support/daemon.ts";
import { isAlive } from "../support/process.ts";
import { executablePath } from "../support/requirements.ts";
import { delay } from "../support/wait.ts";
import { waitForOperators } from "./phases.ts";
import { type Hosts, hostState, type Reference } from "./reference.ts";
import type { Site } from "./site.ts";
import { difference, isLike, kernelSnapshot } from "./snapshot.ts";
import { type Fault, faultText, type Strace } from "./strace.ts";
import type { Victim } from "./victim.ts";

/** What came of it. */
export interface Outcome {
  /** The phase's name. */
  readonly phase: string;
  /** What was done. */
  readonly fault: Fault;
  /** How many calls were struck; 0 means that the trial says nothing. */
  readonly struck: number;
  /** The first call that was struck. */
  readonly call: string;
  /** "goes on", or "ends 71: its line of error". */
  readonly result: string;
  /** Milliseconds until the host was as it should be. */
  readonly tookMs: number;
  /** What must not be; none when all is well. */
  readonly problems: readonly string[];
}

/** How long a fault that strikes every call stays in force. */
const IN_FORCE_MS = 600;

/** Of these, so much processor time is a loop that does nothing else. Ticks are 10 ms. */
const BUSY_TICKS = 40;
/** Under strace such a loop rather is this: calls that fail in that time. */
const BUSY_CALLS = 1000;

const DOCUMENTED: ReadonlySet<number> = new Set(Object.values(ExitCode));

/** A stack trace, a panic of the runtime, or an abort of V8. */
const STACK_TRACE =
  /^\s+at .*[(:]|Uncaught|panicked|Fatal (JavaScript|process)|RangeError|TypeError/m;

/** Tries one fault. */
export async function tryFault(
  site: Site,
  hosts: Hosts,
  reference: Reference,
  fault: Fault,
): Promise<Outcome> {
  const trial = new Trial(site, hosts, reference, fault);
  return await trial.run();
}

class Trial {
  readonly #site: Site;
  readonly #hosts: Hosts;
  readonly #reference: Reference;
  readonly #fault: Fault;
  readonly #problems: string[] = [];

  constructor(site: Site, hosts: Hosts, reference: Reference, fault: Fault) {
    this.#site = site;
    this.#hosts = hosts;
    this.#reference = reference;
    this.#fault = fault;
  }

  async run(): Promise<Outcome> {
    const { phase } = this.#reference;
    await this.#site.reset();
    const victim = await this.#site.victim(phase.fromStart === true);
    try {
      if (phase.fromStart !== true) await this.#prepare(victim);
      return await this.#strike(victim);
    } finally {
      await victim.remove();
    }
  }

  async #prepare(victim: Victim): Promise<void> {
    const { phase } = this.#reference;
    const { leased } = this.#hosts;
    if (!await victim.becomes(leased.all)) {
      const { all } = await hostState(this.#site);
      throw new Error(`no first lease: ${difference(all, leased.all)}\n${victim.log}`);
    }
    await waitForOperators(this.#site, victim);
    await phase.prepare?.(this.#site, victim);
  }

  async #strike(victim: Victim): Promise<Outcome> {
    const { phase } = this.#reference;
    victim.noteCalves();
    const descriptors = victim.descriptors();
    const strace = await this.#site.trace(victim, this.#fault);
    const begin = performance.now();
    await phase.act(this.#site, victim);
    if (this.#fault.when.endsWith("+")) {
      await this.#whileInForce(victim, strace);
      await strace.detach();
    }
    const goesOn = phase.ends === true ? await this.#isStuck(victim) : await this.#settles(victim);
    const tookMs = Math.round(performance.now() - begin);
    await strace.detach();
    const struck = strace.struck();
    const calls = this.#fault.signal === undefined
      ? struck.length
      : Number(victim.exitCode === 137);
    let result = "goes on";
    if (goesOn) result = await this.#goesOn(victim, descriptors);
    else if (victim.exitCode === null) {
      const { all } = await hostState(this.#site);
      this.#problem(`not settled: ${difference(all, this.#reference.after.all)}`);
    } else result = await this.#ended(victim);
    if (STACK_TRACE.test(victim.log)) this.#problem("a stack trace");
    if (this.#problems.length > 0) this.#problem(`log:\n${victim.log}`);
    return {
      ...{ phase: phase.name, fault: this.#fault, struck: calls, call: struck[0] ?? "" },
      ...{ result, tookMs, problems: this.#problems },
    };
  }

  #problem(text: string): void {
    this.#problems.push(text);
  }

  async #settles(victim: Victim): Promise<boolean> {
    const { phase: { refusal }, before, after } = this.#reference;
    const isRefused = () => refusal?.test(victim.log) === true;
    if (await victim.becomes(after.all, { unless: isRefused })) return true;
    return isRefused() && await victim.becomes(before.all);
  }

  async #isStuck(victim: Victim): Promise<boolean> {
    if (await victim.end() !== null) return false;
    this.#problem("it does not end");
    return false;
  }

  /** What the kernel has must be the old, the new, or nothing; and waiting must be waiting. */
  async #whileInForce(victim: Victim, strace: Strace): Promise<void> {
    await delay(IN_FORCE_MS / 2);
    const ticks = victim.ticks();
    const calls = strace.struck().length;
    await delay(IN_FORCE_MS);
    if (victim.exitCode !== null) return;
    const used = victim.ticks() - ticks;
    if (used >= BUSY_TICKS) this.#problem(`a busy loop: ${used * 10} ms of ${IN_FORCE_MS}`);
    const failed = strace.struck().length - calls;
    if (failed >= BUSY_CALLS) this.#problem(`a busy loop: ${failed} calls in ${IN_FORCE_MS} ms`);
    await this.#checkKernel();
  }

  /** A look in the middle of a change is repeated; what stays so is no transition. */
  async #checkKernel(): Promise<void> {
    const { before, after } = this.#reference;
    const known = [before, after, this.#hosts.none].map((host) => host.kernel);
    let kernel = "";
    for (let tries = 0; tries < 20; tries++) {
      kernel = await kernelSnapshot(this.#site.network);
      if (known.includes(kernel)) return;
      await delay(50);
    }
    this.#problem(`neither old nor new: ${difference(kernel, after.kernel)}`);
  }

  async #goesOn(victim: Victim, descriptors: string): Promise<string> {
    if (victim.exitCode !== null) return await this.#ended(victim);
    const { phase } = this.#reference;
    victim.noteCalves();
    // A close that strace lets fail is not done, while the kernel's own closes all the same (close(2)).
    if (phase.fromStart !== true && this.#fault.syscall !== "close") {
      await waitForOperators(this.#site, victim);
      await this.#checkDescriptors(victim, descriptors);
    }
    if (phase.name === "operators") await this.#answers();
    victim.kill("SIGTERM");
    const code = await victim.end();
    if (code === null) this.#problem("SIGTERM afterwards: no end");
    // It was about to end by itself.
    if (code !== null && code !== 0) return await this.#ended(victim);
    // A note of what is over may stay where it could not be removed.
    if (await isLike(this.#site.network, this.#hosts.none.all)) {
      const { all } = await hostState(this.#site);
      if (all !== this.#hosts.none.all) {
        await this.#succeed();
        return "goes on (a successor removes a note)";
      }
    }
    await this.#leavesNothing(victim, "after SIGTERM");
    return "goes on";
  }

  /** A calf may be about to come into being, and an idle client of the metrics has 5 s. */
  async #checkDescriptors(victim: Victim, before: string): Promise<void> {
    let more: string[] = [];
    for (let tries = 0; tries < 160; tries++) {
      await delay(50);
      more = added(victim.descriptors(), before);
      // A daemon that is being killed has none.
      if (more.length === 0 || !isAlive(victim.pid)) return;
    }
    this.#problem(`descriptors leak: ${more.join(", ")}`);
  }

  async #answers(): Promise<void> {
    const { network } = this.#site;
    const command = [executablePath(), "status", daemonCommand(network)[1]];
    const { code } = await network.client.output(["timeout", "5", ...command]);
    if (code !== 0) this.#problem(`status answers ${code} after the fault`);
  }

  async #leavesNothing(victim: Victim, when: string): Promise<void> {
    const { all } = await hostState(this.#site);
    const { none } = this.#hosts;
    if (all !== none.all) this.#problem(`left ${when}: ${difference(all, none.all)}`);
    const orphans = await victim.orphans();
    if (orphans.length > 0) this.#problem(`calves left ${when}`);
  }

  /** It has ended by itself: with a code and a reason, and leaves what a successor takes over or away. */
  async #ended(victim: Victim): Promise<string> {
    const { phase } = this.#reference;
    const code = victim.exitCode ?? -1;
    const isKill = this.#fault.signal !== undefined;
    const isExpected = isKill
      ? code === 137
      : DOCUMENTED.has(code) && (code !== 0 || phase.ends === true);
    if (!isExpected) this.#problem(`exit code ${code}`);
    const reasons = victim.process.stderr.filter((line) => /^mirage-dhcp: | ERROR /.test(line));
    if (!isKill && code !== 0 && reasons.length === 0) this.#problem("no reason");
    const { all } = await hostState(this.#site);
    const orphans = await victim.orphans();
    if (orphans.length > 0) this.#problem("calves left");
    const isClean = all === this.#hosts.none.all;
    if (!isClean || isKill) await this.#succeed();
    const how = isClean ? "" : " (a successor cleans up)";
    return `ends ${code}${how}: ${reasons.at(-1) ?? ""}`;
  }

  async #succeed(): Promise<void> {
    const { phase, after } = this.#reference;
    const wanted = phase.ends === true || phase.name === "release" ? this.#hosts.leased : after;
    const successor = await this.#site.victim();
    try {
      // It may find the host as it should be.
      await successor.waitForLine(/bound to|renewed/);
      if (!await successor.becomes(wanted.all)) {
        const { all } = await hostState(this.#site);
        this.#problem(`the successor: ${difference(all, wanted.all)}\n${successor.log}`);
      }
      successor.noteCalves();
      successor.kill("SIGTERM");
      const code = await successor.end();
      if (code !== 0) this.#problem(`the successor ends with ${code}`);
      await this.#leavesNothing(successor, "by the successor");
    } finally {
      await successor.remove();
    }
  }
}

/** What is more often in one list than in another. After a failure the netlink socket may be missing. */
function added(now: string, before: string): string[] {
  const left = before.split("\n");
  return now.split("\n").filter((line) => {
    const at = left.indexOf(line);
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
}

/** An outcome in one line. */
export function outcomeText({ phase, fault, struck, result, tookMs, problems }: Outcome): string {
  const verdict = problems.length === 0 ? (struck === 0 ? "not struck" : "ok") : "PROBLEM";
  return `${verdict} ${phase} ${faultText(fault)} ×${struck} ${tookMs} ms: ${result}`;
}
