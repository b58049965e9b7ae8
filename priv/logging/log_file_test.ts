import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { closeFd, O_NONBLOCK, O_RDONLY, openFd } from "../../ffi/fd.ts";
import { run } from "../../tests/support/process.ts";
import { testWith } from "../../tests/support/requirements.ts";
import { LogFile } from "./log_file.ts";

interface World {
  readonly path: string;
  readonly file: LogFile;
  readonly troubles: string[];
  readonly clock: { now: number };
}

async function inWorld(body: (world: World) => void | Promise<void>): Promise<void> {
  const directory = await Deno.makeTempDir();
  const path = `${directory}/log`;
  const troubles: string[] = [];
  const clock = { now: 0 };
  const file = new LogFile(path, {
    now: () => clock.now,
    onTrouble: (text) => troubles.push(text.replace(directory, "")),
  });
  try {
    await body({ path, file, troubles, clock });
  } finally {
    file.close();
    await Deno.remove(directory, { recursive: true });
  }
}

Deno.test("LogFile appends lines to what is there, and makes a file for its owner and a group", async () => {
  await inWorld(({ path, file }) => {
    assert.equal(file.write("one"), true);
    assert.equal(Deno.statSync(path).mode! & 0o777, 0o640);
    Deno.writeTextFileSync(path, "somebody else\n", { append: true });
    assert.equal(file.write("two"), true);
    assert.equal(Deno.readTextFileSync(path), "one\nsomebody else\ntwo\n");
  });
});

Deno.test("LogFile writes to the old file until it is reopened, then to the new one", async () => {
  await inWorld(({ path, file }) => {
    file.write("one");
    Deno.renameSync(path, `${path}.1`);
    file.write("two");
    file.reopen();
    file.write("three");
    assert.equal(Deno.readTextFileSync(`${path}.1`), "one\ntwo\n");
    assert.equal(Deno.readTextFileSync(path), "three\n");
  });
});

Deno.test("LogFile refuses a link, a FIFO and a directory, and does not wait", async () => {
  await inWorld(async ({ path, file, troubles }) => {
    Deno.symlinkSync(`${path}.elsewhere`, path);
    assert.equal(file.write("x"), false);
    Deno.removeSync(path);
    await run(["mkfifo", path]);
    file.reopen();
    assert.equal(file.write("x"), false);
    const reader = openFd(path, O_RDONLY | O_NONBLOCK, 0);
    file.reopen();
    assert.equal(file.write("x"), false);
    closeFd(reader);
    Deno.removeSync(path);
    Deno.mkdirSync(path);
    file.reopen();
    assert.equal(file.write("x"), false);
    assert.deepEqual(
      troubles,
      ["ELOOP", "ENXIO", "not a regular file", "EISDIR"]
        .map((reason) => `Cannot write the log file /log: ${reason}`),
    );
    assert.throws(() => Deno.lstatSync(`${path}.elsewhere`), Deno.errors.NotFound);
  });
});

Deno.test("LogFile tries a file that cannot be opened again after a minute, and warns once", async () => {
  await inWorld(({ path, file, troubles, clock }) => {
    Deno.mkdirSync(path);
    file.write("x");
    Deno.removeSync(path);
    clock.now = 59_999;
    assert.equal(file.write("x"), false);
    assert.equal(file.reason, "EISDIR");
    clock.now = 60_000;
    assert.equal(file.write("y"), true);
    assert.equal(Deno.readTextFileSync(path), "y\n");
    assert.equal(troubles.length, 1);
  });
});

Deno.test("LogFile may be written to by whoever is told of the trouble", () => {
  const directory = Deno.makeTempDirSync();
  const file: LogFile = new LogFile(directory, {
    now: () => 0,
    onTrouble: () => assert.equal(file.write("trouble"), false),
  });
  assert.equal(file.write("x"), false);
  assert.equal(file.reason, "EISDIR");
  Deno.removeSync(directory);
});

testWith(["netns"], "LogFile goes on with a line of its own after the disk was full", async () => {
  const directory = await Deno.makeTempDir();
  try {
    const script = fileURLToPath(new URL("./log_file_fixture.ts", import.meta.url));
    const text = await run([
      ...["unshare", "--mount", "--propagation", "private", "sh", "-c"],
      'mount -t tmpfs -o size=16k tmpfs "$1" && shift && exec "$@"',
      ...["sh", directory, Deno.execPath(), "run", "-A", "--no-check", script, directory],
    ]);
    const { written, troubles, lines, reason } = JSON.parse(text);
    assert.ok(written >= 10, String(written));
    assert.deepEqual(troubles.length, 1);
    assert.match(troubles[0], /no room for the whole line$/);
    assert.equal(reason, "ENOSPC");
    const whole = (i: number) => `${"x".repeat(1000)} ${i}`;
    assert.deepEqual(lines.slice(0, written), Array.from({ length: written }, (_, i) => whole(i)));
    assert.ok(whole(written).startsWith(lines[written]), "a part of the next one");
    assert.deepEqual(lines.slice(written + 1), ["after", ""]);
  } finally {
    await Deno.remove(directory);
  }
});
