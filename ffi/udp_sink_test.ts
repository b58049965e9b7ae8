import assert from "node:assert/strict";
import { Errno, ErrnoError } from "./errno.ts";
import { closeFd, setNonblocking } from "./fd.ts";
import { receive } from "./socket.ts";
import { openUdpSink } from "./udp_sink.ts";

/** Above the privileged ports, below those that the kernel gives away by itself. */
const PORT = 10_068;

async function answerTo(port: number): Promise<string> {
  // A connected UDP socket learns of "port unreachable" by ECONNREFUSED.
  const socket = new Deno.Command("bash", {
    args: ["-c", `exec 3<>/dev/udp/127.0.0.1/${port}; echo x >&3; sleep 0.1; echo y >&3`],
    stderr: "piped",
  });
  const { stderr } = await socket.output();
  return new TextDecoder().decode(stderr);
}

Deno.test("openUdpSink() keeps the kernel from answering that nobody listens", async () => {
  assert.match(await answerTo(PORT), /refused/, "the control: nobody listens yet");
  const fd = openUdpSink(PORT, "lo");
  try {
    assert.equal(await answerTo(PORT), "");
  } finally {
    closeFd(fd);
  }
  assert.match(await answerTo(PORT), /refused/);
});

Deno.test("openUdpSink() lets nobody receive what has arrived", async () => {
  const fd = openUdpSink(PORT, "lo");
  try {
    await answerTo(PORT);
    setNonblocking(fd, true);
    assert.equal(receive(fd, new Uint8Array(16)), -Errno.EAGAIN);
  } finally {
    closeFd(fd);
  }
});

Deno.test("openUdpSink() throws and keeps nothing open when there is no such interface", () => {
  const before = [...Deno.readDirSync("/proc/self/fd")].length;
  assert.throws(() => openUdpSink(PORT, "nope0"), (error) => {
    assert(error instanceof ErrnoError);
    assert.equal(error.code, Errno.ENODEV);
    return true;
  });
  assert.equal([...Deno.readDirSync("/proc/self/fd")].length, before);
});
