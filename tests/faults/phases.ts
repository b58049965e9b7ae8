/**
 * What a daemon does while faults strike it: each phase is one thing that it is made to do.
 *
 * @module
 */

import { daemonCommand } from "../support/daemon.ts";
import { askHttp } from "../support/metrics.ts";
import { executablePath } from "../support/requirements.ts";
import { delay, waitUntil } from "../support/wait.ts";
import { killAll } from "../support/process.ts";
import type { Site } from "./site.ts";
import type { Victim } from "./victim.ts";

/** One thing that a daemon does. */
export interface Phase {
  /** Its name in reports. */
  readonly name: string;
  /** What happens, for people. */
  readonly about: string;
  /** The daemon is traced from its first call on; {@link act} then is its start. */
  readonly fromStart?: boolean;
  /** What the daemon says when it does nothing of it, because it has been asked for something wrong. */
  readonly refusal?: RegExp;
  /** It ends the daemon. */
  readonly ends?: boolean;
  /** Brings a daemon that has its first lease to where the phase begins. */
  readonly prepare?: (site: Site, victim: Victim) => Promise<void>;
  /** Makes the daemon do it; does not wait for what becomes of it. */
  readonly act: (site: Site, victim: Victim) => Promise<void>;
}

/** Waits for what comes after the first lease: the operators' sockets. */
export async function waitForOperators(site: Site, victim: Victim): Promise<void> {
  const socket = `${site.network.directory}/run/:metrics`;
  await waitUntil("the operators' sockets", () => {
    return victim.exitCode !== null || Deno.lstatSync(socket).isSocket;
  }, { explain: () => victim.log }).catch(() => {});
}

async function release(site: Site, victim: Victim): Promise<void> {
  victim.kill("SIGUSR2");
  await waitUntil("a release", () => {
    try {
      return Deno.readTextFileSync(`${site.network.directory}/run/eth0/state`) === "RELEASED\n";
    } catch {
      return false;
    }
  }, { explain: () => victim.log });
  await delay(50);
}

/** Commands and metrics, each as often as faults may strike it; what they say is not looked at. */
async function operate(site: Site, _victim: Victim): Promise<void> {
  const { network } = site;
  const [, runDir] = daemonCommand(network);
  for (const command of [["status"], ["get", "eth0/ip"], ["renew", "eth0"]]) {
    await network.client.output(["timeout", "3", executablePath(), ...command, runDir]);
  }
  const request = "GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n";
  for (let n = 0; n < 2; n++) {
    const answer = askHttp(`${network.directory}/run/:metrics`, request).catch(() => null);
    await Promise.race([answer, delay(1500)]);
  }
}

/** In the order of a daemon's life. */
export const PHASES: readonly Phase[] = [
  {
    name: "start",
    about: "from the first call of ours to the first lease",
    fromStart: true,
    act: (_, victim) => Promise.resolve(victim.go()),
  },
  {
    name: "acquire",
    about: "DHCPDISCOVER to a lease, after a release",
    prepare: release,
    act: (_, victim) => Promise.resolve(victim.kill("SIGUSR1")),
  },
  {
    name: "renew",
    about: "the same lease again",
    act: (_, victim) => Promise.resolve(victim.kill("SIGUSR1")),
  },
  {
    name: "change",
    about: "a DHCPNAK, then another address, other routes, MTU, resolver, host name",
    prepare: (site) => site.serve("B"),
    act: (_, victim) => Promise.resolve(victim.kill("SIGUSR1")),
  },
  {
    name: "flap",
    about: "the cable is pulled out and plugged in",
    act: async ({ network }) => {
      await network.setCable("down");
      await delay(60);
      await network.setCable("up");
    },
  },
  {
    name: "reload",
    about: "SIGHUP with another metric in the file: the interface begins anew, with a new calf",
    refusal: /the configuration stays as it was/,
    act: async (site, victim) => {
      await Deno.writeTextFile(site.config, "metric 77\n");
      victim.kill("SIGHUP");
    },
  },
  {
    name: "calf",
    about: "the calf is killed, and replaced",
    act: (_, victim) => killAll(victim.noteCalves()),
  },
  { name: "operators", about: "commands and metrics", act: operate },
  {
    name: "release",
    about: "SIGUSR2: the lease is given back",
    act: (_, victim) => Promise.resolve(victim.kill("SIGUSR2")),
  },
  {
    name: "stop",
    about: "SIGTERM",
    ends: true,
    act: (_, victim) => Promise.resolve(victim.kill("SIGTERM")),
  },
];

/** The phase of that name. @throws {RangeError} when there is none */
export function phaseNamed(name: string): Phase {
  const found = PHASES.find((phase) => phase.name === name);
  if (found === undefined) throw new RangeError(`Cannot find a phase called ${name}`);
  return found;
}
