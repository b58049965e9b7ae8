import assert from "node:assert/strict";
import { Errno, ErrnoError } from "./errno.ts";
import { closeFd } from "./fd.ts";
import { setSocketAccess } from "./socket_file.ts";
import { listenUnix, SocketType } from "./unix_socket.ts";

function withFolder(body: (folder: string) => void): void {
  const folder = Deno.makeTempDirSync();
  try {
    body(folder);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

Deno.test("setSocketAccess() sets mode and group of a socket's file", () => {
  withFolder((folder) => {
    const path = `${folder}/socket`;
    const fd = listenUnix(path, SocketType.SEQPACKET, 1);
    try {
      const group = Deno.uid() === 0 ? 12345 : Deno.gid()!;
      setSocketAccess(path, 0o660, group);
      const { mode, gid, uid } = Deno.statSync(path);
      assert.deepEqual([mode! & 0o777, gid, uid], [0o660, group, Deno.uid()]);
      setSocketAccess(path, 0o600, null);
      assert.equal(Deno.statSync(path).gid, group);
    } finally {
      closeFd(fd);
    }
  });
});

Deno.test("setSocketAccess() follows no link, and changes nothing but sockets", () => {
  withFolder((folder) => {
    const file = `${folder}/file`;
    Deno.writeTextFileSync(file, "", { mode: 0o600 });
    Deno.symlinkSync(file, `${folder}/link`);
    for (const path of [file, `${folder}/link`]) {
      assert.throws(() => setSocketAccess(path, 0o666, null), (error) => {
        assert.ok(error instanceof ErrnoError);
        assert.equal(error.code, Errno.ENOTSOCK);
        return true;
      });
    }
    assert.equal(Deno.statSync(file).mode! & 0o777, 0o600);
  });
});
