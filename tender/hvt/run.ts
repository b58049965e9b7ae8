/**
 * Running a guest as a virtual machine of KVM: everything is prepared, then given up that the guest
 * does not need, then the guest runs.
 *
 * @module
 */

import { writeFd } from "../../ffi/fd.ts";
import { POLLOUT, PollSet } from "../../ffi/poll.ts";
import { exitNow } from "../../ffi/process.ts";
import { SeccompAction, SeccompFilter } from "../../ffi/seccomp.ts";
import { blockSignals, openSignalFd, Signal } from "../../ffi/signal.ts";
import type { TenderOptions } from "../command_line.ts";
import { attachDevices, attachedManifest } from "../devices.ts";
import { TenderError } from "../error.ts";
import type { Guest } from "../guest/guest.ts";
import { confine, enterNamespaces } from "./confine.ts";
import { Host } from "./host.ts";
import { Hypercalls } from "./hypercalls.ts";
import { checkFits, loadGuest } from "./load.ts";
import { type GuestEnd, runGuestLoop } from "./loop.ts";
import { type MachineMaker, openKvm } from "./machine.ts";
import { GuestMemory } from "./memory.ts";
import { tenderRules } from "./rules.ts";

const STDOUT = 1;
const STDERR = 2;
/** What ends the tender, and with it the guest. */
const ENDING = [Signal.SIGTERM, Signal.SIGINT];
const FAILED = 1;
/** How long the last words wait for a reader that is slow. */
const PATIENCE_MS = 500;

/**
 * Runs a guest, and ends this process with it.
 *
 * @param guest the guest, for hvt
 * @param file its file
 * @param options the command line; its devices are those of the guest
 * @param program name of this program, for messages
 * @param open opens what makes machines; tests have another one than KVM
 * @throws {TenderError} when there is no KVM, a device cannot be used, or the guest does not fit
 * @throws {ErrnoError | MissingLibraryError} when the kernel or the machine refuses
 */
export function runHvt(
  guest: Guest,
  file: Uint8Array,
  options: TenderOptions,
  program: string,
  open: () => MachineMaker = openKvm,
): never {
  checkOptions(options);
  const memorySize = options.memory * 2 ** 20;
  checkFits(guest, memorySize, options.args);
  const maker = open();
  const devices = attachDevices(guest.manifest.entries, options);
  const manifest = attachedManifest(guest.manifest, devices);
  enterNamespaces();
  const { vcpu, fd, memory, isInterruptible } = maker.make(
    memorySize,
    (memory, facts) => loadGuest(memory, guest, file, { args: options.args, manifest, ...facts }),
  );
  // If it is not, the signals keep their default action.
  const signals = isInterruptible ? takeSignals() : null;
  const rules = tenderRules({ vcpu: fd, signals, devices });
  const filter = new SeccompFilter(rules, SeccompAction.KILL_PROCESS);
  const host = new Host({ console: STDOUT, signals, devices });
  const hypercalls = new Hypercalls(new GuestMemory(memory), host);
  const own = [STDOUT, STDERR, fd, ...(signals === null ? [] : [signals])];
  confine([...own, ...devices.map(({ fd }) => fd)], filter);
  exitNow(report(program, () => runGuestLoop(vcpu, hypercalls, () => host.interruption())));
}

function checkOptions({ given }: TenderOptions): void {
  for (const option of ["--gdb", "--gdb-port", "--dumpcore"]) {
    if (given.has(option)) {
      throw new TenderError(`Cannot use ${option}: it is not built yet`);
    }
  }
}

/**
 * From now on signals that end the tender are read from a descriptor, so that it ends with 1 as Solo5's
 * does; they interrupt the guest wherever it is.
 *
 * @returns the descriptor
 */
function takeSignals(): number {
  blockSignals(ENDING);
  return openSignalFd(ENDING);
}

/** Runs a guest, and says how it has ended. There is no Deno to do so any more. */
function report(program: string, run: () => GuestEnd): number {
  let end: GuestEnd;
  try {
    end = run();
  } catch (error) {
    end = { code: FAILED, message: `Cannot go on with the guest: ${error}` };
  }
  if (end.message !== null) {
    const line = new TextEncoder().encode(`${program}: ${end.message}\n`);
    const poll = new PollSet();
    poll.add(STDERR, POLLOUT);
    if (poll.wait(PATIENCE_MS) > 0) writeFd(STDERR, line, line.length);
  }
  return end.code;
}
