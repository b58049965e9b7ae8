import assert from "node:assert/strict";
import { check, Errno, ErrnoError } from "./errno.ts";
import { closeFd, O_RDWR, openFd, pipe, readFd } from "./fd.ts";
import { PollSet } from "./poll.ts";
import { killProcess, pidfdOpen, reap } from "./process.ts";
import { Signal } from "./signal.ts";
import { spawnDetached, spawnProgram, spawnSelf } from "./spawn.ts";

const libc = Deno.dlopen("libc.so.6", {
  dup: { parameters: ["i32"], result: "i32" },
  pthread_sigmask: { parameters: ["i32", "buffer", "buffer"], result: "i32" },
  signal: { parameters: ["i32", "usize"], result: "usize" },
}).symbols;

const linkOf = (fd: number) => Deno.readLinkSync(`/proc/self/fd/${fd}`);

/** The descriptors of this process that are open on a file; other tests may run meanwhile. */
function openOn(link: string): number[] {
  return [...Deno.readDirSync("/proc/self/fd")].map(({ name }) => Number(name)).filter((fd) => {
    try {
      return linkOf(fd) === link;
    } catch {
      return false; // closed since
    }
  }).sort((a, b) => a - b);
}

/** Runs `deno eval` by spawnSelf() and gives what it wrote to descriptor 1, as JSON. */
function run(code: string, env: string[], more: number[] = []): unknown {
  const none = openFd("/dev/null", O_RDWR, 0);
  const [read, write] = pipe();
  let pid: number;
  try {
    pid = spawnSelf(["deno", "eval", "--no-check", code], env, [none, write, write, ...more]);
  } finally {
    closeFd(none);
    closeFd(write);
  }
  let text = "";
  const buffer = new Uint8Array(4096);
  for (let n; (n = readFd(read, buffer)) > 0;) {
    text += new TextDecoder().decode(buffer.subarray(0, n));
  }
  closeFd(read);
  const pidfd = pidfdOpen(pid);
  const set = new PollSet();
  set.add(pidfd);
  assert.equal(set.wait(60_000), 1);
  closeFd(pidfd);
  assert.deepEqual(reap(pid), { exitCode: 0 }, text);
  return JSON.parse(text);
}

// The child's own runtime opens descriptors too, duplicates of 0 to 2 among them, so the test asks
// what lies where.
const DESCRIPTORS = `
  const links = {};
  for (const { name } of Deno.readDirSync("/proc/self/fd")) {
    try { links[name] = Deno.readLinkSync("/proc/self/fd/" + name); } catch { /* the listing's own */ }
  }
  console.log(JSON.stringify(links));`;

Deno.test("spawnSelf() gives the child fds[i] as descriptor i, and no other of this process", () => {
  const [read, write] = pipe();
  const [otherRead, otherWrite] = pipe();
  const leak = check(libc.dup(otherWrite), "dup"); // not close-on-exec: only closefrom closes it
  try {
    const links = run(DESCRIPTORS, [], [write, read, write]) as Record<string, string>;
    assert.equal(links[0], "/dev/null");
    assert.match(links[1], /^pipe:/);
    assert.equal(links[2], links[1]);
    const passed = linkOf(read); // both ends of a pipe have one name
    const carriers = Object.keys(links).filter((fd) => links[fd] === passed);
    assert.deepEqual(carriers, ["3", "4", "5"]);
    assert.ok(!Object.values(links).includes(linkOf(leak)));
    assert.deepEqual(openOn(passed), [read, write].sort((a, b) => a - b));
  } finally {
    for (const fd of [leak, read, write, otherRead, otherWrite]) closeFd(fd);
  }
});

Deno.test("spawnSelf() keeps order when fds are numbers of the child in another order", () => {
  // 0 to 2 of this process, permuted: without the detour over high numbers one would be lost.
  const links = run(DESCRIPTORS, [], [2, 1, 0]) as Record<string, string>;
  assert.deepEqual([links[3], links[4], links[5]], [linkOf(2), linkOf(1), linkOf(0)]);
});

Deno.test("spawnSelf() gives the child exactly the environment named when there is one, or none", () => {
  const code = `console.log(JSON.stringify(
    Deno.readTextFileSync("/proc/self/environ").split("\\0").filter((s) => s !== "")));`;
  assert.deepEqual(run(code, []), []);
  assert.deepEqual(run(code, ["A=1", "B=ü 2"]), ["A=1", "B=ü 2"]);
});

Deno.test("spawnSelf() gives the child its arguments unchanged", () => {
  const code = `console.log(JSON.stringify(
    Deno.readTextFileSync("/proc/self/cmdline").split("\\0").slice(0, -1)));`;
  const argv = run(code, []) as string[];
  assert.deepEqual(argv, ["deno", "eval", "--no-check", code]);
});

Deno.test("spawnSelf() blocks in the child what others may send, and ignores nothing", () => {
  const SIG_BLOCK = 0;
  const SIG_SETMASK = 2;
  const SIG_IGN = 1n;
  const bit = 1n << BigInt(Signal.SIGUSR2 - 1);
  const old = new Uint8Array(128);
  const blocked = new Uint8Array(128);
  new DataView(blocked.buffer).setBigUint64(0, bit, true);
  const action = libc.signal(Signal.SIGUSR2, SIG_IGN);
  assert.equal(libc.pthread_sigmask(SIG_BLOCK, blocked, old), 0);
  try {
    const own = Deno.readTextFileSync("/proc/thread-self/status");
    const field = (status: string, name: string) =>
      BigInt("0x" + new RegExp(`^${name}:\\s*(\\w+)$`, "m").exec(status)![1]);
    assert.equal(field(own, "SigBlk") & bit, bit);
    assert.equal(field(own, "SigIgn") & bit, bit);
    const child = run(
      `console.log(JSON.stringify(Deno.readTextFileSync("/proc/self/status")));`,
      [],
    ) as string;
    const { SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGALRM, SIGPIPE } = Signal;
    for (const signal of [SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGALRM, SIGPIPE]) {
      assert.equal(field(child, "SigBlk") >> BigInt(signal - 1) & 1n, 1n, `signal ${signal}`);
    }
    const ownDoing = [4, 5, 6, 7, 8, 11, 24, 25, 31];
    for (const signal of ownDoing) {
      assert.equal(field(child, "SigBlk") >> BigInt(signal - 1) & 1n, 0n, `signal ${signal}`);
    }
    // Rust's start-up code ignores SIGPIPE in every process of its own accord.
    assert.equal(field(child, "SigIgn") & ~(1n << BigInt(Signal.SIGPIPE - 1)), 0n);
  } finally {
    assert.equal(libc.pthread_sigmask(SIG_SETMASK, old, null), 0);
    libc.signal(Signal.SIGUSR2, action);
  }
});

Deno.test("spawnSelf() throws EBADF and leaves nothing open when a descriptor is not open", () => {
  const [read, write] = pipe();
  const before = openOn(linkOf(read));
  assert.throws(
    () => spawnSelf(["deno", "--version"], [], [read, write, -1]),
    (error) => error instanceof ErrnoError && error.code === Errno.EBADF,
  );
  assert.deepEqual(openOn(linkOf(read)), before);
  closeFd(read);
  closeFd(write);
});

Deno.test("spawnSelf() throws E2BIG and leaves nothing open when an argument is too long", () => {
  const [read, write] = pipe();
  const before = openOn(linkOf(read));
  assert.throws(
    () => spawnSelf(["deno", "x".repeat(1 << 20)], [], [read]), // MAX_ARG_STRLEN is 128 KiB
    (error) => error instanceof ErrnoError && error.code === Errno.E2BIG,
  );
  assert.deepEqual(openOn(linkOf(read)), before);
  closeFd(read);
  closeFd(write);
});

Deno.test("spawnSelf() throws a TypeError when a string holds a zero byte", () => {
  assert.throws(() => spawnSelf(["deno\0"], [], []), TypeError);
  assert.throws(() => spawnSelf(["deno"], ["A=\0"], []), TypeError);
});

Deno.test("spawnSelf() gives a child that only SIGKILL ends", () => {
  const none = openFd("/dev/null", O_RDWR, 0);
  const pid = spawnSelf(["deno", "eval", "setInterval(() => {}, 1000)"], [], [none, none, none]);
  closeFd(none);
  for (const signal of [Signal.SIGTERM, Signal.SIGINT, Signal.SIGUSR1, Signal.SIGUSR2]) {
    killProcess(pid, signal);
  }
  const pidfd = pidfdOpen(pid);
  const set = new PollSet();
  set.add(pidfd);
  assert.equal(set.wait(500), 0);
  killProcess(pid, Signal.SIGKILL);
  assert.equal(set.wait(60_000), 1);
  closeFd(pidfd);
  assert.deepEqual(reap(pid), { signal: Signal.SIGKILL });
});

/** Waits for a child and gives how it ended. */
function wait(pid: number): ReturnType<typeof reap> {
  const pidfd = pidfdOpen(pid);
  const set = new PollSet();
  set.add(pidfd);
  assert.equal(set.wait(60_000), 1);
  closeFd(pidfd);
  return reap(pid);
}

Deno.test("spawnDetached() gives a child a session of its own, and takes signals from it", () => {
  const code = `
    const words = (await Deno.readTextFile("/proc/self/stat")).split(") ")[1].split(" ");
    const status = await Deno.readTextFile("/proc/self/status");
    console.log([words[3], /SigBlk:\\t(\\S+)/.exec(status)[1]].join());
  `;
  const none = openFd("/dev/null", O_RDWR, 0);
  const [read, write] = pipe();
  const argv = ["deno", "eval", "--no-check", code];
  const pid = spawnDetached(argv, ["NO_COLOR=1"], [none, write, write]);
  closeFd(none);
  closeFd(write);
  assert.deepEqual(wait(pid), { exitCode: 0 });
  const buffer = new Uint8Array(4096);
  const text = new TextDecoder().decode(buffer.subarray(0, readFd(read, buffer)));
  closeFd(read);
  assert.equal(text, `${pid},0000000000000000\n`);
});

Deno.test("spawnProgram() gives a program its arguments, environment, streams and group", () => {
  const none = openFd("/dev/null", O_RDWR, 0);
  const [read, write] = pipe();
  const script = 'printf "%s|" "$0" "$@" "$A" "$HOME" "$(cut -d" " -f5 /proc/$$/stat)" $$';
  const argv = ["sh", "-c", script, "zero", "$(one)", "two  three"];
  const pid = spawnProgram("/bin/sh", argv, ["A=`b` ; c", "PATH=/bin:/usr/bin"], [
    none,
    write,
    write,
  ]);
  closeFd(none);
  closeFd(write);
  assert.deepEqual(wait(pid), { exitCode: 0 });
  const buffer = new Uint8Array(4096);
  const text = new TextDecoder().decode(buffer.subarray(0, readFd(read, buffer)));
  closeFd(read);
  assert.equal(text, `zero|$(one)|two  three|\`b\` ; c||${pid}|${pid}|`);
});

Deno.test("spawnProgram() gives a child that takes signals", () => {
  const none = openFd("/dev/null", O_RDWR, 0);
  const pid = spawnProgram("/bin/sleep", ["sleep", "60"], [], [none, none, none]);
  closeFd(none);
  killProcess(pid, Signal.SIGTERM);
  assert.deepEqual(wait(pid), { signal: Signal.SIGTERM });
});

Deno.test("spawnProgram() throws when a program is missing, not executable, or no program", () => {
  const file = Deno.makeTempFileSync();
  try {
    const codeOf = (path: string) => {
      try {
        spawnProgram(path, [path], [], []);
      } catch (error) {
        return error instanceof ErrnoError ? error.code : error;
      }
    };
    assert.equal(codeOf(`${file}.missing`), Errno.ENOENT);
    assert.equal(codeOf(file), Errno.EACCES);
    Deno.writeTextFileSync(file, "echo no shell takes this\n");
    Deno.chmodSync(file, 0o755);
    assert.equal(codeOf(file), Errno.ENOEXEC);
  } finally {
    Deno.removeSync(file);
  }
});
