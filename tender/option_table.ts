/**
 * The options of the tenders, one row each.
 *
 * @module
 */

import type { TenderKind, TenderOptions } from "./command_line.ts";

/** An option as it was given. */
export interface Given {
  /** The device that it is for; empty when it is for none. */
  readonly device: string;
  /** Its value; empty when it has none. */
  readonly value: string;
  /** Throws, with a reason. */
  readonly refuse: (reason: string) => never;
}

/** One option. */
export interface OptionForm {
  /** As `--help` shows it; a `=` says that it needs a value. */
  readonly shown: string;
  /** Whether it is for a device, whose name follows a colon. */
  readonly device: boolean;
  /** The tenders that have it. */
  readonly tenders: readonly TenderKind[];
  /** For `--help`. */
  readonly help: string;
  /** Only where the program is started as mirage-dhcp. */
  readonly isOwn?: true;
  /** Takes it over. */
  take(options: TenderOptions, given: Given): void;
}

const BOTH: readonly TenderKind[] = ["hvt", "spt"];
const MAX_FD = 0x7fff_ffff;
const MAX_PORT = 65535;
/** The manifest has 16 bits for it. */
const SECTOR_SIZES: readonly number[] = [512, 1024, 2048, 4096, 8192, 16384, 32768];

/** A decimal number from 1 (or `lowest`) to `highest`. */
function numberOf({ value, refuse }: Given, highest: number, lowest = 1): number {
  const number = /^[0-9]{1,10}$/.test(value) ? Number(value) : NaN;
  if (!(number >= lowest && number <= highest)) {
    refuse(`it is no number from ${lowest} to ${highest}`);
  }
  return number;
}

function takeNet(options: TenderOptions, given: Given): void {
  const { device, value, refuse } = given;
  if (options.nets.some(({ name }) => name === device)) refuse("the device is attached already");
  const target = value.startsWith("@")
    ? { fd: numberOf({ ...given, value: value.slice(1) }, MAX_FD, 0) }
    : { interface: value };
  const shown = JSON.stringify(target);
  if (options.nets.some((other) => JSON.stringify(other.target) === shown)) {
    refuse("another device is attached to it");
  }
  options.nets.push({ name: device, target });
}

function takeMac(options: TenderOptions, { device, value, refuse }: Given): void {
  if (!/^[0-9A-Fa-f]{2}(:[0-9A-Fa-f]{2}){5}$/.test(value)) {
    refuse("it is no hardware address such as 02:00:00:00:00:01");
  }
  const mac = Uint8Array.from(value.split(":"), (byte) => parseInt(byte, 16));
  if ((mac[0] & 1) !== 0) refuse("it is the address of a group");
  if (mac.every((byte) => byte === 0)) refuse("it is the address of nobody");
  options.macs.set(device, mac);
}

function takeBlock(options: TenderOptions, { device, value, refuse }: Given): void {
  if (options.blocks.some(({ name }) => name === device)) refuse("the device is attached already");
  options.blocks.push({ name: device, path: value });
}

function takeSectorSize(options: TenderOptions, given: Given): void {
  const size = numberOf(given, SECTOR_SIZES[SECTOR_SIZES.length - 1]);
  if (!SECTOR_SIZES.includes(size)) given.refuse(`it is none of ${SECTOR_SIZES.join(", ")}`);
  options.sectorSizes.set(given.device, size);
}

/** By their names. */
const FORMS: ReadonlyMap<string, OptionForm> = new Map<string, OptionForm>([
  ["--mode", {
    shown: "--mode=tender",
    device: false,
    tenders: BOTH,
    help: "Run a guest of Solo5.",
    isOwn: true,
    take: () => {}, // main.ts has read it
  }],
  ["--tender", {
    shown: "--tender=KIND",
    device: false,
    tenders: BOTH,
    help: "hvt or spt. Default: what the guest is for.",
    isOwn: true,
    take: (options, { value, refuse }) => {
      if (value !== "hvt" && value !== "spt") return refuse("it is neither hvt nor spt");
      options.tender = value;
    },
  }],
  ["--mem", {
    shown: "--mem=MB",
    device: false,
    tenders: BOTH,
    help: "The guest's memory. Default 512.",
    take: (options, given) => options.memory = numberOf(given, 9_999_999_999),
  }],
  ["--net", {
    shown: "--net:NAME=IFACE|@FD",
    device: true,
    tenders: BOTH,
    help: "Attach a tap interface, or a descriptor, as network device NAME.",
    take: takeNet,
  }],
  ["--net-mac", {
    shown: "--net-mac:NAME=MAC",
    device: true,
    tenders: BOTH,
    help: "The hardware address of a network device. Default: a random one.",
    take: takeMac,
  }],
  ["--block", {
    shown: "--block:NAME=FILE",
    device: true,
    tenders: BOTH,
    help: "Attach a file, or a block device, as block device NAME.",
    take: takeBlock,
  }],
  ["--block-sector-size", {
    shown: "--block-sector-size:NAME=N",
    device: true,
    tenders: BOTH,
    help: "Bytes in a sector, a power of two. Default 512.",
    take: takeSectorSize,
  }],
  ["--dumpcore", {
    shown: "--dumpcore=DIR",
    device: false,
    tenders: ["hvt"],
    help: "Write a core file there when the guest ends abnormally.",
    take: (options, { value }) => options.dumpcore = value,
  }],
  ["--gdb", {
    shown: "--gdb",
    device: false,
    tenders: ["hvt"],
    help: "Wait for gdb before the guest is run.",
    take: (options) => options.gdb = true,
  }],
  ["--gdb-port", {
    shown: "--gdb-port=N",
    device: false,
    tenders: ["hvt"],
    help: "The TCP port for gdb. Default 1234.",
    take: (options, given) => options.gdbPort = numberOf(given, MAX_PORT),
  }],
  ["--x-exec-heap", {
    shown: "--x-exec-heap",
    device: false,
    tenders: ["spt"],
    help: "Let the guest execute its heap and its stack. Dangerous.",
    take: (options) => options.execHeap = true,
  }],
]);

/**
 * Finds an option.
 *
 * @param name such as `--mem`
 * @param isOwn whether those of mirage-dhcp are meant, too
 */
export function findForm(name: string, isOwn: boolean): OptionForm | undefined {
  const form = FORMS.get(name);
  return form?.isOwn && !isOwn ? undefined : form;
}

/**
 * The text of `--help`.
 *
 * @param program the program's name
 * @param tender the tender that it is; null = either
 */
export function tenderHelp(program: string, tender: TenderKind | null): string {
  const forms = [...FORMS.values()].filter(({ tenders, isOwn }) =>
    tender === null || (tenders.includes(tender) && !isOwn)
  );
  const rows = [
    ...forms.map(({ shown, help, tenders }) => [
      shown,
      tender === null && tenders.length === 1 ? `${help} (${tenders[0]})` : help,
    ]),
    ["--help", "Show this text and exit with 1."],
    ["--version", "Show the version and exit."],
  ];
  const mode = tender === null ? " --mode=tender" : "";
  const named = tender === null ? "" : ` of ${tender}`;
  return `${program} - runs a guest${named} for Solo5

Usage: ${program}${mode} [OPTION]... [--] GUEST [ARGUMENT]...

Every device that the guest declares must be attached, and no other.

Options:
${rows.map(([shown, help]) => `  ${shown.padEnd(28)}${help}`).join("\n")}

Exit status: the guest's own; 1 when it, or a device, is refused.
`;
}
