/**
 * Descriptors that tell which of others are ready, for another program to wait with: epoll(7).
 *
 * @module
 */

import { check, LIBC, openLibrary } from "./errno.ts";

const EPOLL_CLOEXEC = 0o2000000; // linux/eventpoll.h
const EPOLL_CTL_ADD = 1; // linux/eventpoll.h
const EPOLLIN = 1; // linux/eventpoll.h
/** struct epoll_event { u32 events; u64 data; }, packed on x86-64. */
const EVENT_SIZE = 12;

const libc = openLibrary(LIBC, {
  epoll_create1: { parameters: ["i32"], result: "i32" },
  epoll_ctl: { parameters: ["i32", "i32", "i32", "buffer"], result: "i32" },
});

/**
 * Makes an empty set; close-on-exec.
 *
 * @returns its descriptor
 * @throws {ErrnoError} EMFILE, ENFILE
 */
export function createEpoll(): number {
  return check(libc.epoll_create1(EPOLL_CLOEXEC), "epoll_create1");
}

/**
 * Adds a descriptor, to be reported as long as it is readable (level-triggered).
 *
 * @param epoll the set
 * @param fd descriptor to look at
 * @param data what an event of it carries, 64 bits
 * @throws {ErrnoError} EPERM for a file that is always ready, EEXIST when it is in the set
 */
export function addReadable(epoll: number, fd: number, data: bigint): void {
  const event = new DataView(new ArrayBuffer(EVENT_SIZE));
  event.setUint32(0, EPOLLIN, true);
  event.setBigUint64(4, data, true);
  check(libc.epoll_ctl(epoll, EPOLL_CTL_ADD, fd, new Uint8Array(event.buffer)), "epoll_ctl");
}
