/**
 * Each layer alone: the ones above it, which would refuse the same thing first, are left out of the
 * fixture, so that a test fails when its layer does nothing.
 *
 * @module
 */
import assert from "node:assert/strict";
import { Errno, ErrnoError } from "../../ffi/errno.ts";
import { closeFd } from "../../ffi/fd.ts";
import { landlockAbi } from "../../ffi/landlock.ts";
import { PollSet } from "../../ffi/poll.ts";
import { killProcess, pidfdOpen } from "../../ffi/process.ts";
import { PERMISSIONS } from "../../linuxkit/build/executable.ts";
import type { Step } from "./calf_fixture.ts";
import {
  assertNeverOptional,
  CALF,
  CALF_WITH_NAMED_PERMISSIONS,
  CONTAINER,
  layers,
  run,
  runUntilParentDies,
  test,
  UNPRIVILEGED,
} from "./testing/run_calf.ts";

const NO_SECCOMP = { except: ["seccomp"] };
const SIGXFSZ = 25;
const SIGKILL = 9;

// asm/unistd_64.h, asm-generic/fcntl.h
const CLOSE_STDIN: Step = { do: "syscall", call: [3, 0] };
const OPEN = 2;
const O_WRONLY = 1;
const MKDIR = 83;
const SOCKET: Step = { do: "syscall", call: [41, 2, 1, 0] };
const CONNECT = 42;
const BIND = 49;
const FORK = 57;
const DUP = 32;
const MLOCK = 149;
const MEMFD_CREATE = 319;
const WRITE = 1;
/** struct sockaddr_in: port 9 of 127.0.0.1. */
const ADDRESS = [2, 0, 0, 9, 127, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0];

/** Registers a test twice: started as root, and as an ordinary user. */
function testBoth(name: string, fn: (prefix: readonly string[]) => void): void {
  test(`${name}, started as root`, () => fn([]), true);
  test(`${name}, started without privilege`, () => fn(UNPRIVILEGED));
}

/** Whether the kernel has at least that much of Landlock; says so when it has not. */
function hasLandlock(abi: number): boolean {
  if (landlockAbi() >= abi) return true;
  console.log(`SKIP: the kernel has no Landlock of ABI ${abi}`);
  return false;
}

function withFolder(use: (path: string) => void): void {
  const path = Deno.makeTempDirSync();
  try {
    Deno.chmodSync(path, 0o777);
    use(path);
  } finally {
    Deno.removeSync(path, { recursive: true });
  }
}

testBoth("Landlock alone refuses to read, write or make a file", (prefix) => {
  if (!hasLandlock(1)) return;
  withFolder((path) => {
    Deno.writeTextFileSync(`${path}/file`, "");
    Deno.chmodSync(`${path}/file`, 0o666);
    const seen = run(
      [
        CLOSE_STDIN,
        { do: "syscall", call: [OPEN, `${path}/file`, 0] },
        { do: "syscall", call: [OPEN, `${path}/file`, O_WRONLY] },
        { do: "syscall", call: [OPEN, path, 0] },
        { do: "syscall", call: [MKDIR, `${path}/made`, 0o700] },
      ],
      prefix,
      { except: ["seccomp", "empty-root"] },
    );
    assert.deepEqual(seen.replies, [0, "EACCES", "EACCES", "EACCES", "EACCES"]);
  });
});

testBoth("Landlock alone refuses TCP", (prefix) => {
  if (!hasLandlock(4)) return;
  const seen = run(
    [
      CLOSE_STDIN,
      SOCKET,
      { do: "syscall", call: [CONNECT, 0, ADDRESS, ADDRESS.length] },
      { do: "syscall", call: [BIND, 0, ADDRESS, ADDRESS.length] },
    ],
    prefix,
    NO_SECCOMP,
  );
  assert.deepEqual(seen.replies, [0, 0, "EACCES", "EACCES"]);
});

test("Landlock alone keeps a calf from signalling priv, whose user it shares", () => {
  if (!hasLandlock(6)) return;
  const steps: Step[] = [{ do: "javascript", what: "signal priv" }];
  assert.deepEqual(run(steps, UNPRIVILEGED, NO_SECCOMP).replies, ["EPERM"]);
});

test("the empty root alone leaves no path and takes no file", () => {
  const seen = run(
    [
      CLOSE_STDIN,
      { do: "syscall", call: [OPEN, "/etc/passwd", 0] },
      { do: "syscall", call: [OPEN, "/../proc/self/status", 0] },
      { do: "syscall", call: [MKDIR, "/made", 0o700] },
      { do: "syscall", call: [OPEN, "/", 0] },
    ],
    [],
    { except: ["seccomp", "landlock"] },
  );
  assert.deepEqual(seen.replies, [0, "ENOENT", "ENOENT", "EROFS", 0]);
}, true);

testBoth("the resource limits alone refuse a process, a descriptor and locked memory", (prefix) => {
  const seen = run(
    [
      { do: "syscall", call: [FORK] },
      { do: "syscall", call: [DUP, 0] },
      { do: "syscall", call: [MLOCK, 0, 4096] },
    ],
    prefix,
    NO_SECCOMP,
  );
  assert.deepEqual(seen.replies, ["EAGAIN", "EMFILE", "EPERM"]);
  for (
    const limit of ["file size", "core file size", "processes", "locked memory"]
  ) assert.match(seen.limits, new RegExp(`^Max ${limit} +0 +0 `, "m"));
});

testBoth("the limit of the file size alone kills a calf that writes a file", (prefix) => {
  const seen = run(
    [
      CLOSE_STDIN,
      { do: "syscall", call: [MEMFD_CREATE, "name", 0] },
      { do: "syscall", call: [WRITE, 0, "text", 4] },
    ],
    prefix,
    NO_SECCOMP,
  );
  assert.deepEqual([seen.replies, seen.exit], [[0, 0], { signal: SIGXFSZ }]);
});

testBoth("no_new_privs does not depend on seccomp", (prefix) => {
  const seen = run([{ frame: 60 }], prefix, NO_SECCOMP);
  assert.deepEqual([seen.status.Seccomp, seen.status.NoNewPrivs], ["0", "1"]);
});

testBoth("revoked permissions alone refuse what Deno offers", (prefix) => {
  // With it, Deno would go on opening files (see CALF_WITH_NAMED_PERMISSIONS).
  assert(!PERMISSIONS.includes("--allow-all"));
  const refused = ["read", "write", "net", "env", "sys", "run", "dlopen"];
  const seen = run(
    [...refused, "granted"].map((what) => ({ do: "javascript", what })),
    prefix,
    { except: ["seccomp", "landlock", "empty-root", "rlimits"] },
    CALF_WITH_NAMED_PERMISSIONS,
  );
  assert.deepEqual(seen.replies, [...refused.map(() => "NotCapable"), []]);
});

test("no-dump alone keeps processes of the same user out", () => {
  const steps: Step[] = [{ intrude: true }];
  const refused = { owner: 0, memory: "EACCES", trace: "EPERM" };
  assert.deepEqual(run([{ frame: 60 }, ...steps], UNPRIVILEGED).replies, [60, refused]);
  // Without this layer the kernel lets them in, so it is this layer that is tested.
  const open = run([{ frame: 60 }, ...steps], UNPRIVILEGED, { except: ["no-dump"] });
  const own = Deno.uid() || 12345;
  assert.deepEqual(open.replies, [60, { owner: own, memory: "0", trace: "0" }]);
});

testBoth("a calf that looks at nothing is killed when priv is", (prefix) => {
  const pid = runUntilParentDies([{ do: "spin" }], prefix);
  let fd: number;
  try {
    fd = pidfdOpen(pid);
  } catch (error) {
    assert(error instanceof ErrnoError && error.code === Errno.ESRCH);
    return;
  }
  const poll = new PollSet();
  poll.add(fd);
  const ended = poll.wait(10_000) === 1;
  closeFd(fd);
  if (!ended) killProcess(pid, SIGKILL);
  assert(ended);
});

test("an ordinary user's calf has namespaces, no capability and no other descriptor", () => {
  const [program, ...args] = [...UNPRIVILEGED, "unshare", "--user", "--net", "true"];
  if (!new Deno.Command(program, { args }).outputSync().success) {
    return console.log("SKIP: no user namespaces");
  }
  // Otherwise only root could look.
  const seen = run([{ frame: 60 }], UNPRIVILEGED, { except: ["no-dump"] });
  assertNeverOptional(seen);
  assert.deepEqual(seen.namespaces, ["user", "net", "mnt", "ipc", "uts", "cgroup", "pid"]);
  assert.deepEqual(seen.descriptors, [0, 1, 2, 3, 4]);
  assert.equal(BigInt(`0x${seen.status.CapBnd}`), 0n);
  assert.match(seen.mounts, /^\S+ \S+ \S+ \/ \/ ro,nosuid,nodev,noexec\S* - tmpfs .*\n$/);
});

test("confine() changes the ids before it enters a user namespace, where none is mapped", () => {
  const granted = "+net_admin,+net_raw,+setuid,+setgid,+setpcap";
  const seen = run([{ frame: 60 }], [
    ...["setpriv", "--groups=7,8", `--bounding-set=-all,${granted}`, `--inh-caps=-all,${granted}`],
  ]);
  assertNeverOptional(seen);
  for (const ids of ["Uid", "Gid"]) assert.equal(seen.status[ids], Array(4).fill(65534).join("\t"));
  assert.equal(seen.status.Groups, "");
  assert.equal(BigInt(`0x${seen.status.CapBnd}`), 0n);
  assert.deepEqual(layers(seen, "no"), []);
}, true);

/** Runs "$@" in a directory that is no mount point, with the machine's files and a /proc. */
const CHROOT = `
  mount --rbind / "$0/all" && mount -t proc proc "$0/proc" || exit
  mount --make-shared "$0/proc"
  exec chroot "$0" "$@"`;

test("confine() empties the root of a chroot whose / is no mount point", () => {
  withFolder((path) => {
    for (const name of ["all", "proc"]) Deno.mkdirSync(`${path}/${name}`);
    const project = CALF.split("/")[1];
    for (const name of new Set(["bin", "etc", "dev", "lib", "lib64", "usr", project])) {
      Deno.symlinkSync(`all/${name}`, `${path}/${name}`);
    }
    const shell = ["unshare", "--mount", "sh", "-c", CHROOT, path];
    const seen = run([{ frame: 60 }], shell);
    assertNeverOptional(seen);
    assert.match(seen.log, /, empty-root yes \(chroot\), /);
    // Had the mount come through to the parent's namespace, the parent had seen none of this.
    assert.match(seen.mounts, /^\S+ \S+ \S+ \/ \/ ro,nosuid,nodev,noexec\S* - tmpfs .*\n$/);
    const tries: Step[] = ["/etc/passwd", "/../etc/passwd", "/all/etc/passwd", "/proc/1/root/etc"]
      .map((name) => ({ do: "syscall", call: [OPEN, name, 0] }));
    const inside = run([CLOSE_STDIN, ...tries], shell, { except: ["seccomp", "landlock"] });
    assert.deepEqual(inside.replies.slice(1), tries.map(() => "ENOENT"));
  });
}, true);

test("confine() keeps the other layers when one that is not essential fails", () => {
  const essential = ["descriptors", "no-new-privs", "capabilities", "seccomp"];
  const optional = layers(run([], CONTAINER), "yes").filter((layer) => !essential.includes(layer));
  assert(optional.length >= 5);
  for (const layer of optional) {
    const seen = run([{ frame: 60 }], CONTAINER, { failing: [layer] });
    assert.deepEqual([seen.exit, seen.replies], [{ exitCode: 0 }, [60]], layer);
    assert(layers(seen, "no").includes(layer), layer);
    assert.equal(seen.status.Seccomp, "2");
  }
}, true);
