/**
 * The case of `tap_test.ts` that runs in a network namespace of its own, which has the tap interface
 * tap0 with the MTU 1400.
 *
 * @module
 */
import assert from "node:assert/strict";
import { Errno, ErrnoError } from "./errno.ts";
import { closeFd, readFd } from "./fd.ts";
import { openTap, tapMtu } from "./tap.ts";

function code(wanted: number): (error: unknown) => boolean {
  return (error) => error instanceof ErrnoError && error.code === wanted;
}

const { fd, mtu } = openTap("tap0");
assert.equal(mtu, 1400);
assert.equal(tapMtu(fd), 1400);
const frame = new Uint8Array(2048);
while (readFd(fd, frame) > 0); // what the kernel sends of itself
assert.equal(readFd(fd, frame), -Errno.EAGAIN, "does not block");
assert.throws(() => openTap("tap0"), code(Errno.EBUSY));
assert.throws(() => openTap("tap1"), code(Errno.ENODEV));
assert.throws(() => openTap("lo"), code(Errno.EINVAL));
for (const name of ["", "a-name-of-16-byte"]) {
  assert.throws(() => openTap(name), code(Errno.EINVAL));
}
closeFd(fd);
assert.throws(() => tapMtu(fd), code(Errno.EBADF));
closeFd(openTap("tap0").fd);
console.log("passed");
