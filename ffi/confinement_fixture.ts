/**
 * The cases of `confinement_test.ts`: each gives up something for good, so each runs as a program of
 * its own, with the privileges of root in some user namespace.
 *
 * @module
 */
import assert from "node:assert/strict";
import {
  boundingSet,
  Capability,
  clearCapabilities,
  dropBoundingSet,
  effectiveCapabilities,
  hasCapability,
  isOrdinaryUser,
  keepCapabilities,
  permittedCapabilities,
  setCapabilities,
  setGid,
  setGroups,
  setUid,
} from "./capabilities.ts";
import { Errno, ErrnoError } from "./errno.ts";
import { O_CREAT, O_RDONLY, O_WRONLY, openFd, readFd, writeFd } from "./fd.ts";
import { FileRight, landlockAbi, restrictAll, restrictTo } from "./landlock.ts";
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
} from "./namespace.ts";
import { exitNow, setNoNewPrivileges } from "./process.ts";
import { Limit, setLimit } from "./rlimit.ts";
import { loadSeccomp, SeccompAction, SeccompFilter, type SeccompRule } from "./seccomp.ts";

/** SECCOMP_RET_ERRNO with EPERM (linux/seccomp.h): lets a test look at what is refused. */
const REFUSE = 0x0005_0000 + Errno.EPERM;

function code(wanted: number): (error: unknown) => boolean {
  return (error) => error instanceof ErrnoError && error.code === wanted;
}

/** A line of this thread's status. */
function status(key: string): string {
  const text = Deno.readTextFileSync("/proc/thread-self/status");
  return new RegExp(`^${key}:[ \\t]*(.*?)[ \\t]*$`, "m").exec(text)![1];
}

function rule(syscall: string, conditions: SeccompRule["conditions"] = []): SeccompRule {
  return { syscall, conditions, reason: "for the test" };
}

/** What V8 and Deno need to go on. */
const REST = [
  ...["mmap", "munmap", "mprotect", "madvise", "brk", "futex", "getpid", "gettid", "clock_gettime"],
  ...["exit_group", "sched_yield"],
].map((syscall) => rule(syscall));

/** A new mount namespace and an empty directory in it, with one file, mounted. */
function directory(): string {
  unshare(Clone.NEWNS);
  mount("none", "/", null, MountFlag.REC | MountFlag.PRIVATE, null);
  const path = Deno.makeTempDirSync();
  mount("none", path, "tmpfs", MountFlag.NOSUID | MountFlag.NODEV, "size=64k,mode=755");
  Deno.writeTextFileSync(`${path}/inside`, "");
  return path;
}

function names(path: string): string[] {
  return [...Deno.readDirSync(path)].map((entry) => entry.name);
}

/** What is tested, by name. */
export const CASES: Record<string, () => void> = {
  "unshare() enters new namespaces, all or none": () => {
    const link = (name: string) => Deno.readLinkSync(`/proc/thread-self/ns/${name}`);
    const before = ["net", "uts", "ipc"].map(link);
    assert.throws(() => unshare(Clone.NEWNET | 1), code(Errno.EINVAL));
    assert.deepEqual(["net", "uts", "ipc"].map(link), before);
    unshare(Clone.NEWNET | Clone.NEWUTS);
    assert.notEqual(link("net"), before[0]);
    assert.notEqual(link("uts"), before[1]);
    assert.equal(link("ipc"), before[2]);
  },
  "pivotRoot() and unmount() leave nothing but the new root": () => {
    chdir(directory());
    pivotRoot(".", ".");
    unmount(".", MNT_DETACH);
    chdir("/");
    assert.deepEqual(names("/"), ["inside"]);
    assert.deepEqual(names("/.."), ["inside"]);
    assert.throws(() => unmount("/inside", 0), code(Errno.EINVAL));
  },
  "mount() makes a file system that cannot be written": () => {
    const path = directory();
    mount(null, path, null, MountFlag.REMOUNT | MountFlag.RDONLY, null);
    assert.throws(() => Deno.writeTextFileSync(`${path}/inside`, "x"), { code: "EROFS" });
    assert.throws(() => mount("none", path, "nonsense", 0, null), code(Errno.ENODEV));
    assert.throws(() => mount("none", `${path}/x`, "tmpfs", 0, null), code(Errno.ENOENT));
  },
  "chroot() hides the rest": () => {
    const path = directory();
    chdir(path);
    chroot(".");
    assert.deepEqual(names("/"), ["inside"]);
    assert.throws(() => chdir(path), code(Errno.ENOENT));
  },
  "restrictAll() takes away files, but not open ones": () => {
    const abi = landlockAbi();
    if (abi === 0) return console.log("SKIP restrictAll(): the kernel has no Landlock");
    const fd = openFd("/proc/self/status", O_RDONLY, 0);
    setNoNewPrivileges();
    restrictAll(abi);
    for (const path of ["/proc/self/status", "/", "/etc/passwd"]) {
      assert.throws(() => openFd(path, O_RDONLY, 0), code(Errno.EACCES));
    }
    assert(readFd(fd, new Uint8Array(100)) > 0);
  },
  "restrictTo() leaves what it names, of files and of directories": () => {
    const abi = landlockAbi();
    if (abi === 0) return console.log("SKIP restrictTo(): the kernel has no Landlock");
    const [own, other] = [Deno.makeTempDirSync(), Deno.makeTempDirSync()];
    for (const path of [own, other]) Deno.writeTextFileSync(`${path}/a`, "");
    setNoNewPrivileges();
    const missing = { path: `${own}/none`, rights: FileRight.READ_FILE };
    const rules = { paths: [missing], bindPorts: [] };
    assert.throws(() => restrictTo(abi, rules), code(Errno.ENOENT));
    restrictTo(abi, {
      paths: [
        { path: own, rights: FileRight.READ_FILE | FileRight.WRITE_FILE | FileRight.MAKE_REG },
        // Of a file, what is a directory's right means nothing.
        { path: `${other}/a`, rights: FileRight.WRITE_FILE | FileRight.MAKE_REG },
      ],
      bindPorts: [],
    });
    openFd(`${own}/a`, O_RDONLY, 0);
    openFd(`${own}/b`, O_WRONLY | O_CREAT, 0o600);
    openFd(`${other}/a`, O_WRONLY, 0);
    const refused = code(Errno.EACCES);
    assert.throws(() => openFd(own, O_RDONLY, 0), refused, "READ_DIR");
    assert.throws(() => Deno.removeSync(`${own}/a`), { code: "EACCES" });
    assert.throws(() => openFd(`${other}/a`, O_RDONLY, 0), refused);
    assert.throws(() => openFd(`${other}/b`, O_WRONLY | O_CREAT, 0o600), refused);
    assert.throws(() => openFd("/etc/passwd", O_RDONLY, 0), refused);
  },
  "setCapabilities() leaves what it names, and gives nothing back": () => {
    const bit = (name: keyof typeof Capability) => 1n << BigInt(Capability[name]);
    const [admin, raw] = [bit("NET_ADMIN"), bit("NET_RAW")];
    setCapabilities(admin | raw, raw);
    assert.equal(permittedCapabilities(), admin | raw);
    assert.equal(effectiveCapabilities(), raw);
    assert.equal(BigInt(`0x${status("CapInh")}`) + BigInt(`0x${status("CapAmb")}`), 0n);
    setCapabilities(admin, admin);
    assert.throws(() => setCapabilities(admin | raw, admin), code(Errno.EPERM));
  },
  "keepCapabilities() lets them survive a change of user, but not in force": () => {
    if (!Deno.readTextFileSync("/proc/self/uid_map").includes("4294967295")) return;
    const held = permittedCapabilities();
    keepCapabilities();
    setGroups([]);
    setGid(65534);
    setUid(65534);
    assert.equal(permittedCapabilities(), held);
    assert.equal(effectiveCapabilities(), 0n);
  },
  "dropBoundingSet() empties it, and can be called again": () => {
    assert(hasCapability(Capability.SETPCAP));
    assert.equal(boundingSet(), BigInt(`0x${status("CapBnd")}`));
    dropBoundingSet();
    assert.equal(BigInt(`0x${status("CapBnd")}`), 0n);
    assert.equal(boundingSet(), 0n);
    assert.notEqual(effectiveCapabilities(), 0n);
    clearCapabilities();
    dropBoundingSet();
  },
  "clearCapabilities() empties every other set": () => {
    assert.equal(BigInt(`0x${status("CapEff")}`), effectiveCapabilities());
    assert(hasCapability(Capability.NET_ADMIN));
    clearCapabilities();
    assert.equal(effectiveCapabilities(), 0n);
    assert(!hasCapability(Capability.NET_ADMIN));
    for (const set of ["CapInh", "CapPrm", "CapEff", "CapAmb"]) {
      assert.equal(BigInt(`0x${status(set)}`), 0n, set);
    }
    assert.throws(dropBoundingSet, code(Errno.EPERM));
    assert.throws(() => unshare(Clone.NEWNET), code(Errno.EPERM));
  },
  "setGroups(), setGid() and setUid() change every id, where they are mapped": () => {
    assert(!isOrdinaryUser(), "root");
    if (!Deno.readTextFileSync("/proc/self/uid_map").includes("4294967295")) {
      assert.throws(() => setGroups([]), code(Errno.EPERM));
      assert.throws(() => setGid(65534), code(Errno.EINVAL));
      assert.throws(() => setUid(65534), code(Errno.EINVAL));
      return;
    }
    setGroups([7, 8]);
    assert.equal(status("Groups"), "7 8");
    setGroups([]);
    setGid(65533);
    setUid(65534);
    assert(isOrdinaryUser());
    assert.equal(status("Groups"), "");
    assert.equal(status("Gid"), "65533\t65533\t65533\t65533");
    assert.equal(status("Uid"), "65534\t65534\t65534\t65534");
    assert.equal(effectiveCapabilities(), 0n);
    assert.throws(() => setUid(0), code(Errno.EPERM));
  },
  "isOrdinaryUser() is not who is in another group besides": () => {
    if (!Deno.readTextFileSync("/proc/self/uid_map").includes("4294967295")) return;
    setGroups([65533, 8]);
    setGid(65533);
    setUid(65534);
    assert(!isOrdinaryUser());
  },
  "setLimit() sets the soft and the hard limit": () => {
    setLimit(Limit.FSIZE, 4096);
    const line = /^Max file size\s+(\d+)\s+(\d+)/m;
    const found = line.exec(Deno.readTextFileSync("/proc/self/limits"))!;
    assert.deepEqual(found.slice(1), ["4096", "4096"]);
    assert.throws(() => setLimit(Limit.FSIZE, 0.5), RangeError);
    assert.throws(() => setLimit(99, 1), code(Errno.EINVAL));
    clearCapabilities();
    assert.throws(() => setLimit(Limit.FSIZE, 4097), code(Errno.EPERM));
  },
  "loadSeccomp() compares arguments whole (eq) and under a mask (masked_eq)": () => {
    const out = openFd("/dev/null", 1, 0);
    const other = openFd("/dev/null", 1, 0);
    const buffer = new Uint8Array(16);
    loadSeccomp([
      ...REST,
      rule("write", [
        { arg: 0, op: "eq", value: BigInt(out) },
        { arg: 2, op: "masked_eq", mask: 0xcn, value: 0x4n },
      ]),
      // For the message of a failure.
      rule("write", [{ arg: 0, op: "masked_eq", mask: 0xffff_ffffn, value: 2n }]),
    ], REFUSE);
    const lengths = Array.from({ length: 16 }, (_, n) => writeFd(out, buffer, n));
    const refused = -Errno.EPERM;
    assert.deepEqual(
      lengths,
      Array.from({ length: 16 }, (_, n) => (n & 0xc) === 0x4 ? n : refused),
    );
    assert.equal(writeFd(other, buffer, 4), refused);
    assert.throws(() => openFd("/", O_RDONLY, 0), code(Errno.EPERM));
  },
  "loadSeccomp() kills the process for what is not allowed": () => {
    loadSeccomp(REST, SeccompAction.KILL_PROCESS);
    openFd("/", O_RDONLY, 0);
  },
  "SeccompFilter restricts nothing before load(), and loads once": () => {
    assert.throws(() => new SeccompFilter([rule("no_such_call")], REFUSE), TypeError);
    const eq = { arg: 0, op: "eq", value: 0n } as const;
    for (
      const wrong of [[{ ...eq, mask: 1n }], [{ ...eq, op: "masked_eq" }]] as const
    ) assert.throws(() => new SeccompFilter([rule("write", wrong)], REFUSE), TypeError);
    assert.throws(
      () => new SeccompFilter([rule("write", [{ ...eq, arg: 6 }])], REFUSE),
      ErrnoError,
    );
    const filter = new SeccompFilter([...REST, rule("write")], REFUSE);
    openFd("/", O_RDONLY, 0);
    filter.load();
    assert.throws(() => openFd("/", O_RDONLY, 0), code(Errno.EPERM));
    assert.throws(() => filter.load(), TypeError);
  },
};

if (import.meta.main) {
  let failure = "";
  try {
    CASES[Deno.args[0]]();
  } catch (error) {
    failure = error instanceof Error ? error.message : String(error);
  }
  // Neither Deno's way out nor its way to report works behind the filters above.
  const text = new TextEncoder().encode(failure);
  writeFd(2, text, text.length);
  exitNow(failure === "" ? 0 : 1);
}
