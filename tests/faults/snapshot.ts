/**
 * All of a host that a lease configures, as one text, so that two hosts can be told apart.
 *
 * @module
 */

import { listFiles } from "../support/daemon.ts";
import { CLIENT_INTERFACE, type Network } from "../support/network.ts";

interface AddressRow {
  readonly family: string;
  readonly local: string;
  readonly prefixlen: number;
  readonly broadcast?: string;
  readonly scope: string;
}

interface RouteRow {
  readonly dst: string;
  readonly gateway?: string;
  readonly prefsrc?: string;
  readonly metric?: number;
  readonly protocol: string;
}

interface LinkRow {
  readonly mtu: number;
  readonly addr_info?: readonly AddressRow[];
}

const LOOK = `ip -json -details address show dev ${CLIENT_INTERFACE} || echo '[]'
ip -json -4 route show
hostname`;

/** Sockets and locks are there as long as a daemon is, and a lease is remembered for the next one. */
const NO_CONFIGURATION = /(:lock|:control|:metrics|audit\.log.*|\.lease|duid)$/;

/** Dnsmasq draws lots for the times, and the JSON repeats all the others. */
const VARYING = /^(lease\/t[12]|lease\.json)$/;

/** The kernel's part of {@link snapshot}: addresses, routes and MTU. */
export async function kernelSnapshot(network: Network): Promise<string> {
  return (await look(network)).kernel;
}

async function look(network: Network): Promise<{ kernel: string; name: string }> {
  const { stdout } = await network.client.output(["sh", "-c", LOOK]);
  const [links = "[]", routes = "[]", name = ""] = stdout.trim().split("\n");
  const link = parse<LinkRow>(links).at(0);
  const lines = [`mtu ${link?.mtu ?? "none"}`];
  const addresses = (link?.addr_info ?? []).filter(({ family }) => family === "inet");
  for (const { local, prefixlen, broadcast, scope } of addresses) {
    lines.push(`address ${local}/${prefixlen} broadcast ${broadcast} ${scope}`);
  }
  for (const { dst, gateway, prefsrc, metric, protocol } of parse<RouteRow>(routes)) {
    lines.push(`route ${dst} via ${gateway} from ${prefsrc} metric ${metric} by ${protocol}`);
  }
  return { kernel: lines.join("\n"), name };
}

/** `ip` prints nothing, or an empty object, for nothing. */
function parse<T>(text: string): T[] {
  const value: unknown = text === "" ? [] : JSON.parse(text);
  return Array.isArray(value) ? value.filter((row) => Object.keys(row).length > 0) : [];
}

/** Addresses, routes and MTU, the host's name; resolv.conf, the results, what is noted as ours. */
export async function snapshot(network: Network): Promise<string> {
  const { kernel, name } = await look(network);
  return [kernel, `host name ${name}`, ...fileLines(network)].join("\n");
}

/** Whether the host is as `wanted` says, but for the notes, which are not waited for. */
export async function isLike(network: Network, wanted: string): Promise<boolean> {
  // The files tell most of it, and cost no process.
  const lines = withoutNotes(wanted).split("\n");
  const present = fileLines(network).filter((line) => !isNote(line));
  if (lines.slice(-present.length).join("\n") !== present.join("\n")) return false;
  return withoutNotes(await snapshot(network)) === lines.join("\n");
}

function fileLines(network: Network): string[] {
  const results = files(`${network.directory}/run/${CLIENT_INTERFACE}`, true);
  const notes = [
    ...files(`${network.directory}/run`, false),
    ...files(`${network.directory}/state`, false),
  ].filter((line) => !line.startsWith(`${CLIENT_INTERFACE}/`));
  return [
    `resolv.conf ${JSON.stringify(Deno.readTextFileSync(network.resolvConf))}`,
    ...results.map((line) => `result ${line}`),
    ...notes.map((line) => `note ${line}`),
  ];
}

function isNote(line: string): boolean {
  return line.startsWith("note ");
}

function withoutNotes(snapshot: string): string {
  return snapshot.split("\n").filter((line) => !isNote(line)).join("\n");
}

function files(directory: string, withText: boolean): string[] {
  return listFiles(directory).filter((path) => !NO_CONFIGURATION.test(path)).sort().map((path) => {
    return withText && !VARYING.test(path) ? `${path} ${read(`${directory}/${path}`)}` : path;
  });
}

function read(path: string): string {
  try {
    return Deno.readTextFileSync(path).trimEnd();
  } catch {
    return "";
  }
}

/** What a host has of one snapshot and not of another, for people. */
export function difference(found: string, wanted: string): string {
  const [a, b] = [found.split("\n"), wanted.split("\n")];
  return [
    ...a.filter((line) => !b.includes(line)).map((line) => `+ ${line}`),
    ...b.filter((line) => !a.includes(line)).map((line) => `- ${line}`),
  ].join("; ");
}
