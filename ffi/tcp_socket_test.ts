import assert from "node:assert/strict";
import { Errno, ErrnoError } from "./errno.ts";
import { closeFd, readFd } from "./fd.ts";
import { PollSet } from "./poll.ts";
import { receive, send } from "./socket.ts";
import { endSending, listenTcp, localPort } from "./tcp_socket.ts";
import { acceptConnection } from "./unix_socket.ts";

function isError(code: number): (error: unknown) => boolean {
  return (error) => error instanceof ErrnoError && error.code === code;
}

function waitFor(fd: number): void {
  const set = new PollSet();
  set.add(fd);
  assert.equal(set.wait(10_000), 1);
}

for (const address of ["127.0.0.1", "::1"]) {
  Deno.test(`listenTcp() takes connections at ${address}`, async () => {
    const listener = listenTcp(address, 0, 4);
    assert.equal(acceptConnection(listener), -Errno.EAGAIN);
    const client = await Deno.connect({ hostname: address, port: localPort(listener) });
    waitFor(listener);
    const server = acceptConnection(listener);
    assert.ok(server >= 0);
    assert.equal(receive(server, new Uint8Array(1)), -Errno.EAGAIN, "does not wait");
    assert.equal(send(server, Uint8Array.of(1, 2, 3), 3), 3);
    const buffer = new Uint8Array(8);
    assert.equal(await client.read(buffer), 3);
    client.close();
    [server, listener].forEach(closeFd);
  });
}

Deno.test("listenTcp() listens again at once after a connection, and refuses a port that is taken", async () => {
  const first = listenTcp("127.0.0.1", 0, 1);
  const port = localPort(first);
  const client = await Deno.connect({ hostname: "127.0.0.1", port });
  waitFor(first);
  const server = acceptConnection(first);
  assert.throws(() => listenTcp("127.0.0.1", port, 1), isError(Errno.EADDRINUSE));
  // Whoever closes first is left in TIME_WAIT.
  [server, first].forEach(closeFd);
  client.close();
  closeFd(listenTcp("127.0.0.1", port, 1));
});

Deno.test("listenTcp() takes an address that the machine does not have yet", () => {
  // RFC 5737 and RFC 3849: nobody has these.
  for (const address of ["192.0.2.7", "2001:db8::7"]) closeFd(listenTcp(address, 0, 1));
});

Deno.test("listenTcp() takes IPv4 and IPv6 with the same port", () => {
  const v6 = listenTcp("::", 0, 1);
  closeFd(listenTcp("0.0.0.0", localPort(v6), 1));
  closeFd(v6);
});

Deno.test("listenTcp() refuses what is no address and no port", () => {
  for (const address of ["", "localhost", "127.1", "[::1]", "fe80::1%lo", "1.2.3.4.5"]) {
    assert.throws(() => listenTcp(address, 0, 1), RangeError, address);
  }
  for (const port of [-1, 65536, 1.5, NaN]) {
    assert.throws(() => listenTcp("127.0.0.1", port, 1), RangeError, String(port));
  }
  assert.throws(() => listenTcp("127.0.0.1\0", 0, 1), TypeError);
});

Deno.test("endSending() ends one direction, and is harmless on a connection that is gone", async () => {
  const listener = listenTcp("127.0.0.1", 0, 1);
  const client = await Deno.connect({ hostname: "127.0.0.1", port: localPort(listener) });
  waitFor(listener);
  const server = acceptConnection(listener);
  endSending(server);
  assert.equal(await client.read(new Uint8Array(1)), null);
  await client.write(Uint8Array.of(7));
  waitFor(server);
  assert.equal(readFd(server, new Uint8Array(4)), 1);
  client.close();
  waitFor(server);
  assert.equal(readFd(server, new Uint8Array(4)), 0);
  endSending(server);
  [server, listener].forEach(closeFd);
  assert.throws(() => endSending(server), isError(Errno.EBADF));
});
