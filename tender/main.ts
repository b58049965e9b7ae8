/**
 * `--mode=tender`, and solo5-hvt and solo5-spt: runs a guest of Solo5.
 *
 * @module
 */

import { ErrnoError, MissingLibraryError } from "../ffi/errno.ts";
import { closeFd, O_NONBLOCK, O_RDONLY, openFd, readFd } from "../ffi/fd.ts";
import {
  checkForTender,
  parseTenderCommand,
  type TenderKind,
  type TenderOptions,
} from "./command_line.ts";
import { checkDevices } from "./devices.ts";
import { TenderError, TenderExit } from "./error.ts";
import { GuestError, readGuest } from "./guest/guest.ts";
import { tenderHelp } from "./option_table.ts";
import { type MachineMaker, openKvm } from "./hvt/machine.ts";
import { runHvt } from "./hvt/run.ts";
import { runSpt } from "./spt/run.ts";

declare const MIRAGE_DHCP_VERSION: string;

const ABI_VERSION = 2;
/** Guests are a few MB; what is read at most, in bytes. */
const MAX_FILE = 2 ** 30;
const FIRST_READ = 2 ** 20;

/**
 * Runs a guest, or says why not. With spt this process becomes the guest, with hvt it ends
 * with it.
 *
 * @param argv the words behind the program's name
 * @param invokedAs the name that the program was started by, when it is not its own: `solo5-hvt` or
 *   `solo5-spt`
 * @param open opens what makes machines for hvt; tests have another one than KVM
 * @returns the exit code
 */
export function runTender(
  argv: readonly string[],
  invokedAs: string | null,
  open: () => MachineMaker = openKvm,
): number {
  const program = invokedAs ?? "mirage-dhcp";
  const own = invokedAs === null ? null : invokedAs === "solo5-hvt" ? "hvt" : "spt";
  try {
    const command = parseTenderCommand(argv, own === null);
    if (command.kind === "run") {
      const options = { ...command.options, tender: own ?? command.options.tender };
      return runGuest(options, program, open);
    }
    if (command.kind === "help") {
      console.error(tenderHelp(program, own).trimEnd());
      return TenderExit.REFUSED;
    }
    const version = typeof MIRAGE_DHCP_VERSION === "string" ? MIRAGE_DHCP_VERSION : "unbuilt";
    console.error(`${program} tender, version ${version}\nABI version ${ABI_VERSION}`);
    return TenderExit.OK;
  } catch (error) {
    console.error(`${program}: ${oneLine(messageOf(error))}`);
    if (error instanceof TenderError) return error.code;
    if (error instanceof MissingLibraryError) return TenderExit.UNAVAILABLE;
    return TenderExit.REFUSED;
  }
}

function messageOf(error: unknown): string {
  if (error instanceof TenderError || error instanceof GuestError) return error.message;
  if (error instanceof ErrnoError || error instanceof MissingLibraryError) {
    return `Cannot run the guest: ${error.message}`;
  }
  return `Cannot run the guest: ${error}`;
}

/** Names of files may hold anything. */
function oneLine(text: string): string {
  return text.replace(/\p{Cc}/gu, (c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, "0")}`);
}

function runGuest(options: TenderOptions, program: string, open: () => MachineMaker): never {
  const file = readFile(options.guest);
  const guest = readGuest(file);
  const tender: TenderKind = options.tender ?? guest.abi;
  if (guest.abi !== tender) {
    throw new TenderError(`Cannot run the guest: it is for ${guest.abi}, not for ${tender}`);
  }
  checkForTender(options, tender);
  checkDevices(guest.manifest.entries, options);
  if (tender === "spt") return runSpt(guest, file, options);
  return runHvt(guest, file, options, program, open);
}

/** The whole file. One that would have to be waited for is as good as empty. */
function readFile(path: string): Uint8Array {
  const fd = openFd(path, O_RDONLY | O_NONBLOCK, 0);
  try {
    let bytes = new Uint8Array(FIRST_READ);
    let length = 0;
    for (;;) {
      const n = readFd(fd, bytes.subarray(length));
      if (n < 0) throw new ErrnoError(`read ${path}`, -n);
      if (n === 0) return bytes.subarray(0, length);
      length += n;
      if (length < bytes.length) continue;
      if (length >= MAX_FILE) throw new TenderError(`Cannot run the guest: ${path} is too large`);
      const larger = new Uint8Array(2 * length);
      larger.set(bytes);
      bytes = larger;
    }
  } finally {
    closeFd(fd);
  }
}
