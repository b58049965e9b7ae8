/**
 * The program of `calf_test.ts`, compiled by it: as `calf` a confined process with services that
 * misbehave when they are told to, otherwise the parent that starts one as priv does, talks to it,
 * and prints what it saw as JSON.
 *
 * @module
 */
import { runCalf } from "./main.ts";

import { Errno, LIBC, openLibrary } from "../../ffi/errno.ts";
import { closeFd, openFd, pipe, readFd } from "../../ffi/fd.ts";
import { POLLIN, PollSet } from "../../ffi/poll.ts";
import { type Exit, killProcess, pidfdOpen, reap } from "../../ffi/process.ts";
import { receive, send, seqpacketPair } from "../../ffi/socket.ts";
import { spawnSelf } from "../../ffi/spawn.ts";
import { Host, LOG_INFO, Service } from "../sdk/host.ts";

const libc = openLibrary(LIBC, {
  syscall: {
    parameters: ["i64", "i64", "i64", "i64", "i64", "i64", "i64"],
    result: "i64",
  },
});

/** What the parent tells the calf to do, as JSON in one ctl message. */
export type Order =
  | { do: "syscall"; call: number[] }
  | { do: "churn"; rounds: number }
  | { do: "javascript"; what: string }
  | { do: "throw" };

const ATTEMPTS: Record<string, () => unknown> = {
  read: () => Deno.readTextFileSync("/etc/passwd"),
  dlopen: () => Deno.dlopen(LIBC, {}),
  pointer: () => Deno.UnsafePointer.create(4096n),
  env: () => Deno.env.toObject(),
  run: () => new Deno.Command("/bin/true").outputSync(),
  memory: () => Array.from({ length: 64 }, () => new Uint8Array(8 << 20).fill(1)).length,
  WebAssembly: () => typeof WebAssembly,
};

/** Sends every frame back, and obeys orders. */
class FixtureService extends Service {
  #deadline = 0;
  #timers = 0;
  #kept: unknown[] = [];
  readonly #host: Host;

  constructor(host: Host) {
    super();
    this.#host = host;
  }

  override start(): void {
    this.#deadline = this.#host.nowMs() + 10;
    const text = new TextEncoder().encode("started\n<0>caf\u00e9");
    this.#host.log(LOG_INFO, text, text.length);
  }

  override onFrame(buf: Uint8Array, len: i32): void {
    this.#host.netWrite(buf, len);
  }

  override onCtl(buf: Uint8Array, len: i32): void {
    const order = JSON.parse(new TextDecoder().decode(buf.subarray(0, len))) as Order;
    let reply: unknown;
    try {
      reply = this.#obey(order);
    } catch (error) {
      if (order.do === "throw") throw error;
      reply = (error as Error).name;
    }
    const bytes = new TextEncoder().encode(JSON.stringify({ reply, timers: this.#timers }));
    this.#host.ctlWrite(bytes, bytes.length);
  }

  #obey(order: Order): unknown {
    switch (order.do) {
      case "syscall": {
        const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0] = order.call;
        const [n, ...args] = [a, b, c, d, e, f, g].map(BigInt);
        return Number(libc.syscall(n, args[0], args[1], args[2], args[3], args[4], args[5]));
      }
      case "churn":
        return this.#churn(order.rounds);
      case "javascript":
        return ATTEMPTS[order.what]();
      case "throw":
        throw new TypeError("told to\nthrow");
    }
  }

  /** Garbage of every kind: short-lived, long-lived, large, outside the heap, deep. */
  #churn(rounds: number): number {
    for (let round = 0; round < rounds; round++) {
      const objects: unknown[] = [];
      for (let i = 0; i < 20_000; i++) objects.push({ i, text: `object ${i} ${round}`, map: [i] });
      this.#kept.push(objects.slice(0, 500), new Uint8Array(100_000 + round));
      if (this.#kept.length > 100) this.#kept.splice(0, 90);
      const map = new Map(objects.map((object, i) => [String(i * Math.PI), object]));
      const text = JSON.stringify([...map.keys()]);
      const sorted = (JSON.parse(text) as string[]).sort();
      if (!/^(?:\["[^"]+",?)/.test(text) || sorted.length !== 20_000) return -1;
    }
    return rounds;
  }

  override onTimer(): void {
    if (this.nextDeadlineMs() > 0) return;
    this.#timers++;
    this.#deadline += 10;
  }

  override nextDeadlineMs(): i32 {
    return Math.max(0, this.#deadline - this.#host.nowMs());
  }
}

/** What the parent saw. */
export interface Seen {
  /** Whole output on the log channel. */
  log: string;
  /** How the calf ended. */
  exit: Exit;
  /** Replies to the orders, and lengths of the frames that came back, in order. */
  replies: unknown[];
  /** /proc/PID/status while the calf was alive. */
  status: Record<string, string>;
  /** /proc/PID/limits, soft and hard. */
  limits: string;
  /** /proc/PID/mountinfo. */
  mounts: string;
  /** Namespaces that the calf is in and the parent is not; that of its children cannot be seen. */
  namespaces: string[];
  /** Memory mappings that are writable and executable. */
  writableCode: string[];
  /** Descriptors that are open. */
  descriptors: number[];
}

/** One thing the parent sends: an order, a frame or a message of that length, or a signal. */
export type Step = Order | { frame: number } | { message: number } | { signal: number };

function wait(fd: number, ms: number): boolean {
  const poll = new PollSet();
  poll.add(fd);
  return poll.wait(ms) > 0 && (poll.revents(fd) & POLLIN) !== 0;
}

/** What `read` returns, or `otherwise` when this process may not look or there is nothing left. */
function tryTo<T>(read: () => T, otherwise: T): T {
  try {
    return read();
  } catch {
    return otherwise;
  }
}

function look(pid: number, seen: Seen): void {
  const text = (name: string) => tryTo(() => Deno.readTextFileSync(`/proc/${pid}/${name}`), "");
  for (const line of text("status").split("\n")) {
    const [key, value] = line.split(/:\s*/);
    if (key !== "") seen.status[key] = value;
  }
  seen.limits = text("limits");
  seen.mounts = text("mountinfo");
  seen.writableCode = text("maps").split("\n").filter((line) => / .wx/.test(line));
  const descriptors = tryTo(() => [...Deno.readDirSync(`/proc/${pid}/fd`)], []);
  seen.descriptors = descriptors.map(({ name }) => Number(name)).sort((a, b) => a - b);
  for (const name of ["user", "net", "mnt", "ipc", "uts", "cgroup"]) {
    const own = Deno.readLinkSync(`/proc/self/ns/${name}`);
    const calf = tryTo(() => Deno.readLinkSync(`/proc/${pid}/ns/${name}`), own);
    if (calf !== own) seen.namespaces.push(name);
  }
}

function parent(steps: Step[]): Seen {
  const [net, calfNet] = seqpacketPair();
  const [ctl, calfCtl] = seqpacketPair();
  const [log, calfLog] = pipe();
  const empty = openFd("/dev/null", 0, 0);
  const extra = openFd("/etc/passwd", 0, 0);
  const pid = spawnSelf(["mirage-calf", "calf"], [], [empty, calfLog, calfLog, calfNet, calfCtl]);
  for (const fd of [calfNet, calfCtl, calfLog, empty, extra]) closeFd(fd);
  const pidfd = pidfdOpen(pid);
  const seen: Seen = {
    log: "",
    exit: { exitCode: -1 },
    replies: [],
    status: {},
    limits: "",
    mounts: "",
    namespaces: [],
    writableCode: [],
    descriptors: [],
  };
  const buffer = new Uint8Array(1 << 17);
  for (const step of steps) {
    if ("signal" in step) {
      killProcess(pid, step.signal);
      continue;
    }
    const fd = "frame" in step ? net : ctl;
    const bytes = "frame" in step
      ? new Uint8Array(step.frame).fill(7)
      : "message" in step
      ? new Uint8Array(step.message)
      : new TextEncoder().encode(JSON.stringify(step));
    if (send(fd, bytes, bytes.length) < 0) break;
    // What is too long gets no answer.
    if ("message" in step || "frame" in step && step.frame > 9216) continue;
    if (!wait(fd, 60_000)) break;
    const n = receive(fd, buffer);
    if (n <= 0) break;
    if ("frame" in step) seen.replies.push(buffer.subarray(0, n).every((b) => b === 7) ? n : -n);
    else seen.replies.push(JSON.parse(new TextDecoder().decode(buffer.subarray(0, n))).reply);
  }
  look(pid, seen);
  closeFd(net);
  closeFd(ctl);
  if (!wait(pidfd, 10_000)) killProcess(pid, 9);
  wait(pidfd, 10_000);
  seen.exit = reap(pid)!;
  while (true) {
    const n = readFd(log, buffer);
    if (n <= 0 && n !== -Errno.EAGAIN) break;
    seen.log += new TextDecoder().decode(buffer.subarray(0, n));
  }
  return seen;
}

if (Deno.args[0] === "calf") runCalf((host) => new FixtureService(host));
else console.log(JSON.stringify(parent(JSON.parse(Deno.args[0]))));
