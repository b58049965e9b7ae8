/**
 * Running a guest as a virtual machine of KVM: everything is prepared, then given up that the guest
 * does not need, then the guest runs.
 *
 * @module
 */

import { Errno, ErrnoError } from "../../ffi/errno.ts";
import { writeFd } from "../../ffi/fd.ts";
import { Kvm, type KvmVcpu } from "../../ffi/kvm.ts";
import { mapMemory } from "../../ffi/mapping.ts";
import { exitNow } from "../../ffi/process.ts";
import { SeccompAction, SeccompFilter } from "../../ffi/seccomp.ts";
import { blockSignals, openSignalFd, Signal } from "../../ffi/signal.ts";
import type { TenderOptions } from "../command_line.ts";
import { attachDevices, attachedManifest } from "../devices.ts";
import { TenderError } from "../error.ts";
import type { Guest } from "../guest/guest.ts";
import { confine, enterNamespaces } from "./confine.ts";
import { generalRegisters, knowsNoExecute, specialRegisters } from "./cpu.ts";
import { Host } from "./host.ts";
import { Hypercalls } from "./hypercalls.ts";
import { checkFits, loadGuest } from "./load.ts";
import { type GuestEnd, runGuestLoop } from "./loop.ts";
import { GuestMemory } from "./memory.ts";
import { tenderRules } from "./rules.ts";

const STDOUT = 1;
const STDERR = 2;
/** What ends the tender, and with it the guest. */
const ENDING = [Signal.SIGTERM, Signal.SIGINT];
const FAILED = 1;

/** What there is once a machine can be run. */
interface Machine {
  readonly vcpu: KvmVcpu;
  readonly memory: Uint8Array<ArrayBuffer>;
}

/**
 * Runs a guest, and ends this process with it.
 *
 * @param guest the guest, for hvt
 * @param file its file
 * @param options the command line; its devices are those of the guest
 * @param program name of this program, for messages
 * @throws {TenderError} when there is no KVM, a device cannot be used, or the guest does not fit
 * @throws {ErrnoError | MissingLibraryError} when the kernel or the machine refuses
 */
export function runHvt(
  guest: Guest,
  file: Uint8Array,
  options: TenderOptions,
  program: string,
): never {
  checkOptions(options);
  const memorySize = options.memory * 2 ** 20;
  checkFits(guest, memorySize, options.args);
  const kvm = openKvm();
  const devices = attachDevices(guest.manifest.entries, options);
  enterNamespaces();
  const { vcpu, memory } = makeMachine(kvm, memorySize, (memory, clock) =>
    loadGuest(memory, guest, file, {
      args: options.args,
      manifest: attachedManifest(guest.manifest, devices),
      ...clock,
    }));
  const signals = takeSignals(vcpu);
  const filter = new SeccompFilter(
    tenderRules({ vcpu: vcpu.fd, signals, devices }),
    SeccompAction.KILL_PROCESS,
  );
  const host = new Host({ console: STDOUT, signals, devices });
  const hypercalls = new Hypercalls(new GuestMemory(memory), host);
  const own = [STDOUT, STDERR, vcpu.fd, ...(signals === null ? [] : [signals])];
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

/** What to do when /dev/kvm cannot be opened, by the reason. */
const REMEDIES: ReadonlyMap<number, string> = new Map([
  [Errno.ENOENT, "load the module kvm_intel or kvm_amd"],
  [Errno.ENXIO, "load the module kvm_intel or kvm_amd"],
  [Errno.ENODEV, "load the module kvm_intel or kvm_amd"],
  [Errno.EACCES, "become a member of the group that /dev/kvm is of"],
  [Errno.EPERM, "let this container use /dev/kvm"],
]);

function openKvm(): Kvm {
  try {
    return new Kvm();
  } catch (error) {
    if (!(error instanceof ErrnoError)) throw error;
    const remedy = REMEDIES.get(error.code);
    const advice = remedy === undefined ? "" : `: ${remedy}, or run the guest's build for spt`;
    throw new TenderError(`Cannot run the guest without KVM: ${error.message}${advice}`);
  }
}

/** Fills the memory before KVM gets it. */
type Load = (
  memory: Uint8Array<ArrayBuffer>,
  clock: { cycleFrequency: bigint; noExecute: boolean },
) => ReturnType<typeof loadGuest>;

function makeMachine(kvm: Kvm, memorySize: number, load: Load): Machine {
  const machine = kvm.createMachine();
  const mapping = mapMemory(memorySize);
  const vcpu = machine.createVcpu();
  const cpuid = kvm.supportedCpuid();
  vcpu.setCpuid(cpuid);
  if (!kvm.knowsTscFrequency()) {
    throw new TenderError("Cannot run the guest: KVM does not know how fast its clock counts");
  }
  const noExecute = knowsNoExecute(cpuid);
  const cycleFrequency = BigInt(vcpu.tscFrequency()) * 1000n;
  const state = load(mapping.bytes, { cycleFrequency, noExecute });
  machine.setMemory(mapping);
  vcpu.setSpecialRegisters(specialRegisters(noExecute));
  vcpu.setGeneralRegisters(generalRegisters(state));
  return { vcpu, memory: mapping.bytes };
}

/**
 * From now on signals that end the tender are read from a descriptor, so that it ends with 1 as Solo5's
 * does; they interrupt the guest wherever it is.
 *
 * @returns the descriptor; null when KVM does not let them interrupt it, and they end the process
 */
function takeSignals(vcpu: KvmVcpu): number | null {
  try {
    vcpu.letSignalsInterrupt();
  } catch (error) {
    if (error instanceof ErrnoError) return null;
    throw error;
  }
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
    writeFd(STDERR, line, line.length);
  }
  return end.code;
}
