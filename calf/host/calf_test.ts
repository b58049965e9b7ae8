import assert from "node:assert/strict";
import { decodeRequest } from "../../priv/kv/codec.ts";
import { PlainText } from "../../schema/text_values.ts";
import type { Step } from "./calf_fixture.ts";
import {
  assertNeverOptional,
  CONTAINER,
  layers,
  run,
  test,
  UNPRIVILEGED,
} from "./testing/run_calf.ts";

test("confine() puts up every layer for root", () => {
  const seen = run([{ frame: 60 }], ["setpriv", "--groups=7,8"]);
  assertNeverOptional(seen);
  assert.deepEqual(layers(seen, "no").filter((layer) => layer !== "landlock"), ["user-ns"]);
  assert.equal(seen.status.Uid, "65534\t65534\t65534\t65534");
  assert.equal(seen.status.Gid, "65534\t65534\t65534\t65534");
  assert.equal(seen.status.Groups, "");
  assert.equal(BigInt(`0x${seen.status.CapBnd}`), 0n);
  assert.deepEqual(seen.namespaces, ["net", "mnt", "ipc", "uts", "cgroup", "pid"]);
  assert.deepEqual(seen.descriptors, [0, 1, 2, 3, 4]);
  assert.deepEqual(seen.writableCode, []);
  assert.match(seen.mounts, /^\S+ \S+ \S+ \/ \/ ro,nosuid,nodev,noexec\S* - tmpfs .*\n$/);
  for (
    const [limit, value] of [
      ["file size", 0],
      ["core file size", 0],
      ["processes", 0],
      ["locked memory", 0],
      ["open files", 5],
      ["data size", 96 << 20],
    ]
  ) assert.match(seen.limits, new RegExp(`^Max ${limit} +${value} +${value} `, "m"));
}, true);

test("confine() does with NET_ADMIN and NET_RAW only, as in a container", () => {
  assertNeverOptional(run([{ frame: 60 }], CONTAINER));
}, true);

test("confine() does without any privilege", () => {
  assertNeverOptional(run([{ frame: 60 }], UNPRIVILEGED));
});

test("confine() reports the namespaces it cannot have, and holds the rest", () => {
  const limit = 'echo 0 > /proc/sys/user/max_user_namespaces; exec "$@"';
  const seen = run([{ frame: 60 }], [
    ...["unshare", "--user", "--map-root-user", "sh", "-c", limit, "-"],
    ...CONTAINER,
  ]);
  assertNeverOptional(seen);
  const missing = layers(seen, "no");
  for (const layer of ["user-ns", "net-ns", "mount-ns", "empty-root", "bounding-set", "ids"]) {
    assert(missing.includes(layer), layer);
  }
}, true);

test("a calf tells priv its layers once, in the words of the log", () => {
  const seen = run([{ frame: 60 }, { listen: true }, { frame: 61 }], [], { failing: ["rlimits"] });
  assert.deepEqual([seen.exit, seen.replies], [{ exitCode: 0 }, [60, 61]]);
  assert.equal(seen.told.length, 1);
  const request = decodeRequest(Uint8Array.from(seen.told[0]));
  assert(request.ok && request.value.operation === "write");
  const [{ path, text }] = request.value.changes;
  assert.equal(path, "/sandbox/layers");
  assert(PlainText.parse(text ?? "").ok);
  const words = (text ?? "").split(" ").map((word) => word.replace(/=[0-9]+$/, ""));
  const own: Record<string, string> = { "no-new-privs": "no_new_privs", "no-dump": "undumpable" };
  const expected = (held: "yes" | "no") => layers(seen, held).map((layer) => own[layer] ?? layer);
  assert.deepEqual(words.filter((word) => !word.startsWith("no-")), expected("yes"));
  const missing = words.filter((word) => word.startsWith("no-")).map((word) => word.slice(3));
  const notNeeded = /user-ns no \(not needed\)/.test(seen.log);
  assert.deepEqual(missing, expected("no").filter((word) => word !== "user-ns" || !notNeeded));
  assert(missing.includes("rlimits"));
  // Were all missing, the value would still be a PlainText.
  assert(words.map((word) => `no-${word}`).join(" ").length + "no-user-ns ".length <= 255);
});

test("a calf answers frames and orders, and survives a garbage collector at work", () => {
  const seen = run([
    { frame: 14 },
    { do: "churn", rounds: 5 },
    { frame: 1514 },
    { do: "churn", rounds: 5 },
    { frame: 9216 },
  ]);
  assertNeverOptional(seen);
  assert.deepEqual(seen.replies, [14, 5, 1514, 5, 9216]);
});

test("a calf drops what is too long, and says so", () => {
  const seen = run([{ frame: 9217 }, { message: 16385 }, { frame: 60 }, { frame: 61 }]);
  assert.deepEqual(seen.replies, [60, 61]);
  assert.deepEqual(seen.exit, { exitCode: 0 });
  assert.match(seen.log, /^<7>net: dropped a message of more than 9216 bytes$/m);
  assert.match(seen.log, /^<7>ctl: dropped a message of more than 16384 bytes$/m);
});

test("V8Host.log() lets nothing through that could pass for another record", () => {
  assert.match(run([]).log, /^<6>started\?<0>caf\?\?$/m);
});

test("a calf goes on after SIGSTOP and SIGCONT", () => {
  const steps: Step[] = [{ frame: 60 }, { signal: 19 }, { signal: 18 }, { frame: 61 }];
  assertNeverOptional(run(steps));
});

test("runCalf() ends with 70 and says why when the service throws", () => {
  const seen = run([{ do: "throw" }]);
  assert.deepEqual(seen.exit, { exitCode: 70 });
  assert.match(seen.log, /^<3>calf failed: TypeError: told to\?throw .*$/m);
});

test("confine() limits memory so that too much of it throws a RangeError", () => {
  const seen = run([{ do: "javascript", what: "memory" }, { frame: 60 }]);
  assert.deepEqual(seen.replies, ["RangeError", 60]);
});

for (const what of ["read", "dlopen", "pointer", "env", "run"]) {
  test(`a calf is killed, or refused by Deno, for ${what} in JavaScript`, () => {
    const seen = run([{ do: "javascript", what }]);
    assert(
      "signal" in seen.exit && seen.exit.signal === 31 || seen.replies[0] === "NotCapable",
      JSON.stringify(seen.replies),
    );
  });
}

test("a calf has no WebAssembly", () => {
  assert.deepEqual(run([{ do: "javascript", what: "WebAssembly" }]).replies, ["undefined"]);
});

// Numbers of asm/unistd_64.h. A 0 for an address fails with EFAULT where the call is allowed.
const FORBIDDEN: [name: string, ...call: number[]][] = [
  ["open", 2, 0, 0],
  ["openat", 257, -100, 0, 0],
  ["read", 0, 3, 0, 0],
  ["write to the net channel", 1, 3, 0, 0],
  ["write to the ctl channel", 1, 4, 0, 0],
  ["write to stdin", 1, 0, 0, 0],
  ["close", 3, 3],
  ["dup", 32, 3],
  ["fcntl", 72, 3, 3],
  ["ioctl", 16, 3, 0, 0],
  ["socket", 41, 2, 1, 0],
  ["sendto with MSG_OOB", 44, 3, 0, 0, 1, 0, 0],
  ["sendto with an address", 44, 3, 0, 0, 0, 4096, 16],
  ["sendto the log", 44, 1, 0, 0, 0, 0, 0],
  ["sendmsg", 46, 3, 0, 0],
  ["recvfrom with MSG_PEEK", 45, 4, 0, 0, 2, 0, 0],
  ["recvmsg (SCM_RIGHTS)", 47, 4, 0, 0],
  ["ppoll of three", 271, 0, 3, 0, 0, 8],
  ["mmap PROT_EXEC", 9, 0, 4096, 7, 0x22, -1, 0],
  ["mmap MAP_SHARED", 9, 0, 4096, 3, 0x21, -1, 0],
  ["mmap of a file", 9, 0, 4096, 1, 0x02, 3, 0],
  ["mprotect PROT_EXEC", 10, 0, 4096, 4],
  ["madvise MADV_HUGEPAGE", 28, 0, 0, 14],
  ["clock_gettime of another process", 228, -6, 0],
  ["fork", 57],
  ["clone", 56, 0, 0, 0, 0, 0],
  ["clone3", 435, 0, 0],
  ["execve", 59, 0, 0, 0],
  ["kill", 62, 1, 0],
  ["ptrace", 101, 0, 0, 0, 0],
  ["process_vm_readv", 310, 1, 0, 0, 0, 0],
  ["prctl", 157, 3, 0, 0, 0, 0],
  ["seccomp", 317, 0, 0, 0],
  ["unshare", 272, 0],
  ["setresuid", 117, 0, 0, 0],
  ["io_uring_setup", 425, 1, 0],
  ["bpf", 321, 0, 0, 0],
  ["userfaultfd", 323, 0],
  ["memfd_create", 319, 0, 0],
  ["rt_sigaction", 13, 11, 0, 0, 8],
  ["getpid of the x32 ABI", 0x4000_0027],
];

for (const [name, ...call] of FORBIDDEN) {
  test(`a calf is killed for ${name}`, () => {
    const seen = run([{ do: "syscall", call }]);
    assert.deepEqual([seen.exit, seen.replies], [{ signal: 31 }, []]);
  });
}

test("a calf may make the calls that V8 needs", () => {
  const calls = [
    [39], // getpid
    [186], // gettid
    [12, 0], // brk
    [318, 0, 0, 0], // getrandom
    [28, 0, 0, 4], // madvise MADV_DONTNEED
    [28, 0, 0, 10], // madvise MADV_DONTFORK
    [9, 0, 4096, 3, 0x22, -1, 0], // mmap
    [10, 0, 0, 3], // mprotect
    [11, 0, 0], // munmap: EINVAL
    [228, 1, 0], // clock_gettime: EFAULT
    [1, 2, 0, 0], // write to stderr
  ];
  const seen = run(calls.map((call) => ({ do: "syscall", call })));
  assertNeverOptional(seen);
  assert.equal(seen.replies.length, calls.length);
});
