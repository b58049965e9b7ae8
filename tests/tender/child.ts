/**
 * Guests that inherit descriptors, and the frames that they answer.
 *
 * @module
 */

import assert from "node:assert/strict";
import { closeFd, O_RDWR, openFd, pipe, readFd } from "../../ffi/fd.ts";
import { PollSet } from "../../ffi/poll.ts";
import { type Exit, killProcess, pidfdOpen, reap } from "../../ffi/process.ts";
import { spawnProgram } from "../../ffi/spawn.ts";
import { HANDLE_AT, MARK_AT } from "./guest/guests/devices.ts";

/** Of the guest's first device. */
export const GUEST_MAC = [2, 0, 0, 0, 0, 7];
/** Of who asks it. */
export const OUR_MAC = [2, 0, 0, 0, 0, 9];

/** A frame for the guest, of a type of its own (IEEE 802, local experiments). */
export function frame(mark: number, length = 60): Uint8Array {
  const bytes = new Uint8Array(length);
  bytes.set([...GUEST_MAC, ...OUR_MAC, 0x88, 0xb5, mark]);
  return bytes;
}

/** Checks what a guest makes of a frame. */
export function assertAnswer(
  answer: Uint8Array,
  mark: number,
  handle: number,
  mac: number[] | null,
): void {
  assert.deepEqual([...answer.subarray(0, 6)], OUR_MAC);
  if (mac !== null) assert.deepEqual([...answer.subarray(6, 12)], mac);
  assert.equal(answer[MARK_AT], mark);
  assert.equal(answer[HANDLE_AT], handle);
}

/** Waits for a descriptor. */
export function waitFor(fd: number, what: string): void {
  const poll = new PollSet();
  poll.add(fd);
  assert.equal(poll.wait(30_000), 1, what);
}

/** What a child has left. */
export interface ChildEnd {
  /** How it has ended. */
  readonly exit: Exit;
  /** Its standard output and its standard error. */
  readonly printed: string;
}

/** A guest with `descriptors` from 3 on; it is ended in any case. */
export async function withChild(
  argv: readonly string[],
  descriptors: readonly number[],
  body: (ended: () => ChildEnd, pid: number) => void | Promise<void>,
): Promise<void> {
  const none = openFd("/dev/null", O_RDWR, 0);
  const [reading, writing] = pipe();
  const pid = spawnProgram(argv[0], argv, [], [none, writing, writing, ...descriptors]);
  const watch = pidfdOpen(pid);
  let exit: Exit | null = null;
  try {
    for (const fd of [none, writing]) closeFd(fd);
    await body(() => {
      waitFor(watch, "the end of the guest");
      exit = reap(pid)!;
      const text = new Uint8Array(4096);
      const length = readFd(reading, text);
      return { exit, printed: new TextDecoder().decode(text.subarray(0, Math.max(0, length))) };
    }, pid);
  } finally {
    if (exit === null) {
      killProcess(pid, 9);
      waitFor(watch, "the end of the guest");
      reap(pid);
    }
    for (const fd of [watch, reading]) closeFd(fd);
  }
}
