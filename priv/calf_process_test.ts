import assert from "node:assert/strict";
import { PollSet } from "../ffi/poll.ts";
import { DROP_EVERYTHING } from "../ffi/socket.ts";
import { CalfProcess } from "./calf_process.ts";
import { Spawner } from "./spawner/spawner.ts";

function withSpawner(body: (spawner: Spawner) => void): void {
  const spawner = Spawner.start();
  try {
    body(spawner);
  } finally {
    spawner.close();
  }
}

/** Starts what is no calf here but this test's Deno, which ends at once for want of such a mode. */
function startAndWait(spawner: Spawner): CalfProcess {
  const calf = CalfProcess.start(spawner, "eth0");
  const poll = new PollSet();
  poll.add(calf.pidFd);
  assert.equal(poll.wait(60_000), 1);
  return calf;
}

Deno.test("CalfProcess tells how its process has ended", () => {
  withSpawner((spawner) => {
    const calf = startAndWait(spawner);
    calf.kill();
    assert.ok("exitCode" in (calf.end() as object));
    calf.endAndClose();
  });
});

Deno.test("CalfProcess takes a process whose end has been told for one that has ended", () => {
  withSpawner((spawner) => {
    const calf = startAndWait(spawner);
    spawner.wait(calf.pid);
    calf.kill();
    assert.equal(calf.end(), "unknown");
    calf.endAndClose();
  });
});

Deno.test("CalfProcess takes its process for ended when the spawner is gone", () => {
  withSpawner((spawner) => {
    const calf = startAndWait(spawner);
    spawner.close();
    calf.kill();
    assert.equal(calf.end(), "unknown");
    calf.endAndClose();
  });
});

Deno.test("CalfProcess lets pass what the last filter does", () => {
  withSpawner((spawner) => {
    const everything = Uint8Array.of(0x06, 0, 0, 0, 0xff, 0xff, 0xff, 0xff); // ret #-1
    const calf = CalfProcess.start(spawner, "eth0");
    calf.admit(everything);
    calf.admit(DROP_EVERYTHING);
    calf.admit(everything);
    assert.throws(() => calf.admit(new Uint8Array(8).fill(0xff)), /EINVAL/);
    assert.equal(calf.end(), null, "the calf lives on behind the filter before");
    calf.endAndClose();
  });
});
