import assert from "node:assert/strict";
import { sendDescriptors } from "../../ffi/descriptor_message.ts";
import { Errno, ErrnoError } from "../../ffi/errno.ts";
import { closeFd, pipe, readFd } from "../../ffi/fd.ts";
import { PollSet } from "../../ffi/poll.ts";
import { killProcess, pidfdOpen, reap } from "../../ffi/process.ts";
import { readProc } from "../../ffi/proc.ts";
import { receive, seqpacketPair } from "../../ffi/socket.ts";
import { spawnProgram } from "../../ffi/spawn.ts";
import { assemble, SPAWNER } from "../../linuxkit/build/assemble.ts";
import { testWith } from "../../tests/support/requirements.ts";
import { SPAWNER_PROGRAM } from "./program.ts";
import { Spawner, SpawnerGoneError, spawnerProgram, spawnSpawner } from "./spawner.ts";

const decoder = new TextDecoder();

function waitForEnd(pid: number): void {
  const poll = new PollSet();
  const fd = pidfdOpen(pid);
  try {
    poll.add(fd);
    assert.equal(poll.wait(60_000), 1, "the process ends");
  } finally {
    closeFd(fd);
  }
}

/** The words of a command line: vfork(2) returns while execve(2) is still about to write them. */
function words(pid: number): string[] {
  for (let i = 0; i < 100_000; i++) {
    const text = readProc(`/proc/${pid}/cmdline`);
    if (text !== "") return text.split("\0").slice(0, -1);
  }
  throw new Error(`process ${pid} has no command line`);
}

/** Waits until a spawner has its name. */
function waitForName(pid: number): void {
  for (let i = 0; i < 100_000; i++) {
    if (readProc(`/proc/${pid}/comm`) === "dhcp-spawner\n") return;
  }
  throw new Error(`process ${pid} has another name`);
}

/** The calf here is this test's Deno, which knows no such mode and says so. */
function withCalf(
  name: string,
  body: (spawner: Spawner, pid: number, log: number, net: number) => void,
): void {
  const spawner = Spawner.start();
  const [log, itsLog] = pipe();
  const [net, itsNet] = seqpacketPair();
  const [ctl, itsCtl] = seqpacketPair();
  try {
    const pid = spawner.startCalf(name, { net: itsNet, ctl: itsCtl, log: itsLog });
    for (const fd of [itsLog, itsNet, itsCtl]) closeFd(fd);
    body(spawner, pid, log, net);
  } finally {
    spawner.close();
    for (const fd of [log, net, ctl]) closeFd(fd);
  }
}

testWith(["binutils"], "spawner.s gives program.ts", async () => {
  assert.equal(await assemble(SPAWNER), SPAWNER_PROGRAM, "run deno task generate");
});

Deno.test("the spawner starts this executable as a calf, with the descriptors it was given", () => {
  withCalf("eth0", (spawner, pid, log, net) => {
    assert.deepEqual(words(pid), ["mirage-dhcp", "--mode=calf", "--", "eth0"]);
    const parent = /^PPid:\t(\d+)$/m.exec(readProc(`/proc/${pid}/status`))?.[1];
    assert.equal(Number(parent), spawner.pid);
    assert.equal(Deno.realPathSync(`/proc/${pid}/exe`), Deno.realPathSync("/proc/self/exe"));
    assert.equal(readProc(`/proc/${pid}/environ`), "");
    waitForEnd(pid);
    const text = new Uint8Array(4096);
    const length = readFd(log, text);
    assert.match(decoder.decode(text.subarray(0, length)), /error/, "1 and 2 are the log");
    // Nobody has the other end any more: neither the calf nor, but for a moment, the spawner.
    const end = spawner.wait(pid);
    assert.ok(end !== null && "exitCode" in end && end.exitCode !== 0);
    assert.equal(receive(net, new Uint8Array(1)), 0);
  });
});

Deno.test("a calf has the descriptors 0 to 4 and no other", () => {
  withCalf("eth0", (_, pid) => {
    words(pid); // execve(2) is over
    const fds = () => [...Deno.readDirSync(`/proc/${pid}/fd`)].map(({ name }) => Number(name));
    const target = (fd: number): string => Deno.readLinkSync(`/proc/${pid}/fd/${fd}`);
    assert.deepEqual(fds().filter((fd) => fd <= 4).sort(), [0, 1, 2, 3, 4]);
    assert.match(target(0), /^pipe:/);
    assert.notEqual(target(0), target(1));
    assert.match(target(1), /^pipe:/);
    assert.equal(target(1), target(2));
    assert.match(target(3), /^socket:/);
    assert.match(target(4), /^socket:/);
    assert.notEqual(target(3), target(4));
    const links = fds().map((fd) => target(fd));
    assert.equal(links.includes(Deno.realPathSync("/proc/self/exe")), false, links.join());
  });
});

Deno.test("an interface's name is never an option, nor longer than an interface's", () => {
  withCalf("--mode=priv", (_, pid) => {
    assert.deepEqual(words(pid).slice(1), ["--mode=calf", "--", "--mode=priv"]);
  });
  withCalf("a".repeat(40), (_, pid) => {
    assert.equal(words(pid)[3], "a".repeat(15));
  });
});

Deno.test("the spawner kills calves, and nothing else", () => {
  withCalf("eth0", (spawner, pid) => {
    spawner.kill(pid);
    waitForEnd(pid);
    assert.deepEqual(spawner.wait(pid), { signal: 9 });
    for (const call of [() => spawner.kill(pid), () => spawner.wait(pid)]) {
      assert.throws(call, (error) => error instanceof ErrnoError && error.code === Errno.ECHILD);
    }
    const stranger = spawnProgram("/bin/sleep", ["sleep", "60"], [], []);
    try {
      for (const other of [stranger, spawner.pid, Deno.pid, 1]) {
        assert.throws(() => spawner.kill(other), /Cannot kill a calf: ECHILD/, `${other}`);
      }
      for (const group of [0, -1, -stranger]) {
        assert.throws(() => spawner.kill(group), /Cannot kill a calf: EINVAL/, `${group}`);
        assert.throws(() => spawner.wait(group), /Cannot wait for a calf: EINVAL/, `${group}`);
      }
      killProcess(stranger, 0); // it is still there
    } finally {
      killProcess(stranger, 9);
      waitForEnd(stranger);
      reap(stranger);
    }
  });
});

Deno.test("the spawner tells that a calf still runs", () => {
  withCalf("eth0", (spawner, pid) => {
    killProcess(pid, 19); // SIGSTOP
    assert.equal(spawner.wait(pid), null);
    spawner.kill(pid);
    waitForEnd(pid);
    assert.deepEqual(spawner.wait(pid), { signal: 9 });
  });
});

Deno.test("calves and spawner are gone when priv closes the channel", () => {
  const spawner = Spawner.start();
  spawner.close();
  waitForEnd(spawner.pid);
  assert.throws(() => spawner.kill(1), SpawnerGoneError);
});

Deno.test("a spawner that has been killed is reported", () => {
  const spawner = Spawner.start();
  killProcess(spawner.pid, 9);
  waitForEnd(spawner.pid);
  assert.throws(() => spawner.wait(1), SpawnerGoneError);
  spawner.close();
});

/** What a priv that has been taken over may send. */
Deno.test("the spawner answers EINVAL to what it does not know, starts nothing, and goes on", () => {
  const program = spawnerProgram();
  const [own, its] = seqpacketPair();
  const [reading, writing] = pipe();
  const poll = new PollSet();
  try {
    const pid = spawnSpawner([reading, its, program], program);
    closeFd(its);
    poll.add(own);
    const ask = (message: Uint8Array, fds: readonly number[]): number => {
      assert.equal(sendDescriptors(own, message, fds), message.length);
      assert.equal(poll.wait(10_000), 1);
      const answer = new Int32Array(2);
      assert.equal(receive(own, new Uint8Array(answer.buffer)), 8);
      return answer[0];
    };
    const request = (what: number, length = 24): Uint8Array => {
      const message = new Uint8Array(length);
      message[0] = what;
      return message;
    };
    for (const what of [0, 4, 255]) assert.equal(ask(request(what), []), -Errno.EINVAL, `${what}`);
    for (const length of [1, 8, 23]) {
      assert.equal(
        ask(request(1, length), [reading, reading, reading]),
        -Errno.EINVAL,
        `${length}`,
      );
    }
    for (const count of [0, 1, 2]) {
      const fds = Array.from({ length: count }, () => reading);
      assert.equal(ask(request(1), fds), -Errno.EINVAL, `${count} descriptors`);
    }
    const count = () => [...Deno.readDirSync(`/proc/${pid}/fd`)].length;
    // What came along is closed before the next request is taken.
    assert.equal(ask(request(0), Array.from({ length: 20 }, () => reading)), -Errno.EINVAL);
    assert.equal(ask(request(3), []), -Errno.EINVAL, "waits for no process 0");
    assert.equal(count(), 3);
    assert.equal(readProc(`/proc/${pid}/task/${pid}/children`), "");
  } finally {
    for (const fd of [own, reading, writing, program]) closeFd(fd);
  }
});

Deno.test("the spawner has one page of code, none that can be written and executed", () => {
  const spawner = Spawner.start();
  try {
    waitForName(spawner.pid); // its first two system calls are over
    const maps = readProc(`/proc/${spawner.pid}/maps`).trim().split("\n");
    const own = maps.filter((line) => !/\[(vdso|vvar|vvar_vclock|vsyscall)\]$/.test(line));
    assert.equal(own.length, 2, maps.join("\n"));
    assert.match(own[0], / r-xp .*dhcp-spawner/);
    assert.match(own[1], / rw-p .*\[stack\]/);
    assert.match(readProc(`/proc/${spawner.pid}/status`), /^NoNewPrivs:\t1$/m);
  } finally {
    spawner.close();
  }
});
