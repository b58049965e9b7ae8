import assert from "node:assert/strict";
import { closeFd, pipe, readFd, writeFd } from "../ffi/fd.ts";
import { EventLoop } from "./event_loop.ts";

const BYTE = Uint8Array.of(1);

/** Runs `body` with a loop and two pipes, which are closed afterwards. */
function withPipes(body: (loop: EventLoop, pipes: readonly [number, number][]) => void): void {
  const pipes = [pipe(), pipe()];
  try {
    body(new EventLoop(), pipes);
  } finally {
    for (const [read, write] of pipes) {
      closeFd(read);
      closeFd(write);
    }
  }
}

Deno.test("EventLoop calls the reader of a descriptor when there is something to read", () => {
  withPipes((loop, [[read, write], [idle]]) => {
    const seen: string[] = [];
    loop.onReadable(idle, () => seen.push("idle"));
    loop.onReadable(read, () => {
      readFd(read, new Uint8Array(1));
      seen.push("ready");
      if (seen.length === 2) loop.stop();
      else writeFd(write, BYTE, 1);
    });
    writeFd(write, BYTE, 1);
    loop.run();
    assert.deepEqual(seen, ["ready", "ready"]);
  });
});

Deno.test("EventLoop does not call a reader that another one has forgotten in the same round", () => {
  withPipes((loop, [[first, writeFirst], [second, writeSecond]]) => {
    const seen: string[] = [];
    loop.onReadable(first, () => {
      seen.push("first");
      loop.forget(first);
      loop.forget(second);
      loop.after(0, () => loop.stop());
    });
    loop.onReadable(second, () => seen.push("second"));
    writeFd(writeFirst, BYTE, 1);
    writeFd(writeSecond, BYTE, 1);
    loop.run();
    assert.deepEqual(seen, ["first"]);
  });
});

Deno.test("EventLoop runs timers in the order of their times, and none that was cancelled", () => {
  const loop = new EventLoop();
  const seen: string[] = [];
  loop.after(20, () => {
    seen.push("last");
    loop.stop();
  });
  const cancelled = loop.after(1, () => seen.push("cancelled"));
  loop.after(2, () => {
    seen.push("first");
    // Due in the same round as the one that cancels it, perhaps.
    second.cancel();
  });
  const second = loop.after(2, () => seen.push("second"));
  cancelled.cancel();
  cancelled.cancel();
  loop.run();
  assert.deepEqual(seen, ["first", "last"]);
});

Deno.test("EventLoop calls nothing more once it was stopped", () => {
  withPipes((loop, [[first, writeFirst], [second, writeSecond]]) => {
    const seen: string[] = [];
    for (const [name, fd] of [["first", first], ["second", second]] as const) {
      loop.onReadable(fd, () => {
        seen.push(name);
        loop.stop();
      });
    }
    writeFd(writeFirst, BYTE, 1);
    writeFd(writeSecond, BYTE, 1);
    loop.run();
    assert.deepEqual(seen, ["first"]);
  });
});
