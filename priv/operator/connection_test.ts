import assert from "node:assert/strict";
import { closeFd } from "../../ffi/fd.ts";
import { send } from "../../ffi/socket.ts";
import { acceptConnection, listenUnix, SocketType } from "../../ffi/unix_socket.ts";
import { ExitError } from "../exit_code.ts";
import { encodeError } from "../kv/codec.ts";
import { Connection } from "./connection.ts";

/** Gives `body` a connection, and what closes its other end after a last message. */
function withConnection(body: (connection: Connection, close: (last: Uint8Array) => void) => void) {
  const directory = Deno.makeTempDirSync({ prefix: "connection-" });
  const listener = listenUnix(`${directory}/socket`, SocketType.SEQPACKET, 1);
  const connection = Connection.open(`${directory}/socket`);
  try {
    body(connection, (last) => {
      const fd = acceptConnection(listener);
      send(fd, last, last.length);
      closeFd(fd);
    });
  } finally {
    connection.close();
    closeFd(listener);
    Deno.removeSync(directory, { recursive: true });
  }
}

function failure(body: () => unknown): { code: number; message: string } {
  try {
    body();
  } catch (error) {
    assert.ok(error instanceof ExitError, String(error));
    return { code: error.code, message: error.message };
  }
  throw new Error("it has not failed");
}

const DENIED = encodeError(0, "permission denied");

Deno.test("Connection says why it was turned away when it has nothing sent yet", () => {
  withConnection((connection, close) => {
    close(DENIED);
    const { code, message } = failure(() => connection.subscribe("/")); // EPIPE
    assert.equal(code, 77);
    assert.match(message, /socket: permission denied; only root and the socket's group may$/);
  });
});

Deno.test("Connection says why it was turned away when its request is not read", () => {
  withConnection((connection, close) => {
    connection.send({ operation: "subscribe", path: "/" });
    close(DENIED);
    assert.equal(failure(() => connection.next()).code, 77); // ECONNRESET
  });
  withConnection((connection, close) => {
    connection.send({ operation: "subscribe", path: "/" });
    close(DENIED);
    assert.equal(failure(() => connection.subscribe("/")).code, 77); // ECONNRESET of the second request
  });
});

Deno.test("Connection says that it is at an end when the daemon has said nothing of it", () => {
  withConnection((connection, close) => {
    connection.send({ operation: "subscribe", path: "/" });
    close(encodeError(1, "permission denied")); // of a request, not of the user
    const { code, message } = failure(() => connection.next());
    assert.equal(code, 69);
    assert.match(message, /ECONNRESET/);
  });
});
