/**
 * The command line of Solo5's tenders: options, the guest's file, the guest's arguments.
 *
 *     solo5-spt [--OPTION[:NAME][=VALUE]]... [--] GUEST [ARGUMENT]...
 *
 * A value stands in the option's own word. What follows the guest's file belongs to the guest.
 *
 * @module
 */

import { TenderError } from "./error.ts";
import { findForm, type OptionForm } from "./option_table.ts";

/** The tenders: a virtual machine, or a process with hardly any system call. */
export type TenderKind = "hvt" | "spt";

/** Where the frames of a network device go: to a tap interface, or to a descriptor that was inherited. */
export type NetTarget = { readonly interface: string } | { readonly fd: number };

/** A network device. */
export interface NetOption {
  /** Its name in the manifest. */
  readonly name: string;
  /** What it is attached to. */
  readonly target: NetTarget;
}

/** A block device. */
export interface BlockOption {
  /** Its name in the manifest. */
  readonly name: string;
  /** A file or a block device. */
  readonly path: string;
}

/** What a guest is run with. */
export interface TenderOptions {
  /** Null = what the guest is for. */
  tender: TenderKind | null;
  /** The guest's memory in units of 2^20 bytes. */
  memory: number;
  /** Network devices, in the order of the command line. */
  nets: NetOption[];
  /** Hardware addresses by device, 6 bytes each; the others are random. */
  macs: Map<string, Uint8Array>;
  /** Block devices, in the order of the command line. */
  blocks: BlockOption[];
  /** Bytes in a sector by device; 512 for the others. */
  sectorSizes: Map<string, number>;
  /** Directory for a core file when an hvt guest ends abnormally; null = none is written. */
  dumpcore: string | null;
  /** Whether an hvt guest waits for gdb(1). */
  gdb: boolean;
  /** TCP port for it. */
  gdbPort: number;
  /** Whether the heap and the stack of an spt guest can be executed. */
  execHeap: boolean;
  /** Names of the options that were given, such as `--gdb`. */
  given: Set<string>;
  /** The guest's file. */
  guest: string;
  /** Its arguments. */
  args: readonly string[];
}

/** What a command line asks for. */
export type TenderCommand =
  | { readonly kind: "help" | "version" }
  | { readonly kind: "run"; readonly options: TenderOptions };

/** Most memory of a guest in units of 2^20 bytes: hvt has four page directories; above 1 TiB is spt's launcher. */
export const MAX_MEMORY: Readonly<Record<TenderKind, number>> = { hvt: 4096, spt: 1048575 };

const DEFAULT_MEMORY = 512;
const DEFAULT_GDB_PORT = 1234;

/** Solo5's names of devices (mft_abi.h): at most 67 letters and digits. */
const DEVICE_NAME = /^[A-Za-z0-9]{1,67}$/;

/**
 * Reads a command line.
 *
 * @param argv the words behind the program's name
 * @param isOwn whether the program was started as mirage-dhcp, which has `--mode` and `--tender`, too
 * @throws {TenderError} when it is wrong
 */
export function parseTenderCommand(argv: readonly string[], isOwn: boolean): TenderCommand {
  const end = endOfOptions(argv, isOwn);
  const words = argv.slice(0, end);
  const terminal = words.find((word) => word === "--help" || word === "--version");
  if (terminal !== undefined) return { kind: terminal === "--help" ? "help" : "version" };
  const options: TenderOptions = {
    tender: null,
    memory: DEFAULT_MEMORY,
    nets: [],
    macs: new Map(),
    blocks: [],
    sectorSizes: new Map(),
    dumpcore: null,
    gdb: false,
    gdbPort: DEFAULT_GDB_PORT,
    execHeap: false,
    given: new Set(),
    guest: "",
    args: [],
  };
  for (let i = 0; i < words.length; i++) {
    if (isOwn && words[i] === "--mode") i++; // which main.ts has read
    else if (words[i] !== "--") takeOption(options, words[i], isOwn);
  }
  if (end === argv.length) throw new TenderError("Cannot run a guest: none is named (see --help)");
  return { kind: "run", options: { ...options, guest: argv[end], args: argv.slice(end + 1) } };
}

/** Place of the guest's file. */
function endOfOptions(argv: readonly string[], isOwn: boolean): number {
  let i = 0;
  for (; i < argv.length && argv[i].startsWith("-"); i++) {
    if (argv[i] === "--") return i + 1;
    if (isOwn && argv[i] === "--mode") i++;
  }
  return Math.min(i, argv.length);
}

function takeOption(options: TenderOptions, word: string, isOwn: boolean): void {
  const refuse = (reason: string): never => {
    throw new TenderError(`Cannot use ${JSON.stringify(word)}: ${reason} (see --help)`);
  };
  const [, option, device, value] = /^(--[a-z-]+)(?::([^=]*))?(?:=([^]*))?$/.exec(word) ??
    refuse("it is no option");
  const form = findForm(option, isOwn) ?? refuse("there is no such option");
  checkShape(form, device, value, refuse);
  form.take(options, { device: device ?? "", value: value ?? "", refuse });
  options.given.add(option);
}

function checkShape(
  form: OptionForm,
  device: string | undefined,
  value: string | undefined,
  refuse: (reason: string) => never,
): void {
  if (form.device && device === undefined) refuse(`a device is to be named: ${form.shown}`);
  if (!form.device && device !== undefined) refuse("it is for no device");
  if (form.device && !DEVICE_NAME.test(device ?? "")) {
    refuse("a device's name is 1 to 67 letters and digits");
  }
  const wantsValue = form.shown.includes("=");
  if (wantsValue && (value === undefined || value === "")) {
    refuse(`it needs a value: ${form.shown}`);
  }
  if (!wantsValue && value !== undefined) refuse("it has no value");
}

/**
 * Checks what depends on the tender.
 *
 * @param options what a guest is to be run with
 * @param tender by which tender
 * @throws {TenderError} for an option of the other one, or too much memory
 */
export function checkForTender(options: TenderOptions, tender: TenderKind): void {
  for (const option of options.given) {
    if (!(findForm(option, true)?.tenders.includes(tender) ?? true)) {
      throw new TenderError(`Cannot use ${option}: it is not for ${tender} (see --help)`);
    }
  }
  if (options.memory > MAX_MEMORY[tender]) {
    throw new TenderError(
      `Cannot use --mem=${options.memory}: a guest of ${tender} has at most ${MAX_MEMORY[tender]}`,
    );
  }
}
