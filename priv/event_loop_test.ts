import assert from "node:assert/strict";
import { check, Errno, ErrnoError, LIBC, openLibrary } from "../ffi/errno.ts";
import { closeFd, pipe, readFd, setNonblocking, writeFd } from "../ffi/fd.ts";
import { Limit } from "../ffi/rlimit.ts";
import { seqpacketPair } from "../ffi/socket.ts";
import { EventLoop } from "./event_loop.ts";

const BYTE = Uint8Array.of(1);

const { getrlimit, setrlimit } = openLibrary(LIBC, {
  getrlimit: { parameters: ["i32", "buffer"], result: "i32" },
  setrlimit: { parameters: ["i32", "buffer"], result: "i32" },
});

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

Deno.test("EventLoop calls the writer of a descriptor when there is room, until it is forgotten", () => {
  withPipes((loop, [[read, write]]) => {
    setNonblocking(write, true);
    const piece = new Uint8Array(4096);
    while (writeFd(write, piece, piece.length) > 0);
    const seen: string[] = [];
    loop.onWritable(write, () => {
      seen.push("room");
      loop.forgetWritable(write);
      loop.after(5, () => loop.stop());
    });
    loop.after(1, () => {
      seen.push("full");
      while (readFd(read, new Uint8Array(1 << 20)) === 1 << 20);
    });
    loop.run();
    assert.deepEqual(seen, ["full", "room"]);
  });
});

Deno.test("EventLoop goes on reading a descriptor that is not written any more", () => {
  const [one, other] = seqpacketPair();
  const loop = new EventLoop();
  const seen: string[] = [];
  loop.onReadable(one, () => {
    readFd(one, new Uint8Array(1));
    seen.push("read");
    if (seen.length === 3) loop.stop();
    else writeFd(other, BYTE, 1);
  });
  loop.onWritable(one, () => {
    seen.push("write");
    loop.forgetWritable(one);
    writeFd(other, BYTE, 1);
  });
  assert.throws(() => loop.onReadable(one, () => {}), RangeError);
  assert.throws(() => loop.onWritable(one, () => {}), RangeError);
  loop.run();
  assert.deepEqual(seen, ["write", "read", "read"]);
  [one, other].forEach(closeFd);
});

Deno.test("EventLoop does not call the writer of a descriptor that its reader has forgotten", () => {
  const [one, other] = seqpacketPair();
  const loop = new EventLoop();
  const seen: string[] = [];
  loop.onReadable(one, () => {
    seen.push("ended");
    loop.forget(one);
    loop.after(0, () => loop.stop());
  });
  loop.onWritable(one, () => seen.push("written"));
  closeFd(other);
  loop.run();
  assert.deepEqual(seen, ["ended"]);
  closeFd(one);
});

Deno.test("EventLoop says at the end of each turn that it ends, the last one too", () => {
  withPipes((loop, [[first, writeFirst], [second, writeSecond]]) => {
    const seen: string[] = [];
    const turns: number[] = [];
    loop.onTurnEnd(() => seen.push("end"));
    loop.onTurnEnd(() => seen.push("end too"));
    loop.measureTurns((seconds) => turns.push(seconds));
    loop.onReadable(first, () => {
      seen.push("first");
      loop.forget(first);
    });
    loop.onReadable(second, () => {
      seen.push("second");
      loop.forget(second);
      loop.after(0, () => {
        seen.push("timer");
        loop.stop();
      });
    });
    writeFd(writeFirst, BYTE, 1);
    writeFd(writeSecond, BYTE, 1);
    loop.run();
    assert.deepEqual(seen, [
      ...["first", "second", "end", "end too"],
      ...["timer", "end", "end too"],
    ]);
    assert.equal(turns.length, 2);
    assert.ok(turns.every((seconds) => seconds > 0 && seconds < 60), String(turns));
  });
});

Deno.test("EventLoop goes on after a pause, and never after its end", () => {
  const loop = new EventLoop();
  const seen: string[] = [];
  loop.after(0, () => {
    seen.push("first");
    loop.pause();
  });
  loop.after(5, () => {
    seen.push("second");
    loop.stop();
    loop.pause();
  });
  loop.run();
  assert.deepEqual([...seen, loop.stopped], ["first", false]);
  loop.run();
  loop.run();
  assert.deepEqual([...seen, loop.stopped], ["first", "second", true]);
});

/** Runs `body` while no more descriptors may be opened; those that are open stay so. */
function withDescriptors(most: number, body: () => void): void {
  // struct rlimit { rlim_t rlim_cur, rlim_max; }
  const before = new BigUint64Array(2);
  check(getrlimit(Limit.NOFILE, before), "getrlimit");
  check(setrlimit(Limit.NOFILE, BigUint64Array.of(BigInt(most), before[1])), "setrlimit");
  try {
    body();
  } finally {
    check(setrlimit(Limit.NOFILE, before), "setrlimit");
  }
}

Deno.test("EventLoop gives up when the kernel will not let it wait", () => {
  withPipes((loop, [[first], [second]]) => {
    for (const fd of [first, second]) loop.onReadable(fd, () => {});
    // ppoll(2): EINVAL, more descriptors than may be open.
    withDescriptors(1, () => {
      assert.throws(() => loop.run(), new ErrnoError("ppoll", Errno.EINVAL));
    });
  });
});
