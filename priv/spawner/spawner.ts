/**
 * priv's side of the spawner (spawner.s): a process of one page that starts calves, kills them and tells
 * how they ended, so that priv itself need not be able to do any of it.
 *
 * @module
 */

import { sendDescriptors } from "../../ffi/descriptor_message.ts";
import { Errno, ErrnoError } from "../../ffi/errno.ts";
import { closeFd, O_CLOEXEC, O_PATH, openFd, pipe } from "../../ffi/fd.ts";
import { programInMemory } from "../../ffi/memfd.ts";
import { PollSet } from "../../ffi/poll.ts";
import { type Exit, getEffectiveUser } from "../../ffi/process.ts";
import { receive, seqpacketPair } from "../../ffi/socket.ts";
import { spawnHelper } from "../../ffi/spawn.ts";
import { connectUnix, peerCredentials, SocketType } from "../../ffi/unix_socket.ts";
import { errorText } from "../error_text.ts";
import { ExitCode, ExitError } from "../exit_code.ts";
import { SPAWNER_PROGRAM } from "./program.ts";

/** A start takes as long as execve(2), the rest no time; nothing else is done meanwhile. */
const START_WAIT_MS = 10_000;
const ANSWER_WAIT_MS = 2_000;

const REQUEST_LENGTH = 24;
const START = 1;
const KILL = 2;
const WAIT = 3;
const NAME_AT = 8;
/** IFNAMSIZ of linux/if.h, without the zero byte. */
const MAX_NAME = 15;

const ROOT = 0;

const CLD_EXITED = 1; // asm-generic/siginfo.h

/** What a calf gets, as descriptors of priv. */
export interface CalfDescriptors {
  /** Becomes 3: frames. */
  readonly net: number;
  /** Becomes 4: control messages. */
  readonly ctl: number;
  /** Becomes 1 and 2: the log. */
  readonly log: number;
}

/** The spawner has ended or does not answer: no calf can be started any more. */
export class SpawnerGoneError extends Error {
  /** Always `SpawnerGoneError`. */
  override readonly name: string = "SpawnerGoneError";

  /** With a message that says so. */
  constructor() {
    super("Cannot reach the spawner: it has ended or hangs");
  }
}

function programBytes(): Uint8Array {
  const bytes = new Uint8Array(SPAWNER_PROGRAM.length / 2);
  for (let i = 0; i < bytes.length; i++) {
    bytes[i] = parseInt(SPAWNER_PROGRAM.slice(2 * i, 2 * i + 2), 16);
  }
  return bytes;
}

/**
 * Executes the program, which closes its own descriptor before it takes a request.
 *
 * @param fds what it keeps: an empty pipe, its channel, the executable
 * @param program descriptor of {@link programBytes}
 */
export function spawnSpawner(fds: readonly number[], program: number): number {
  const argv = ["mirage-dhcp", "--mode=spawner"];
  return spawnHelper(`/proc/self/fd/${fds.length}`, argv, [], [...fds, program]);
}

/**
 * The spawner's ELF file.
 *
 * @throws {Error} which names the system's setting that forbids it
 */
export function spawnerProgram(): number {
  try {
    return programInMemory("dhcp-spawner", programBytes());
  } catch (error) {
    if (!(error instanceof ErrnoError) || error.code !== Errno.EACCES) throw error;
    throw new ExitError(
      ExitCode.UNAVAILABLE,
      "Cannot start the spawner: programs in memory are forbidden (sysctl vm.memfd_noexec)",
    );
  }
}

/** See the module's description. All calls wait for an answer. */
export class Spawner {
  /** Process id; that of whoever listens, for one that a socket has led to. */
  readonly pid: number;
  readonly #channel: number;
  readonly #poll = new PollSet();
  #gone = false;
  #closed = false;

  private constructor(pid: number, channel: number) {
    this.pid = pid;
    this.#channel = channel;
    this.#poll.add(channel);
  }

  /**
   * Starts the spawner, with the privileges that this process has now. It ends when this process does.
   *
   * @throws {ErrnoError} when the kernel refuses a step; nothing is left open then
   */
  static start(): Spawner {
    const opened: number[] = [];
    const keep = (fd: number): number => {
      opened.push(fd);
      return fd;
    };
    let channel: number | null = null;
    try {
      const program = keep(spawnerProgram());
      const [own, its] = seqpacketPair();
      channel = own;
      keep(its);
      const [empty] = pipe().map(keep); // there may be no /dev/null
      const self = keep(openFd("/proc/self/exe", O_PATH | O_CLOEXEC, 0));
      const pid = spawnSpawner([empty, its, self], program);
      return new Spawner(pid, own);
    } catch (error) {
      if (channel !== null) closeFd(channel);
      throw error;
    } finally {
      for (const fd of opened) closeFd(fd);
    }
  }

  /**
   * Uses a spawner that somebody else starts when its socket is connected to (`--spawner`), with the
   * privileges that he has given it. It ends when this process does.
   *
   * @throws {ExitError} when nobody listens, or neither root nor this user does
   */
  static connect(path: string): Spawner {
    let channel: number | null = null;
    try {
      channel = connectUnix(path, SocketType.SEQPACKET);
      const { pid, uid } = peerCredentials(channel);
      if (uid === ROOT || uid === getEffectiveUser()) return new Spawner(pid, channel);
      throw new Error(`user ${uid} listens there`);
    } catch (error) {
      if (channel !== null) closeFd(channel);
      const message = `Cannot use the spawner at ${path}: ${errorText(error)}`;
      throw new ExitError(ExitCode.TEMPFAIL, message);
    }
  }

  /**
   * Starts a calf.
   *
   * @param name stands in its command line; at most 15 bytes of it
   * @param fds what it gets; the caller keeps them
   * @returns its process id, which stays its own until {@link wait} has told its end
   * @throws {ErrnoError} EAGAIN, ENOMEM and others of execveat(2)
   * @throws {SpawnerGoneError}
   */
  startCalf(name: string, { net, ctl, log }: CalfDescriptors): number {
    const request = new Uint8Array(REQUEST_LENGTH);
    request.set(new TextEncoder().encode(name).subarray(0, MAX_NAME), NAME_AT);
    return this.#ask(request, START, 0, [net, ctl, log]).result;
  }

  /**
   * Sends SIGKILL to a calf.
   *
   * @throws {ErrnoError} ECHILD when it is no calf, or its end has been told
   * @throws {SpawnerGoneError}
   */
  kill(pid: number): void {
    this.#ask(new Uint8Array(REQUEST_LENGTH), KILL, pid, []);
  }

  /**
   * How a calf has ended; null while it runs. Once told, the process id is free for others.
   *
   * @throws {ErrnoError} ECHILD when it is no calf, or its end has been told
   * @throws {SpawnerGoneError}
   */
  wait(pid: number): Exit | null {
    const { result, status } = this.#ask(new Uint8Array(REQUEST_LENGTH), WAIT, pid, []);
    if (result === 0) return null;
    return result === CLD_EXITED ? { exitCode: status } : { signal: status };
  }

  /** Ends the spawner, and its calves with it. Once is enough. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#gone = true;
    closeFd(this.#channel);
  }

  #ask(
    request: Uint8Array<ArrayBuffer>,
    what: number,
    pid: number,
    fds: readonly number[],
  ): { result: number; status: number } {
    if (this.#gone) throw new SpawnerGoneError();
    const view = new DataView(request.buffer);
    view.setUint32(0, what, true);
    view.setUint32(4, pid, true);
    const sent = sendDescriptors(this.#channel, request, fds);
    if (sent === -Errno.ETOOMANYREFS) throw new ErrnoError("pass descriptors", -sent);
    const answer = new Uint8Array(8);
    const answered = sent === REQUEST_LENGTH &&
      this.#poll.wait(what === START ? START_WAIT_MS : ANSWER_WAIT_MS) === 1 &&
      receive(this.#channel, answer) === answer.length;
    if (!answered) {
      // An answer that comes later would be taken for that to another request.
      this.#gone = true;
      throw new SpawnerGoneError();
    }
    const [result, status] = new Int32Array(answer.buffer);
    if (result < 0) throw new ErrnoError(`${CALLS[what]} a calf`, -result);
    return { result, status };
  }
}

/** For messages. */
const CALLS: Readonly<Record<number, string>> = {
  [START]: "start",
  [KILL]: "kill",
  [WAIT]: "wait for",
};
