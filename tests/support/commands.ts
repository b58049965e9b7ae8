/**
 * The operator's commands of the executable, asked of a daemon of a test network.
 *
 * @module
 */

import assert from "node:assert/strict";
import { type Daemon, withDaemon } from "./daemon.ts";
import { type DnsmasqOptions, startDnsmasq } from "./dnsmasq.ts";
import { type Network, withNetwork } from "./network.ts";
import { controlSocket, waitForSocket } from "./operator.ts";
import type { Output, Running } from "./process.ts";
import { executablePath } from "./requirements.ts";
import { waitUntil } from "./wait.ts";

/** A user and a group that own nothing. */
export const STRANGER = 65534;

/** Runs commands as some user. */
export class Commands {
  readonly #network: Network;
  readonly #program: readonly string[];

  /** `program` is the executable with whatever is to run it; the executable, as root, unless told. */
  constructor(network: Network, program: readonly string[] = [executablePath()]) {
    this.#network = network;
    this.#program = program;
  }

  /** The whole command line of a command. */
  line(name: string, ...args: string[]): string[] {
    return [...this.#program, name, `--run-dir=${this.#network.directory}/run`, ...args];
  }

  /** Runs a command to its end. */
  run(name: string, ...args: string[]): Promise<Output> {
    return this.#network.client.output(this.line(name, ...args));
  }

  /** Starts one that goes on. */
  start(name: string, ...args: string[]): Running {
    return this.#network.client.start(this.line(name, ...args));
  }

  /** Runs one that must succeed and complain of nothing, and gives what it prints. */
  async print(name: string, ...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await this.run(name, ...args);
    assert.equal(stderr, "", `${name} ${args.join(" ")}`);
    assert.equal(code, 0);
    return stdout;
  }

  /** The value of a key; "" when it is not set. */
  async get(key: string): Promise<string> {
    return (await this.run("get", key)).stdout.trimEnd();
  }

  /** Runs one that must fail with this exit code, and with one line of this kind. */
  async fail(code: number, reason: RegExp, name: string, ...args: string[]): Promise<void> {
    const output = await this.run(name, ...args);
    const said = `${name} ${args.join(" ")}: ${output.stdout}${output.stderr}`;
    assert.equal(output.code, code, said);
    assert.equal(output.stdout, "", said);
    assert.match(output.stderr, /^mirage-dhcp: [^\n]+\n$/, "one line");
    assert.match(output.stderr, reason);
  }
}

/**
 * Commands of a user who is not root. The executable may lie where that user cannot go, so that is a copy of it.
 *
 * @param groups the user's further groups
 * @param before what runs the executable, behind the change of the user
 */
export async function strangersCommands(
  network: Network,
  groups: readonly number[] = [],
  before: readonly string[] = [],
): Promise<Commands> {
  await Deno.chmod(network.directory, 0o755);
  const copy = `${network.directory}/mirage-dhcp`;
  await Deno.copyFile(executablePath(), copy);
  await Deno.chmod(copy, 0o755);
  return new Commands(network, [
    ...["setpriv", `--reuid=${STRANGER}`, `--regid=${STRANGER}`],
    groups.length === 0 ? "--clear-groups" : `--groups=${groups.join()}`,
    ...before,
    copy,
  ]);
}

/** What a daemon with a lease consists of. */
export interface Leased {
  /** The daemon. */
  readonly daemon: Daemon;
  /** Its network. */
  readonly network: Network;
  /** Its server. */
  readonly dnsmasq: Running;
  /** Root's commands. */
  readonly commands: Commands;
}

/** Runs `body` with a daemon that has a lease, and listens to operators. */
export async function withLease(
  body: (leased: Leased) => Promise<void>,
  options: DnsmasqOptions = {},
  args: (network: Network) => string[] = () => [],
): Promise<void> {
  await withNetwork(async (network) => {
    const dnsmasq = await startDnsmasq(network, options);
    await withDaemon(network, async (daemon) => {
      await daemon.waitForLease();
      await waitForSocket(controlSocket(network));
      await body({ daemon, network, dnsmasq, commands: new Commands(network) });
    }, ...args(network));
  });
}

/** Waits until priv has looked at the calf's confinement, which it does when the calf has had its time to start. */
export async function waitForVerified(commands: Commands): Promise<string> {
  return await waitUntil("sandbox/verified", async () => {
    const text = await commands.get("eth0/sandbox/verified");
    return text !== "" && text;
  });
}
