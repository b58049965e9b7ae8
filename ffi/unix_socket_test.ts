import assert from "node:assert/strict";
import { Errno, ErrnoError } from "./errno.ts";
import { closeFd } from "./fd.ts";
import { receive, send } from "./socket.ts";
import {
  acceptConnection,
  connectUnix,
  listenUnix,
  peerCredentials,
  SocketType,
} from "./unix_socket.ts";

function inDirectory(body: (directory: string) => void): void {
  const directory = Deno.makeTempDirSync();
  try {
    body(directory);
  } finally {
    Deno.removeSync(directory, { recursive: true });
  }
}

function isError(code: number): (error: unknown) => boolean {
  return (error) => error instanceof ErrnoError && error.code === code;
}

for (const type of [SocketType.STREAM, SocketType.SEQPACKET]) {
  Deno.test(`listenUnix() and connectUnix() make a connection of type ${type}`, () => {
    inDirectory((directory) => {
      const listener = listenUnix(`${directory}/socket`, type, 4);
      assert.equal(acceptConnection(listener), -Errno.EAGAIN);
      const client = connectUnix(`${directory}/socket`, type);
      const server = acceptConnection(listener);
      assert.ok(server >= 0);
      const buffer = new Uint8Array(16);
      assert.equal(send(client, Uint8Array.of(1, 2, 3), 3), 3);
      assert.equal(receive(server, buffer), 3);
      assert.equal(receive(server, buffer), -Errno.EAGAIN, "the accepted end does not wait");
      [client, server, listener].forEach(closeFd);
    });
  });
}

Deno.test("connectUnix() takes an abstract name, as systemd writes it", () => {
  const name = `@mirage-dhcp-test-${crypto.randomUUID()}`;
  const listener = listenUnix(name, SocketType.SEQPACKET, 1);
  closeFd(connectUnix(name, SocketType.SEQPACKET));
  closeFd(listener);
  assert.throws(() => connectUnix(name, SocketType.SEQPACKET), isError(Errno.ECONNREFUSED));
});

Deno.test("connectUnix() says what is wrong with a path", () => {
  inDirectory((directory) => {
    const path = `${directory}/socket`;
    assert.throws(() => connectUnix(path, SocketType.SEQPACKET), isError(Errno.ENOENT));
    closeFd(listenUnix(path, SocketType.SEQPACKET, 1));
    assert.throws(() => connectUnix(path, SocketType.SEQPACKET), isError(Errno.ECONNREFUSED));
    assert.throws(() => listenUnix(path, SocketType.SEQPACKET, 1), isError(Errno.EADDRINUSE));
    const long = `${directory}/${"x".repeat(108)}`;
    assert.throws(() => listenUnix(long, SocketType.SEQPACKET, 1), RangeError);
    assert.throws(() => connectUnix("", SocketType.DGRAM), RangeError);
  });
});

Deno.test("peerCredentials() tells process, user and groups of the other end", () => {
  inDirectory((directory) => {
    const listener = listenUnix(`${directory}/socket`, SocketType.SEQPACKET, 1);
    const client = connectUnix(`${directory}/socket`, SocketType.SEQPACKET);
    const server = acceptConnection(listener);
    const { pid, uid, gid, groups } = peerCredentials(server);
    assert.equal(pid, Deno.pid);
    assert.equal(uid, Deno.uid());
    assert.equal(gid, Deno.gid());
    assert.ok(groups.every((group) => Number.isInteger(group)));
    [client, server, listener].forEach(closeFd);
  });
});
