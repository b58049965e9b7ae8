/**
 * The program of the tests in this folder, compiled by them: as `calf` a confined process with a
 * service that misbehaves when it is told to, otherwise the parent that starts one as priv does,
 * talks to it, and prints what it saw as JSON.
 *
 * Its calf can leave layers out, or let them fail. That is why it is a program of its own:
 * mirage-dhcp has no such switch.
 *
 * @module
 */
import { runCalf } from "./main.ts";

import { Errno, errno, errnoName, LIBC, openLibrary } from "../../ffi/errno.ts";
import { closeFd, openFd, pipe, readFd } from "../../ffi/fd.ts";
import { POLLIN, PollSet } from "../../ffi/poll.ts";
import { type Exit, killProcess, pidfdOpen, reap } from "../../ffi/process.ts";
import { receive, send, seqpacketPair } from "../../ffi/socket.ts";
import { spawnSelf } from "../../ffi/spawn.ts";
import { confine } from "./confine.ts";
import { codeOf, FixtureService, type Order } from "./testing/fixture_service.ts";

const libc = openLibrary(LIBC, {
  ptrace: { parameters: ["i64", "i64", "i64", "i64"], result: "i64" },
});
const PTRACE_SEIZE = 0x4206n; // linux/ptrace.h

/** What the parent saw. */
export interface Seen {
  /** Whole output on the log channel. */
  log: string;
  /** How the calf ended. */
  exit: Exit;
  /** Requests that the calf has sent by itself, byte by byte. */
  told: number[][];
  /** Replies to the orders, and lengths of the frames that came back, in order. */
  replies: unknown[];
  /** /proc/PID/status while the calf was alive. */
  status: Record<string, string>;
  /** /proc/PID/limits, soft and hard. */
  limits: string;
  /** /proc/PID/mountinfo. */
  mounts: string;
  /** Namespaces that the calf, or for `pid` its children, is in and the parent is not. */
  namespaces: string[];
  /** Memory mappings that are writable and executable. */
  writableCode: string[];
  /** Descriptors that are open. */
  descriptors: number[];
}

/** One thing the parent sends: an order, a frame or a message of that length, or a signal. */
export type Step =
  | Order
  | { frame: number }
  | { message: number }
  | { signal: number }
  /** The parent tries to get at the calf as a process of the same user. */
  | { intrude: true }
  /** The parent waits for a request that the calf sends by itself. */
  | { listen: true }
  /** The parent prints the calf's process id and is killed. */
  | { die: true };

/** What the calf does otherwise than mirage-dhcp: layers by the names in the log. */
export interface Alteration {
  /** Layers that are left out, and reported as if they held. */
  except?: readonly string[];
  /** Layers that the kernel refuses. */
  failing?: readonly string[];
  /** A channel that is /dev/null. */
  missing?: "net" | "ctl";
}

function alteredConfinement({ except = [], failing = [] }: Alteration) {
  return () =>
    confine((layer, step) => {
      if (except.includes(layer)) return () => {};
      if (!failing.includes(layer)) return step;
      return () => {
        throw new Error("Cannot do it: ENOSYS (38)");
      };
    });
}

/** What a process may do to another one, as 0 or the name of the error. */
export interface Intrusion {
  /** Owner of /proc/PID/mem. */
  owner: number;
  /** Opening /proc/PID/mem. */
  memory: string;
  /** ptrace(2). */
  trace: string;
}

function intrude(pid: number): Intrusion {
  const owner = Deno.statSync(`/proc/${pid}/mem`).uid ?? -1;
  let memory = "0";
  try {
    closeFd(openFd(`/proc/${pid}/mem`, 0, 0));
  } catch (error) {
    memory = codeOf(error);
  }
  const seized = libc.ptrace(PTRACE_SEIZE, BigInt(pid), 0n, 0n);
  return { owner, memory, trace: seized === 0n ? "0" : errnoName(errno()) };
}

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

function exists(link: string): boolean {
  try {
    Deno.readLinkSync(link);
    return true;
  } catch (error) {
    return !(error instanceof Deno.errors.NotFound);
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
    const own = tryTo(() => Deno.readLinkSync(`/proc/self/ns/${name}`), "");
    const calf = tryTo(() => Deno.readLinkSync(`/proc/${pid}/ns/${name}`), own);
    if (calf !== own) seen.namespaces.push(name);
  }
  // Nobody is in it yet, and until somebody is it has no name.
  if (!exists(`/proc/${pid}/ns/pid_for_children`)) seen.namespaces.push("pid");
}

/** Receives the next message of a channel; a calf's own requests, in Cap'n Proto, go into `told`. */
function next(fd: number, buffer: Uint8Array, told: number[][], wantsTold = false): number {
  while (wait(fd, 60_000)) {
    const n = receive(fd, buffer);
    // Neither JSON nor the parent's frames begin like that: one segment.
    if (n <= 0 || buffer[0] !== 0) return n;
    told.push([...buffer.subarray(0, n)]);
    if (wantsTold) return n;
  }
  return 0;
}

function parent(steps: Step[], alteration: Alteration): Seen {
  const [net, calfNet] = seqpacketPair();
  const [ctl, calfCtl] = seqpacketPair();
  const [log, calfLog] = pipe();
  const empty = openFd("/dev/null", 0, 0);
  const extra = openFd("/etc/passwd", 0, 0);
  const argv = ["mirage-calf", "calf", JSON.stringify(alteration)];
  const pid = spawnSelf(argv, [], [
    ...[empty, calfLog, calfLog],
    alteration.missing === "net" ? empty : calfNet,
    alteration.missing === "ctl" ? empty : calfCtl,
  ]);
  for (const fd of [calfNet, calfCtl, calfLog, empty, extra]) closeFd(fd);
  const pidfd = pidfdOpen(pid);
  const seen: Seen = {
    log: "",
    exit: { exitCode: -1 },
    told: [],
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
    if ("intrude" in step) {
      seen.replies.push(intrude(pid));
      continue;
    }
    if ("listen" in step) {
      next(ctl, buffer, seen.told, true);
      continue;
    }
    if ("die" in step) {
      console.log(pid);
      killProcess(Deno.pid, 9);
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
    const n = next(fd, buffer, seen.told);
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

const alteration: Alteration = JSON.parse(Deno.args[1] ?? "{}");
if (Deno.args[0] === "calf") {
  runCalf((host) => new FixtureService(host), alteredConfinement(alteration));
}
console.log(JSON.stringify(parent(JSON.parse(Deno.args[0]), alteration)));
