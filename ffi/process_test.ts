import assert from "node:assert/strict";
import { Errno, ErrnoError } from "./errno.ts";
import { closeFd, O_RDWR, openFd } from "./fd.ts";
import { PollSet } from "./poll.ts";
import {
  type Exit,
  getEffectiveUser,
  getParentPid,
  getPid,
  isExecutableDeleted,
  killProcess,
  pidfdOpen,
  reap,
  setUmask,
  signalName,
} from "./process.ts";
import { Signal } from "./signal.ts";
import { spawnSelf } from "./spawn.ts";

const failsWith = (code: number) => (error: unknown) =>
  error instanceof ErrnoError && error.code === code;

/** Starts `deno eval` with code that sees process.ts as `p`; its output goes nowhere. */
function start(code: string): number {
  const url = JSON.stringify(import.meta.resolve("./process.ts"));
  const none = openFd("/dev/null", O_RDWR, 0);
  try {
    return spawnSelf(
      ["deno", "eval", "--no-check", `import * as p from ${url}; ${code}`],
      Object.entries(Deno.env.toObject()).map(([name, value]) => `${name}=${value}`),
      [none, none, none],
    );
  } finally {
    closeFd(none);
  }
}

/** Waits for the end of a child by its pidfd, and reaps it. */
function end(pid: number): Exit | null {
  const fd = pidfdOpen(pid);
  const set = new PollSet();
  set.add(fd);
  try {
    assert.equal(set.wait(60_000), 1);
    return reap(pid);
  } finally {
    closeFd(fd);
  }
}

Deno.test("getPid(), getParentPid() and getEffectiveUser() agree with Deno", () => {
  assert.equal(getPid(), Deno.pid);
  assert.equal(getParentPid(), Deno.ppid);
  assert.equal(getEffectiveUser(), Deno.uid());
});

Deno.test("exitNow() ends the process with the code, without exit handlers", () => {
  const pid = start(`
    globalThis.addEventListener("unload", () => Deno.exit(9));
    p.exitNow(37);`);
  assert.deepEqual(end(pid), { exitCode: 37 });
  assert.throws(() => reap(pid), failsWith(Errno.ECHILD));
});

Deno.test("reap() gives null while the child runs, and the signal that killProcess() sent", () => {
  const pid = start(`setInterval(() => {}, 1000);`);
  assert.equal(reap(pid), null);
  killProcess(pid, 0);
  killProcess(pid, Signal.SIGKILL);
  assert.deepEqual(end(pid), { signal: Signal.SIGKILL });
  assert.throws(() => killProcess(pid, 0), failsWith(Errno.ESRCH));
  assert.throws(() => pidfdOpen(pid), failsWith(Errno.ESRCH));
});

Deno.test("killProcess(), reap() and pidfdOpen() refuse a number that means a group", () => {
  for (const pid of [0, -1, NaN]) {
    assert.throws(() => killProcess(pid, 0), RangeError);
    assert.throws(() => reap(pid), RangeError);
    assert.throws(() => pidfdOpen(pid), RangeError);
  }
});

Deno.test("setDumpable(), setParentDeathSignal() and setNoNewPrivileges() change this process", () => {
  const pid = start(`
    const libc = Deno.dlopen("libc.so.6", {
      prctl: { parameters: ["i32", "buffer", "u64", "u64", "u64"], result: "i32" },
    }).symbols;
    const get = (option) => libc.prctl(option, null, 0n, 0n, 0n);
    const deathSignal = () => {
      const out = new Int32Array(1);
      libc.prctl(2, out, 0n, 0n, 0n);
      return out[0];
    };
    const before = [get(3), get(39), deathSignal()];
    p.setDumpable(false);
    p.setNoNewPrivileges();
    p.setParentDeathSignal(${Signal.SIGTERM});
    const after = [get(3), get(39), deathSignal()];
    p.setDumpable(true);
    let refused = false;
    try { p.setParentDeathSignal(1000); } catch { refused = true; }
    p.exitNow(
      before.join() === "1,0,0" && after.join() === "0,1,15" && get(3) === 1 && refused ? 0 : 1,
    );`);
  assert.deepEqual(end(pid), { exitCode: 0 });
});

Deno.test("signalName() names a signal, and numbers one without a name", () => {
  assert.equal(signalName(15), "SIGTERM");
  assert.equal(signalName(31), "SIGSYS");
  assert.equal(signalName(40), "signal 40");
});

Deno.test("setUmask() sets the mask and gives the one before", () => {
  const before = setUmask(0o27);
  try {
    assert.equal(Deno.umask(), 0o27);
    assert.equal(setUmask(0o22), 0o27);
  } finally {
    setUmask(before);
  }
});

Deno.test("isExecutableDeleted() gives true once the file of the program has been replaced", () => {
  const directory = Deno.makeTempDirSync();
  const copy = `${directory}/deno`;
  Deno.copyFileSync(Deno.execPath(), copy);
  const url = import.meta.resolve("./process.ts");
  const code = `const { isExecutableDeleted } = await import(${JSON.stringify(url)});
    const before = isExecutableDeleted();
    Deno.copyFileSync(${JSON.stringify(copy)}, ${JSON.stringify(`${copy}.new`)});
    Deno.renameSync(${JSON.stringify(`${copy}.new`)}, ${JSON.stringify(copy)});
    console.log(before, isExecutableDeleted());`;
  try {
    const { stdout } = new Deno.Command(copy, { args: ["eval", "--no-check", code] }).outputSync();
    assert.equal(new TextDecoder().decode(stdout), "false true\n");
  } finally {
    Deno.removeSync(directory, { recursive: true });
  }
  assert.equal(isExecutableDeleted(), false);
});
