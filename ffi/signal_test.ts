import assert from "node:assert/strict";
import { check, Errno, ErrnoError } from "./errno.ts";
import { closeFd, pipe } from "./fd.ts";
import { PollSet } from "./poll.ts";
import { getPid } from "./process.ts";
import { blockSignals, openSignalFd, readSignal, setDefaultAction, Signal } from "./signal.ts";

// A signal to the process would go to any thread of `deno test`; one to this very thread, with this
// thread's mask, shows the same without chance.
const libc = Deno.dlopen("libc.so.6", {
  gettid: { parameters: [], result: "i32" },
  tgkill: { parameters: ["i32", "i32", "i32"], result: "i32" },
  pthread_sigmask: { parameters: ["i32", "buffer", "buffer"], result: "i32" },
}).symbols;
const SIG_SETMASK = 2;

const raise = (signal: number) => check(libc.tgkill(getPid(), libc.gettid(), signal), "tgkill");

/** Runs a test and puts this thread's signal mask back. */
function withOldMask(use: () => void): void {
  const old = new Uint8Array(128);
  assert.equal(libc.pthread_sigmask(0, null, old), 0);
  try {
    use();
  } finally {
    assert.equal(libc.pthread_sigmask(SIG_SETMASK, old, null), 0);
  }
}

Deno.test("readSignal() gives the signals sent while blocked, then null", () => {
  withOldMask(() => {
    blockSignals([Signal.SIGUSR1, Signal.SIGUSR2]);
    const fd = openSignalFd([Signal.SIGUSR1, Signal.SIGUSR2]);
    const set = new PollSet();
    set.add(fd);
    try {
      assert.equal(readSignal(fd), null);
      assert.equal(set.wait(0), 0);
      raise(Signal.SIGUSR2);
      assert.equal(set.wait(-1), 1);
      assert.equal(readSignal(fd), Signal.SIGUSR2);
      raise(Signal.SIGUSR1);
      assert.equal(readSignal(fd), Signal.SIGUSR1);
      assert.equal(readSignal(fd), null);
      assert.equal(set.wait(0), 0);
    } finally {
      closeFd(fd);
    }
  });
});

Deno.test("openSignalFd() leaves alone a blocked signal that it was not asked for", () => {
  withOldMask(() => {
    blockSignals([Signal.SIGUSR1]);
    blockSignals([Signal.SIGUSR2]); // adds to the first
    const first = openSignalFd([Signal.SIGUSR1]);
    const second = openSignalFd([Signal.SIGUSR2]);
    try {
      raise(Signal.SIGUSR2);
      raise(Signal.SIGUSR1);
      assert.equal(readSignal(first), Signal.SIGUSR1);
      assert.equal(readSignal(first), null);
      assert.equal(readSignal(second), Signal.SIGUSR2);
    } finally {
      closeFd(first);
      closeFd(second);
    }
  });
});

Deno.test("blockSignals() blocks exactly the signals named", () => {
  withOldMask(() => {
    const mask = () =>
      BigInt(
        "0x" + /^SigBlk:\s*(\w+)$/m.exec(Deno.readTextFileSync("/proc/thread-self/status"))![1],
      );
    const before = mask();
    blockSignals([Signal.SIGHUP, Signal.SIGCHLD, 64]);
    assert.equal(mask(), before | 1n << 0n | 1n << 16n | 1n << 63n);
  });
});

Deno.test("blockSignals() and openSignalFd() throw when given what is no signal number", () => {
  for (const bad of [0, -1, 65, NaN]) {
    assert.throws(() => blockSignals([bad]), RangeError);
    assert.throws(() => openSignalFd([bad]), RangeError);
  }
});

Deno.test("readSignal() throws when the descriptor is not open", () => {
  const [read, write] = pipe();
  closeFd(read);
  closeFd(write);
  assert.throws(
    () => readSignal(-1),
    (error) => error instanceof ErrnoError && error.code === Errno.EBADF,
  );
});

Deno.test("setDefaultAction() ends that an inherited signal is ignored", () => {
  const url = import.meta.resolve("./signal.ts");
  const code = `const { setDefaultAction } = await import(${JSON.stringify(url)});
    const ignored = () => /^SigIgn:\\s*(\\w+)$/m.exec(Deno.readTextFileSync("/proc/self/status"))[1];
    const isIgnored = () => BigInt("0x" + ignored()) >> 16n & 1n;
    const before = isIgnored();
    setDefaultAction(${Signal.SIGCHLD});
    console.log(before, isIgnored());`;
  const { stdout, stderr } = new Deno.Command("env", {
    args: ["--ignore-signal=CHLD", Deno.execPath(), "eval", "--no-check", code],
  }).outputSync();
  assert.equal(new TextDecoder().decode(stdout), "1n 0n\n", new TextDecoder().decode(stderr));
});

Deno.test("setDefaultAction() throws when given what is no signal number", () => {
  assert.throws(
    () => setDefaultAction(0),
    (error) => error instanceof ErrnoError && error.code === Errno.EINVAL,
  );
});
