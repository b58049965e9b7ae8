/**
 * Gives up everything a calf does not need, in an order in which each step still has what it needs
 * itself. A layer that the kernel or the container around it refuses is reported, and the others are
 * put up all the same; without closed descriptors, no_new_privs, empty capability sets or seccomp
 * there is no calf.
 *
 * @module
 */
import {
  Capability,
  clearCapabilities,
  dropBoundingSet,
  hasCapability,
  isOrdinaryUser,
  permittedCapabilities,
  setGid,
  setGroups,
  setUid,
} from "../../ffi/capabilities.ts";
import { MissingLibraryError } from "../../ffi/errno.ts";
import { closeFrom } from "../../ffi/fd.ts";
import { landlockAbi, restrictAll } from "../../ffi/landlock.ts";
import {
  chdir,
  chroot,
  Clone,
  MNT_DETACH,
  mount,
  MountFlag,
  pivotRoot,
  unmount,
  unshare,
} from "../../ffi/namespace.ts";
import {
  exitNow,
  getParentPid,
  setDumpable,
  setNoNewPrivileges,
  setParentDeathSignal,
} from "../../ffi/process.ts";
import { Limit, setLimit } from "../../ffi/rlimit.ts";
import { SeccompAction, SeccompFilter } from "../../ffi/seccomp.ts";
import { Signal } from "../../ffi/signal.ts";
import { CALF_SECCOMP_RULES, CTL_FD } from "./seccomp_list.ts";

/** One layer of confinement. */
export interface ConfinementLayer {
  /** Short name, such as `net-ns`. */
  readonly layer: string;
  /** Whether it is in force. */
  readonly held: boolean;
  /** Why it is not, or what was done when there are several ways; empty otherwise. */
  readonly detail: string;
}

/** Every layer, in the order of the attempts. */
export interface ConfinementReport {
  /** One entry for each layer. */
  readonly layers: readonly ConfinementLayer[];
}

/** `nobody` and `nogroup`: also what the kernel shows for an id that a namespace does not map. */
const NOBODY = 65534;
/** The heap of a calf: beyond it, an allocation throws a RangeError that can be caught. */
const DATA_BYTES = 96 << 20;
/** A directory that exists wherever this program can start itself (/proc/self/exe). */
const MOUNT_POINT = "/proc";

const NAMESPACES: readonly (readonly [layer: string, flag: number])[] = [
  ["user-ns", Clone.NEWUSER],
  ["net-ns", Clone.NEWNET],
  ["mount-ns", Clone.NEWNS],
  ["pid-ns", Clone.NEWPID],
  ["ipc-ns", Clone.NEWIPC],
  ["uts-ns", Clone.NEWUTS],
  ["cgroup-ns", Clone.NEWCGROUP],
];

const DETAILS: Readonly<Record<string, string>> = {
  // unshare(2) moves the children only; RLIMIT_NPROC and seccomp see to it that there are none.
  "pid-ns": "for children",
};

/** What the detail of Landlock begins with, before the version. */
const ABI = "ABI ";
/** The detail of a layer that is not put up because others do its work. */
const NOT_NEEDED = "not needed";

/** Layers whose names would look as if something was missing, as the key /sandbox/layers has them. */
const WORDS: Readonly<Record<string, string>> = {
  "no-new-privs": "no_new_privs",
  "no-dump": "undumpable",
};

const PERMISSIONS = ["run", "read", "write", "net", "env", "sys", "import", "ffi"] as const;

/** Puts one layer up; returns how, when there are several ways. */
export type LayerStep = () => string | void;

/** A layer without which there is no calf is missing; the message names it in one line. */
export class MissingLayerError extends Error {
  /** Always `MissingLayerError`. */
  override readonly name: string = "MissingLayerError";
  /** The layer's short name, such as `seccomp`. */
  readonly layer: string;

  /**
   * Describes one layer.
   *
   * @param layer its short name
   * @param reason what the step that failed threw
   */
  constructor(layer: string, reason: unknown) {
    super(`Cannot confine the calf: no ${layer}: ${text(reason)}`);
    this.layer = layer;
  }
}

function text(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Tries one layer after the other and keeps the book. */
class Attempts {
  readonly layers: ConfinementLayer[] = [];
  readonly #alter: (layer: string, step: LayerStep) => LayerStep;

  constructor(alter: (layer: string, step: LayerStep) => LayerStep) {
    this.#alter = alter;
  }

  /** Records the layer as held, unless `step` throws; what `step` returns is the detail. */
  try(layer: string, step: LayerStep): boolean {
    try {
      this.#record(layer, true, this.#alter(layer, step)() ?? "");
      return true;
    } catch (error) {
      this.#record(layer, false, text(error));
      return false;
    }
  }

  /** The same for a layer without which there is no calf. */
  must(layer: string, step: LayerStep): void {
    if (!this.try(layer, step)) {
      throw new MissingLayerError(layer, this.layers[this.layers.length - 1].detail);
    }
  }

  /** Records a layer that is not attempted. */
  skip(layer: string, detail: string): void {
    this.#record(layer, false, detail);
  }

  #record(layer: string, held: boolean, detail: string): void {
    this.layers.push({ layer, held, detail });
  }
}

/**
 * Confines this process. Closes every descriptor from 5 upwards, Deno's own among them, so the
 * caller must never go back to the event loop. Ends the process when its parent has ended.
 *
 * @param alter gives what to do in place of a layer's step: a test program leaves one out to see
 *   what the others hold, or lets it fail. The program itself never says anything here
 * @returns what is in force
 * @throws {MissingLibraryError} when libseccomp.so.2 is not installed
 * @throws {MissingLayerError} when descriptors, no_new_privs, the capabilities or seccomp cannot be
 *   set; the process must end
 */
export function confine(
  alter: (layer: string, step: LayerStep) => LayerStep = (_, step) => step,
): ConfinementReport {
  const parent = getParentPid();
  const filter = buildFilter();
  const attempts = new Attempts(alter);
  attempts.must("descriptors", () => closeFrom(CTL_FD + 1));
  // A part of these is worth less than a user namespace, which has all of them for what lies within.
  const privileged = PRIVILEGES.every(hasCapability);
  // A new user namespace maps nobody, so what can be done before it is entered is done before it.
  const early = !privileged && dropIdsEarly(attempts);
  const separated = enterNamespaces(attempts, privileged);
  if (separated) attempts.try("empty-root", emptyRoot);
  else attempts.skip("empty-root", "needs mount-ns");
  attempts.must("no-new-privs", setNoNewPrivileges);
  attempts.try("landlock", applyLandlock);
  attempts.try("rlimits", applyLimits);
  attempts.try("bounding-set", dropBoundingSet);
  if (!early) attempts.try("ids", dropIds);
  attempts.must("capabilities", clearCapabilities);
  attempts.try("no-dump", () => setDumpable(false));
  attempts.try("parent-death", () => setParentDeathSignal(Signal.SIGKILL));
  // The parent may have ended before that. The channels say so too, unless something else of its
  // holds their other ends.
  if (getParentPid() !== parent) exitNow(0);
  attempts.try("permissions", revokePermissions);
  attempts.must("seccomp", () => filter.load());
  return { layers: attempts.layers };
}

/** While the library and its file can still be opened. */
function buildFilter(): SeccompFilter {
  try {
    return new SeccompFilter(CALF_SECCOMP_RULES, SeccompAction.KILL_PROCESS);
  } catch (error) {
    // An old library may not know a system call of the list.
    throw error instanceof MissingLibraryError ? error : new MissingLayerError("seccomp", error);
  }
}

/** What giving up all that root has takes, without a user namespace. */
const PRIVILEGES = [
  Capability.SYS_ADMIN,
  Capability.SETUID,
  Capability.SETGID,
  Capability.SETPCAP,
];

function dropIdsEarly(attempts: Attempts): boolean {
  // Whoever has started this without any capability has chosen a user for it.
  if (permittedCapabilities() === 0n && isOrdinaryUser()) return attempts.try("ids", () => "given");
  if (!hasCapability(Capability.SETGID) || !hasCapability(Capability.SETUID)) return false;
  // CAP_SETPCAP goes with the user id. If it is missing, this is reported later.
  if (hasCapability(Capability.SETPCAP)) dropBoundingSet();
  return attempts.try("ids", dropIds);
}

/** Returns whether the mount namespace is a new one, so that mounting harms nobody. */
function enterNamespaces(attempts: Attempts, privileged: boolean): boolean {
  const wanted = NAMESPACES.filter(([, flag]) => !privileged || flag !== Clone.NEWUSER);
  if (privileged) attempts.skip("user-ns", NOT_NEEDED);
  try {
    unshare(wanted.reduce((flags, [, flag]) => flags | flag, 0));
    for (const [layer] of wanted) attempts.try(layer, () => DETAILS[layer] ?? "");
    return true;
  } catch {
    // One that the kernel does not have would cost all of them: try each alone, the user namespace
    // first, because the others may need the capabilities it gives.
    const held = wanted.filter(([layer, flag]) =>
      attempts.try(layer, () => {
        unshare(flag);
        return DETAILS[layer] ?? "";
      })
    );
    return held.some(([, flag]) => flag === Clone.NEWNS);
  }
}

/** Replaces the file system by one read-only directory with nothing in it. */
function emptyRoot(): string {
  // So that what is mounted here is mounted nowhere else.
  try {
    mount(null, "/", null, MountFlag.REC | MountFlag.PRIVATE, null);
  } catch {
    // In a chroot "/" need not be a mount point. Only the one below the new root matters.
    mount(null, MOUNT_POINT, null, MountFlag.PRIVATE, null);
  }
  const flags = MountFlag.RDONLY | MountFlag.NOSUID | MountFlag.NODEV | MountFlag.NOEXEC;
  mount("none", MOUNT_POINT, "tmpfs", flags, "size=4k,nr_inodes=1,mode=555");
  chdir(MOUNT_POINT);
  let how = "";
  try {
    pivotRoot(".", ".");
    unmount(".", MNT_DETACH);
  } catch {
    // Neither the initial ramfs nor a chroot's directory can be replaced. Without capabilities
    // nobody leaves a chroot.
    chroot(".");
    how = "chroot";
  }
  chdir("/");
  return how;
}

function applyLandlock(): string {
  const abi = landlockAbi();
  if (abi === 0) throw new Error("the kernel has none");
  restrictAll(abi);
  return ABI + abi;
}

function applyLimits(): void {
  setLimit(Limit.CORE, 0);
  setLimit(Limit.FSIZE, 0);
  setLimit(Limit.NPROC, 0);
  setLimit(Limit.MEMLOCK, 0);
  // Below the number of polled descriptors, ppoll fails with EINVAL.
  setLimit(Limit.NOFILE, CTL_FD + 1);
  // RLIMIT_AS would count the address space that V8 only reserves.
  setLimit(Limit.DATA, DATA_BYTES);
}

function dropIds(): void {
  setGroups([]);
  setGid(NOBODY);
  setUid(NOBODY);
}

/** Of no use in a build with `--allow-all`: Deno then opens files whatever it says about them. */
function revokePermissions(): void {
  for (const name of PERMISSIONS) {
    if (Deno.permissions.revokeSync({ name }).state === "granted") {
      throw new Error(`${name} is still granted`);
    }
  }
}

/**
 * The report as one line of text.
 *
 * @param report what {@linkcode confine} returned
 * @returns such as `confinement: user-ns no (not needed), net-ns yes, landlock yes (ABI 6)`
 */
export function describeConfinement(report: ConfinementReport): string {
  const parts = report.layers.map(({ layer, held, detail }) =>
    `${layer} ${held ? "yes" : "no"}${detail === "" ? "" : ` (${detail})`}`
  );
  return `confinement: ${parts.join(", ")}`;
}

/**
 * The report as the value of the key /sandbox/layers: a word for each layer, in the order of the
 * attempts, with `no-` in front of one that is missing; one that is not needed is left out.
 *
 * @param report what {@linkcode confine} returned
 * @returns such as `descriptors net-ns landlock=6 no-ids seccomp`, at most 255 characters
 */
export function confinementWords(report: ConfinementReport): string {
  return report.layers.filter(({ held, detail }) => held || detail !== NOT_NEEDED)
    .map(({ layer, held, detail }) => {
      const word = WORDS[layer] ?? layer;
      if (!held) return `no-${word}`;
      return detail.startsWith(ABI) ? `${word}=${detail.slice(ABI.length)}` : word;
    }).join(" ");
}
