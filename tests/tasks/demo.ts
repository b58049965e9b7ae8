/**
 * `deno task demo`: a lease from beginning to end on a cable of its own, with everything that it
 * changes shown. Nothing of the machine is touched and nothing stays. Runs as root, or as an
 * ordinary user where the kernel allows user namespaces.
 *
 * @module
 */

import { type Confinement, confinementOf } from "../support/confinement.ts";
import { Daemon } from "../support/daemon.ts";
import { startDnsmasq } from "../support/dnsmasq.ts";
import { type Network, withNetwork } from "../support/network.ts";
import { output } from "../support/process.ts";
import { executablePath } from "../support/requirements.ts";

/** sysexits.h: something that is needed is missing. */
const EX_UNAVAILABLE = 69;
/** sysexits.h: not allowed. */
const EX_NOPERM = 77;
/** 128 + SIGINT, as shells count. */
const INTERRUPTED = 130;

/** Programs of util-linux, iproute2 and dnsmasq. */
const PROGRAMS = ["unshare", "nsenter", "mount", "cat", "hostname", "ip", "dnsmasq"];
/** Says that the user namespace has been made. */
const INSIDE = "--inside";

/** Why the demonstration cannot go on. */
class DemoError extends Error {
  readonly code: number;

  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

async function main(args: readonly string[]): Promise<number> {
  // System programs are not on every user's path.
  Deno.env.set("PATH", `${Deno.env.get("PATH") ?? ""}:/usr/sbin:/sbin`);
  await requirePrograms();
  if (Deno.uid() !== 0 && !args.includes(INSIDE)) return await runInUserNamespace();
  const interruption = onInterrupt();
  let undone = false;
  await withNetwork(async (network) => {
    undone = await Promise.race([demonstrate(network), interruption]);
  });
  title("The namespaces are gone; this machine's own network was not touched.");
  return undone ? 0 : 1;
}

/** Whether SIGHUP, SIGINT or SIGTERM has come: what fails then fails because of it. */
let interrupted = false;

/** A promise that is rejected when SIGHUP, SIGINT or SIGTERM comes. */
function onInterrupt(): Promise<never> {
  const interruption = new Promise<never>((_, reject) => {
    for (const signal of ["SIGHUP", "SIGINT", "SIGTERM"] as const) {
      Deno.addSignalListener(signal, () => {
        interrupted = true;
        reject(new DemoError(INTERRUPTED, "interrupted"));
      });
    }
  });
  // It may come before anybody waits for it.
  interruption.catch(() => {});
  return interruption;
}

async function requirePrograms(): Promise<void> {
  const missing: string[] = [];
  for (const program of PROGRAMS) {
    const { code } = await output(["sh", "-c", 'command -v "$1"', "sh", program]);
    if (code !== 0) missing.push(program);
  }
  if (missing.length > 0) {
    const hint = "they are in the packages util-linux, iproute2 and dnsmasq-base";
    throw new DemoError(EX_UNAVAILABLE, `missing: ${missing.join(", ")} (${hint})`);
  }
  try {
    await Deno.stat(executablePath());
  } catch {
    throw new DemoError(EX_UNAVAILABLE, `no ${executablePath()}: run deno task build`);
  }
}

/** Starts this program again as the root of a user namespace, and gives its exit code. */
async function runInUserNamespace(): Promise<number> {
  const unshare = ["unshare", "--user", "--map-root-user", "--net", "--mount"];
  const probe = await output([...unshare, "true"]);
  if (probe.code !== 0) {
    throw new DemoError(
      EX_NOPERM,
      `this needs root, or user namespaces for ordinary users, which are not allowed here: ` +
        `${probe.stderr.trim()}\n(see the settings user.max_user_namespaces, ` +
        `kernel.unprivileged_userns_clone and kernel.apparmor_restrict_unprivileged_userns of ` +
        `sysctl)`,
    );
  }
  const self = new URL(import.meta.url).pathname;
  const child = new Deno.Command(unshare[0], {
    args: [...unshare.slice(1), Deno.execPath(), "run", "-A", self, INSIDE],
  }).spawn();
  // A terminal sends SIGINT to both; the child cleans up, and this process waits for it.
  Deno.addSignalListener("SIGINT", () => {});
  Deno.addSignalListener("SIGTERM", () => child.kill("SIGTERM"));
  return (await child.status).code;
}

/** Shows the whole life of a lease. Gives whether everything was undone in the end. */
async function demonstrate(network: Network): Promise<boolean> {
  title("Two network namespaces, one cable: dnsmasq at one end, mirage-dhcp at the other");
  await startDnsmasq(network);
  const before = await systemText(network);
  show(before);

  title("$ mirage-dhcp eth0");
  const started = performance.now();
  const daemon = Daemon.start(network, "--log-level=info");
  try {
    await daemon.waitForLease();
    const elapsed = Math.round(performance.now() - started);
    show(daemon.process.stderr.join("\n"));

    title(`The lease, ${elapsed} ms later, as files of the run directory`);
    show(daemon.keys().map((key) => `${key.padEnd(17)} ${daemon.file(key)}`).join("\n"));

    title("What the system handlers made of it");
    show(await systemText(network));

    title("The calf, which handles every packet, and what the kernel still allows it");
    show(describe(confinementOf(await daemon.calf(), daemon.process.pid)));

    const logged = daemon.process.stderr.length;
    title("$ kill -TERM");
    const code = await daemon.stop();
    show([...daemon.process.stderr.slice(logged), `exit code ${code}`].join("\n"));

    const after = await systemText(network);
    const undone = code === 0 && after === before && daemon.keys().length === 0;
    title(undone ? "Everything is as it was before" : "NOT everything is as it was before");
    show(after);
    return undone;
  } finally {
    await daemon.stop();
  }
}

/** Address, routes and resolver of the client's side; lifetimes and link-local noise left out. */
async function systemText({ client, resolvConf }: Network): Promise<string> {
  const address = await client.run("ip", "-4", "-oneline", "address", "show", "dev", "eth0");
  const link = (await client.run("ip", "-oneline", "link", "show", "dev", "eth0"))
    .match(/mtu \d+/)?.[0];
  return [
    `ip link:     eth0 ${link}`,
    ...prefixed("ip address: ", address.replaceAll(/^\d+: |\\/gm, "").replaceAll(/ +/g, " ")),
    ...prefixed("ip route:   ", await client.run("ip", "-4", "route", "show")),
    ...prefixed("resolv.conf:", await Deno.readTextFile(resolvConf)),
  ].join("\n");
}

function prefixed(prefix: string, text: string): string[] {
  const lines = text.split("\n").map((line) => line.trim()).filter((line) => line !== "");
  return lines.length === 0 ? [`${prefix} -`] : lines.map((line) => `${prefix} ${line}`);
}

function describe(calf: Confinement): string {
  const seccomp = ["none", "strict", "filter: any other system call kills it"][calf.seccomp];
  const root = calf.root === null
    ? "hidden"
    : calf.root.length === 0
    ? "empty"
    : calf.root.join(" ");
  return [
    `user id          ${calf.uid}${calf.uid === 0 ? " (a user namespace of one user)" : ""}`,
    `capabilities     ${calf.capabilities.toString(16)} (bounding set ${
      calf.bounding.toString(16)
    })`,
    `seccomp          ${seccomp}`,
    `no_new_privs     ${calf.noNewPrivileges ? "yes" : "no"}`,
    `threads          ${calf.threads}`,
    `own namespaces   ${calf.ownNamespaces.join(" ") || "none"}`,
    `root directory   ${root}`,
    ...[...calf.descriptors].map(([fd, what]) => `descriptor ${fd}     ${what}`),
  ].join("\n");
}

function title(text: string): void {
  const plain = !Deno.stdout.isTerminal() || (Deno.env.get("NO_COLOR") ?? "") !== "";
  console.log(plain ? `\n== ${text}` : `\n\x1b[1m== ${text}\x1b[0m`);
}

function show(text: string): void {
  console.log(text.split("\n").map((line) => `   ${line}`).join("\n"));
}

if (import.meta.main) {
  try {
    Deno.exitCode = await main(Deno.args);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    console.error(`demo: ${interrupted ? "interrupted" : message}`);
    Deno.exitCode = interrupted ? INTERRUPTED : error instanceof DemoError ? error.code : 1;
  }
  // Signal listeners would keep the process.
  Deno.exit();
}
