/**
 * The DHCP clients that are compared, and how each of them is run.
 *
 * @module
 */

import { executablePath } from "../support/requirements.ts";
import { DHCPCD_ARP_FILE, DHCPCD_LINUXKIT_FILE } from "./configuration.ts";

/** One way to run a client. */
export interface Client {
  /** What `--clients` calls it. */
  readonly id: string;
  /** What the tables call it. */
  readonly name: string;
  /** What it executes: a path, or a name in `$PATH`. */
  readonly program: string;
  /** Whether it ends by itself once the interface has its address. */
  readonly ends: boolean;
  /** Whether it knows rapid commit (RFC 4039). */
  readonly rapidCommit: boolean;
  /** Where a lease survives the client: in a file, on the interface itself, or nowhere. */
  readonly lease: "file" | "interface" | "none";
  /** The least T1 (option 58) that it heeds, in seconds; below that, SIGUSR1 makes it renew. */
  readonly leastT1: number;
  /** Prints its version on either output. */
  readonly version: readonly string[];
  /** The processes to start for some interfaces, each with its arguments behind the program. */
  arguments(interfaces: readonly string[]): string[][];
}

/** What stands for our own executable. */
const OURS = "mirage-dhcp";

const DHCLIENT = [
  ...["-v", "-d", "-lf", "/var/lib/dhcp/dhclient.leases", "-pf", "/run/dhclient.pid"],
];

/**
 * Device management waits for udev, which there is none of; LinuxKit has none either. Which
 * interfaces it manages is in its file.
 */
function dhcpcd(file: string): string[] {
  return ["--nobackground", "--nodev", "-f", file];
}

/** The daemon without the things that the others differ in. */
const DAEMON = { ends: false, rapidCommit: false, lease: "file", leastT1: 0 } as const;

/** The clients in the order of their turns. Each stays in the foreground. */
export const CLIENTS: readonly Client[] = [
  {
    ...DAEMON,
    id: "mirage-dhcp",
    name: "mirage-dhcp",
    program: OURS,
    rapidCommit: true,
    leastT1: 10,
    version: ["--version"],
    arguments: (interfaces) => [[...interfaces]],
  },
  {
    ...DAEMON,
    id: "oneshot",
    name: "mirage-dhcp --oneshot",
    program: OURS,
    ends: true,
    rapidCommit: true,
    leastT1: 10,
    version: ["--version"],
    arguments: (interfaces) => [["--oneshot", ...interfaces]],
  },
  {
    ...DAEMON,
    id: "dhclient",
    name: "dhclient",
    program: "dhclient",
    version: ["--version"],
    arguments: (interfaces) => [[...DHCLIENT, ...interfaces]],
  },
  {
    ...DAEMON,
    id: "udhcpc",
    name: "udhcpc",
    program: "udhcpc",
    lease: "none",
    leastT1: Infinity,
    version: ["--help"],
    arguments: (interfaces) => interfaces.map((name) => ["-f", "-i", name]),
  },
  {
    ...DAEMON,
    id: "dhcpcd",
    name: "dhcpcd (LinuxKit)",
    program: "dhcpcd",
    rapidCommit: true,
    version: ["--version"],
    arguments: () => [dhcpcd(DHCPCD_LINUXKIT_FILE)],
  },
  {
    ...DAEMON,
    id: "dhcpcd-arp",
    name: "dhcpcd (with ARP)",
    program: "dhcpcd",
    rapidCommit: true,
    version: ["--version"],
    arguments: () => [dhcpcd(DHCPCD_ARP_FILE)],
  },
  {
    ...DAEMON,
    id: "networkd",
    name: "systemd-networkd",
    program: "/lib/systemd/systemd-networkd",
    rapidCommit: true,
    lease: "interface",
    version: ["--version"],
    arguments: () => [[]],
  },
];

/** The client of our own with the times of its start in its log. */
export const LOGGING_CLIENT: Client = {
  ...CLIENTS[1],
  arguments: (interfaces) => [["--oneshot", "--log-level=debug", ...interfaces]],
};

/**
 * The clients that somebody asked for.
 *
 * @param ids as in `--clients`; all of them when empty
 * @throws {RangeError} when there is no such client
 */
export function chooseClients(ids: readonly string[]): Client[] {
  const unknown = ids.find((id) => !CLIENTS.some((client) => client.id === id));
  if (unknown !== undefined) {
    const known = CLIENTS.map(({ id }) => id).join(", ");
    throw new RangeError(`There is no client ${unknown}; there are ${known}`);
  }
  return CLIENTS.filter(({ id }) => ids.length === 0 || ids.includes(id));
}

/**
 * The file that a client executes.
 *
 * @param path folders to look in, as in `$PATH`
 * @returns null when the client is not installed
 */
export function programFile(
  { program }: Pick<Client, "program">,
  path: string = Deno.env.get("PATH") ?? "",
): string | null {
  const files = program === OURS
    ? [executablePath()]
    : program.startsWith("/")
    ? [program]
    : path.split(":").map((folder) => `${folder}/${program}`);
  return files.find(isFile) ?? null;
}

/**
 * The command lines to execute, the program's file first.
 *
 * @throws {Error} when the client is not installed
 */
export function commandLines(client: Client, interfaces: readonly string[]): string[][] {
  const file = programFile(client);
  if (file === null) throw new Error(`${client.program} is not installed`);
  return client.arguments(interfaces).map((words) => [file, ...words]);
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}
