import assert from "node:assert/strict";
import {
  closeFd,
  O_CLOEXEC,
  O_PATH,
  O_RDONLY,
  openFd,
  pipe,
  setNonblocking,
} from "../../ffi/fd.ts";
import { seqpacketPair } from "../../ffi/socket.ts";
import { acceptConnection, listenUnix, SocketType } from "../../ffi/unix_socket.ts";
import { isAlive, Running } from "../../tests/support/process.ts";
import { findProgram, testWith } from "../../tests/support/requirements.ts";
import { waitUntil } from "../../tests/support/wait.ts";
import { CalfSource } from "../calf_source.ts";
import { ExitCode, ExitError } from "../exit_code.ts";
import { Spawner, spawnerProgram, spawnSpawner } from "./spawner.ts";

const isUnusable = (error: unknown) =>
  error instanceof ExitError && error.code === ExitCode.TEMPFAIL;

/** What a service manager does with a connection: it becomes descriptor 1 of the spawner. */
function serve(listener: number): number {
  const connection = acceptConnection(listener);
  setNonblocking(connection, false); // the spawner waits
  const fds = [
    openFd("/dev/null", O_RDONLY | O_CLOEXEC, 0),
    connection,
    openFd("/proc/self/exe", O_PATH | O_CLOEXEC, 0),
  ];
  const program = spawnerProgram();
  try {
    return spawnSpawner(fds, program);
  } finally {
    for (const fd of [...fds, program]) closeFd(fd);
  }
}

async function withSocket(body: (path: string) => Promise<void> | void): Promise<void> {
  const directory = await Deno.makeTempDir();
  try {
    await Deno.chmod(directory, 0o755);
    await body(`${directory}/spawner`);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

Deno.test("Spawner.connect() has calves started by whoever listens, and ends him", async () => {
  await withSocket(async (path) => {
    const listener = listenUnix(path, SocketType.SEQPACKET, 1);
    try {
      const spawner = Spawner.connect(path);
      const pid = serve(listener);
      const [log, itsLog] = pipe();
      const [net, itsNet] = seqpacketPair();
      const [ctl, itsCtl] = seqpacketPair();
      const calf = spawner.startCalf("eth0", { net: itsNet, ctl: itsCtl, log: itsLog });
      for (const fd of [log, itsLog, net, itsNet, ctl, itsCtl]) closeFd(fd);
      assert.ok(calf > 0 && calf !== pid);
      spawner.close();
      await waitUntil("the end of the spawner", () => !isAlive(pid));
    } finally {
      closeFd(listener);
    }
  });
});

Deno.test("Spawner.connect() says that nobody listens", async () => {
  await withSocket((path) => assert.throws(() => Spawner.connect(path), isUnusable));
});

Deno.test("CalfSource uses the spawner that the command line names, in either form", async () => {
  await withSocket((path) => {
    for (const option of [[`--spawner=${path}`], ["--spawner", path]]) {
      const calves = new CalfSource([...option, "eth0"]);
      assert.equal(calves.earlyPid, null);
      assert.throws(() => calves.start("eth0"), isUnusable);
      calves.close();
    }
  });
});

testWith(["root", "networkd"], "Spawner.connect() does not trust another user", async () => {
  await withSocket(async (path) => {
    await Deno.chmod(path.slice(0, path.lastIndexOf("/")), 0o777);
    const other = new Running([
      ...["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"],
      ...[findProgram("systemd-socket-activate"), "--seqpacket", `--listen=${path}`, "cat"],
    ]);
    try {
      await other.waitForLine(/Listening on/);
      assert.throws(
        () => Spawner.connect(path),
        (error) => isUnusable(error) && /user 65534 listens there/.test(String(error)),
      );
    } finally {
      await other.stop();
    }
  });
});
