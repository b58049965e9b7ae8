import assert from "node:assert/strict";
import { Errno, ErrnoError } from "../ffi/errno.ts";
import { closeFd, lockFile } from "../ffi/fd.ts";
import { setUmask } from "../ffi/process.ts";
import { acceptConnection, connectUnix, listenUnix, SocketType } from "../ffi/unix_socket.ts";
import { listenInRunDir, type NamedSocket, removeSocket } from "./socket_name.ts";

const OPEN = { mode: 0o660, gid: null };
const { STREAM, SEQPACKET } = SocketType;

/** Runs `body` with a run directory; what it returns is closed. */
function inRunDir(body: (runDir: string) => readonly NamedSocket[] | void): void {
  const runDir = Deno.makeTempDirSync();
  try {
    for (const { fd } of body(runDir) ?? []) closeFd(fd);
  } finally {
    Deno.removeSync(runDir, { recursive: true });
  }
}

/** A socket file at which nobody listens. */
function leaveBehind(path: string): void {
  closeFd(listenUnix(path, SEQPACKET, 1));
}

Deno.test("listenInRunDir() listens at the name, for whom it is told to", () => {
  inRunDir((runDir) => {
    const umask = setUmask(0o027);
    try {
      const access = { mode: 0o660, gid: Deno.gid() };
      const socket = listenInRunDir(runDir, ":control", SEQPACKET, access);
      assert.equal(socket.path, `${runDir}/:control`);
      const { mode, gid } = Deno.statSync(socket.path);
      assert.equal(mode! & 0o7777, 0o660);
      assert.equal(gid, Deno.gid());
      assert.equal(acceptConnection(socket.fd), -Errno.EAGAIN);
      closeFd(connectUnix(socket.path, SEQPACKET));
      closeFd(acceptConnection(socket.fd));
      return [socket];
    } finally {
      assert.equal(setUmask(umask), 0o027, "the umask is as it was");
    }
  });
});

Deno.test("listenInRunDir() gives the next daemon the next number, and never a living one's name", () => {
  inRunDir((runDir) => {
    const sockets = [1, 2, 3].map(() => listenInRunDir(runDir, ":control", SEQPACKET, OPEN));
    const names = sockets.map(({ path }) => path.slice(runDir.length + 1));
    assert.deepEqual(names, [":control", ":control.2", ":control.3"]);
    removeSocket(sockets[1]);
    const again = listenInRunDir(runDir, ":control", SEQPACKET, OPEN);
    assert.equal(again.path, `${runDir}/:control.2`);
    const other = listenInRunDir(runDir, ":metrics", STREAM, OPEN);
    assert.equal(other.path, `${runDir}/:metrics`);
    return [sockets[0], sockets[2], again, other];
  });
});

Deno.test("listenInRunDir() takes the place of a dead daemon's socket", () => {
  inRunDir((runDir) => {
    leaveBehind(`${runDir}/:control`);
    const socket = listenInRunDir(runDir, ":control", SEQPACKET, OPEN);
    assert.equal(socket.path, `${runDir}/:control`);
    closeFd(connectUnix(socket.path, SEQPACKET));
    return [socket];
  });
});

Deno.test("listenInRunDir() leaves a living socket alone that is full or of another type", () => {
  inRunDir((runDir) => {
    const stream = listenUnix(`${runDir}/:control`, STREAM, 1);
    const full = listenUnix(`${runDir}/:control.2`, SEQPACKET, 0);
    const client = connectUnix(`${runDir}/:control.2`, SEQPACKET);
    const socket = listenInRunDir(runDir, ":control", SEQPACKET, OPEN);
    assert.equal(socket.path, `${runDir}/:control.3`);
    [stream, full, client].forEach(closeFd);
    return [socket];
  });
});

Deno.test("listenInRunDir() refuses a place where something else than a socket is, and leaves it there", () => {
  const things: readonly [string, (path: string) => void][] = [
    ["a directory", (path) => Deno.mkdirSync(path)],
    ["a file", (path) => Deno.writeTextFileSync(path, "text")],
    ["a symbolic link to nothing", (path) => Deno.symlinkSync("/nonexistent/socket", path)],
    ["a symbolic link to a dead socket", (path) => {
      leaveBehind(`${path}.target`);
      Deno.symlinkSync(`${path}.target`, path);
    }],
  ];
  for (const [what, make] of things) {
    inRunDir((runDir) => {
      make(`${runDir}/:control`);
      assert.throws(
        () => listenInRunDir(runDir, ":control", SEQPACKET, OPEN),
        { message: `Cannot listen at ${runDir}/:control: something is there that is no socket` },
        what,
      );
      Deno.lstatSync(`${runDir}/:control`);
    });
  }
});

Deno.test("listenInRunDir() says that a path is too long, or that there is no directory", () => {
  inRunDir((runDir) => {
    const deep = `${runDir}/${"x".repeat(100)}`;
    Deno.mkdirSync(deep);
    assert.throws(() => listenInRunDir(deep, ":control", SEQPACKET, OPEN), RangeError);
    assert.throws(
      () => listenInRunDir(`${runDir}/none`, ":control", SEQPACKET, OPEN),
      (error) => error instanceof ErrnoError && error.code === Errno.ENOENT,
    );
  });
});

Deno.test("listenInRunDir() gives up when all names are taken", () => {
  inRunDir((runDir) => {
    const sockets = Array.from({ length: 16 }, () => listenInRunDir(runDir, ":c", STREAM, OPEN));
    assert.throws(() => listenInRunDir(runDir, ":c", STREAM, OPEN), /16 daemons do already/);
    return sockets;
  });
});

Deno.test("listenInRunDir() leaves no socket behind whose group could not be set", () => {
  inRunDir((runDir) => {
    const access = {
      mode: 0o660,
      // In the place of a chown that fails.
      get gid(): number {
        throw new Error("no right");
      },
    };
    assert.throws(() => listenInRunDir(runDir, ":control", SEQPACKET, access), /no right/);
    assert.deepEqual([...Deno.readDirSync(runDir)].map(({ name }) => name), [":control:lock"]);
  });
});

Deno.test("listenInRunDir() waits for a starter that is about to listen, but not for ever", () => {
  inRunDir((runDir) => {
    const held = lockFile(`${runDir}/:control:lock`);
    assert.notEqual(held, null);
    assert.throws(
      () => listenInRunDir(runDir, ":control", SEQPACKET, OPEN),
      /Cannot lock .*:control:lock/,
    );
    closeFd(held!);
    return [listenInRunDir(runDir, ":control", SEQPACKET, OPEN)];
  });
});

Deno.test("removeSocket() takes the file away, and is content when it is gone already", () => {
  inRunDir((runDir) => {
    for (const early of [false, true]) {
      const socket = listenInRunDir(runDir, ":control", SEQPACKET, OPEN);
      if (early) Deno.removeSync(socket.path);
      removeSocket(socket);
      assert.throws(() => Deno.lstatSync(socket.path), Deno.errors.NotFound);
    }
  });
});
