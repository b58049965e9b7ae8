import assert from "node:assert/strict";
import { PollSet } from "../ffi/poll.ts";
import { reap } from "../ffi/process.ts";
import { DROP_EVERYTHING } from "../ffi/socket.ts";
import { CalfProcess } from "./calf_process.ts";

/** Starts what is no calf here but this test's Deno, which ends at once for want of such a mode. */
function startAndWait(): CalfProcess {
  const calf = CalfProcess.start("eth0");
  const poll = new PollSet();
  poll.add(calf.pidFd);
  assert.equal(poll.wait(60_000), 1);
  return calf;
}

Deno.test("CalfProcess tells how its process has ended", () => {
  const calf = startAndWait();
  calf.kill();
  assert.ok("exitCode" in (calf.end() as object));
  calf.endAndClose();
});

Deno.test("CalfProcess takes a process that somebody else has reaped for one that has ended", () => {
  const calf = startAndWait();
  reap(calf.pid);
  calf.kill();
  assert.equal(calf.end(), "unknown");
  calf.endAndClose();
});

Deno.test("CalfProcess lets pass what the last filter does", () => {
  const everything = Uint8Array.of(0x06, 0, 0, 0, 0xff, 0xff, 0xff, 0xff); // ret #-1
  const calf = CalfProcess.start("eth0");
  calf.admit(everything);
  calf.admit(DROP_EVERYTHING);
  calf.admit(everything);
  assert.throws(() => calf.admit(new Uint8Array(8).fill(0xff)), /EINVAL/);
  assert.equal(calf.end(), null, "the calf lives on behind the filter before");
  calf.endAndClose();
});
