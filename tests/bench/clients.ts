/**
 * The DHCP clients that are compared, and how each of them is run.
 *
 * @module
 */

import { CLIENT_INTERFACE } from "../support/network.ts";
import { executablePath } from "../support/requirements.ts";

/** One way to run a client. */
export interface Client {
  /** What the table calls it. */
  readonly name: string;
  /** The command line; everything that it writes is in the bench's own /etc, /run and /var/lib. */
  readonly command: readonly string[];
  /** Whether it ends by itself once the interface has its address. */
  readonly ends: boolean;
}

/** What the command line calls our own executable. */
const OURS = "mirage-dhcp";

const DHCLIENT = [
  "dhclient",
  ...["-v", "-d", "-lf", "/var/lib/dhcp/dhclient.leases", "-pf", "/run/dhclient.pid"],
];

/**
 * The clients whose time to an address is measured, in the order of their turns. dhclient stays in
 * the foreground (-d) so that it can be ended; it would leave it only after it has its address.
 * dhcpcd does no ARP probing (-A) and does not wait at random before it begins (--nodelay), because
 * none of the others does.
 */
export const TIMED_CLIENTS: readonly Client[] = [
  { name: "mirage-dhcp --oneshot", command: [OURS, "--oneshot", CLIENT_INTERFACE], ends: true },
  { name: "mirage-dhcp", command: [OURS, CLIENT_INTERFACE], ends: false },
  { name: "dhclient", command: [...DHCLIENT, "-1", CLIENT_INTERFACE], ends: false },
  { name: "udhcpc", command: ["udhcpc", "-q", "-n", "-f", "-i", CLIENT_INTERFACE], ends: true },
  {
    name: "dhcpcd",
    command: ["dhcpcd", "-4", "-A", "--nodelay", "-B", "-1", CLIENT_INTERFACE],
    ends: true,
  },
];

/** The same clients, as they keep a lease. */
export const RESIDENT_CLIENTS: readonly Client[] = [
  { name: OURS, command: [OURS, CLIENT_INTERFACE], ends: false },
  { name: "dhclient", command: [...DHCLIENT, CLIENT_INTERFACE], ends: false },
  { name: "udhcpc", command: ["udhcpc", "-f", "-i", CLIENT_INTERFACE], ends: false },
  {
    name: "dhcpcd",
    command: ["dhcpcd", "-4", "-A", "--nodelay", "-B", CLIENT_INTERFACE],
    ends: false,
  },
];

/** The client of our own with the times of its start in its log. */
export const LOGGING_CLIENT: Client = {
  name: "mirage-dhcp --oneshot",
  command: [OURS, "--oneshot", "--log-level=debug", CLIENT_INTERFACE],
  ends: true,
};

/**
 * The file that a client's command executes.
 *
 * @param path folders to look in, as in `$PATH`
 * @returns null when the client is not installed
 */
export function programFile(
  client: Client,
  path: string = Deno.env.get("PATH") ?? "",
): string | null {
  const program = client.command[0];
  const files = program === OURS
    ? [executablePath()]
    : path.split(":").map((folder) => `${folder}/${program}`);
  return files.find(isFile) ?? null;
}

/**
 * The arguments to execute, the program's file first.
 *
 * @throws {Error} when the client is not installed
 */
export function executedCommand(client: Client): string[] {
  const file = programFile(client);
  if (file === null) throw new Error(`${client.command[0]} is not installed`);
  return [file, ...client.command.slice(1)];
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}
