/**
 * What the tender gives up before the first instruction of an hvt guest, in an order in which each
 * step still has what it needs.
 *
 * @module
 */

import {
  Capability,
  clearCapabilities,
  dropBoundingSet,
  hasCapability,
} from "../../ffi/capabilities.ts";
import { ErrnoError } from "../../ffi/errno.ts";
import { closeOthers } from "../../ffi/fd.ts";
import { landlockAbi, restrictAll } from "../../ffi/landlock.ts";
import { Clone, unshare } from "../../ffi/namespace.ts";
import { setNoNewPrivileges } from "../../ffi/process.ts";
import { Limit, setLimit } from "../../ffi/rlimit.ts";
import type { SeccompFilter } from "../../ffi/seccomp.ts";

const NAMESPACES = Clone.NEWNS | Clone.NEWNET | Clone.NEWIPC | Clone.NEWUTS | Clone.NEWCGROUP;
const PERMISSIONS = ["run", "read", "write", "net", "env", "sys", "import", "ffi"] as const;

/**
 * Moves this process into namespaces of its own, where that is permitted. To be done before KVM
 * makes a machine: it may start a thread for it, and a process of several threads cannot enter a user
 * namespace.
 */
export function enterNamespaces(): void {
  try {
    unshare(hasCapability(Capability.SYS_ADMIN) ? NAMESPACES : NAMESPACES | Clone.NEWUSER);
  } catch (error) {
    // A container may refuse what the rest makes up for.
    if (!(error instanceof ErrnoError)) throw error;
  }
}

/**
 * Gives up everything else: descriptors (Deno's own among them, so that there is no way back to its
 * event loop), capabilities, files, TCP, system calls.
 *
 * @param kept descriptors that stay open
 * @param filter what may be called from now on
 * @throws {ErrnoError} when the kernel refuses what must not be missing
 */
export function confine(kept: readonly number[], filter: SeccompFilter): void {
  closeOthers(kept);
  setLimit(Limit.CORE, 0); // it would have the guest's memory in it
  if (hasCapability(Capability.SETPCAP)) dropBoundingSet();
  clearCapabilities();
  setNoNewPrivileges();
  const abi = landlockAbi();
  if (abi > 0) restrictAll(abi);
  for (const name of PERMISSIONS) Deno.permissions.revokeSync({ name });
  filter.load();
}
