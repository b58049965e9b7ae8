import assert from "node:assert/strict";
import { PollSet } from "../ffi/poll.ts";
import { reap } from "../ffi/process.ts";
import { CalfProcess } from "./calf_process.ts";

const MAC = Uint8Array.of(2, 0, 0, 0, 0, 1);

/** Starts what is no calf here but this test's Deno, which ends at once for want of such a mode. */
function startAndWait(): CalfProcess {
  const calf = CalfProcess.start(MAC, "eth0");
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
