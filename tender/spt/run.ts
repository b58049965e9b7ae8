/**
 * Running a guest as a process: everything is prepared here, then this process becomes the guest, and
 * the tender is no more.
 *
 * @module
 */

import {
  Capability,
  clearCapabilities,
  dropBoundingSet,
  hasCapability,
} from "../../ffi/capabilities.ts";
import { addReadable, createEpoll } from "../../ffi/epoll.ts";
import { ErrnoError } from "../../ffi/errno.ts";
import { becomeProgram } from "../../ffi/exec.ts";
import { keepOnExec } from "../../ffi/fd.ts";
import { landlockAbi, restrictAll } from "../../ffi/landlock.ts";
import { programInMemory } from "../../ffi/memfd.ts";
import { Clone, unshare } from "../../ffi/namespace.ts";
import { setNoNewPrivileges } from "../../ffi/process.ts";
import { SeccompAction, SeccompFilter } from "../../ffi/seccomp.ts";
import { monotonicTimer } from "../../ffi/time.ts";
import type { TenderOptions } from "../command_line.ts";
import { attachDevices, attachedManifest } from "../devices.ts";
import type { Guest } from "../guest/guest.ts";
import { buildProgram } from "./image.ts";
import { layOutMemory } from "./memory.ts";
import { guestRules } from "./rules.ts";

const STDOUT = 1;
/** What the timer's events carry; devices' carry their index (spt_abi.h). */
const TIMER_EVENT = 0xffff_fffen;
/** What a guest has of its own, though it can use none of it. */
const NAMESPACES = Clone.NEWNS | Clone.NEWNET | Clone.NEWIPC | Clone.NEWUTS | Clone.NEWCGROUP;

/**
 * Runs a guest.
 *
 * @param guest the guest, for spt
 * @param file its file
 * @param options the command line; its devices are those of the guest
 * @throws {TenderError} when a device cannot be used, or the guest does not fit
 * @throws {ErrnoError | MissingLibraryError} when the kernel or the machine refuses
 */
export function runSpt(guest: Guest, file: Uint8Array, options: TenderOptions): never {
  const devices = attachDevices(guest.manifest.entries, options);
  const [epoll, timer] = [createEpoll(), monotonicTimer()];
  for (const { type, fd, index } of devices) {
    if (type === "net") addReadable(epoll, fd, BigInt(index));
  }
  addReadable(epoll, timer, TIMER_EVENT);
  const memory = layOutMemory(guest, file, {
    memorySize: options.memory * 2 ** 20,
    execHeap: options.execHeap,
    args: options.args,
    manifest: attachedManifest(guest.manifest, devices),
    epoll,
    timer,
  });
  const rules = guestRules({ epoll, timer, devices });
  const filter = new SeccompFilter(rules, SeccompAction.KILL_PROCESS).export();
  const descriptors = [epoll, timer, ...devices.map(({ fd }) => fd)];
  for (const fd of descriptors) keepOnExec(fd);
  const name = options.guest.slice(options.guest.lastIndexOf("/") + 1);
  const isPrivileged = hasCapability(Capability.SYS_ADMIN);
  const program = programInMemory(
    name,
    buildProgram({
      name,
      memory,
      entry: guest.entry,
      filter,
      descriptors: [STDOUT, ...descriptors],
      namespaces: isPrivileged ? 0 : NAMESPACES | Clone.NEWUSER,
    }),
  );
  if (isPrivileged) makeNamespaces();
  giveUpPrivileges();
  // What ps(1) shows: no more than the guest knows.
  becomeProgram(program, ["solo5-spt", name, ...options.args], []);
}

/** A container may refuse what the rest makes up for. */
function makeNamespaces(): void {
  try {
    unshare(NAMESPACES);
  } catch (error) {
    if (!(error instanceof ErrnoError)) throw error;
  }
}

/** This thread's, which is the guest's. */
function giveUpPrivileges(): void {
  if (hasCapability(Capability.SETPCAP)) dropBoundingSet();
  clearCapabilities();
  setNoNewPrivileges();
  const abi = landlockAbi();
  if (abi > 0) restrictAll(abi);
}
