import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import fc from "fast-check";
import { tarArchive, type TarEntry } from "./tar.ts";

const text = (value: string) => new TextEncoder().encode(value);

/** What tar(1) lists. */
async function list(archive: Uint8Array): Promise<string[]> {
  const child = new Deno.Command("tar", {
    args: ["--list", "--verbose", "--numeric-owner", "--utc", "--full-time", "--file=-"],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(archive);
  await writer.close();
  const { success, stdout } = await child.output();
  assert.ok(success);
  return new TextDecoder().decode(stdout).trim().split("\n").map((line) =>
    line.replace(/ +/g, " ")
  );
}

Deno.test("tarArchive() sorts, and writes root's files of 1970", async () => {
  const archive = tarArchive([
    { path: "sbin/dhcpcd", type: "symlink", target: "/mirage-dhcp" },
    { path: "mirage-dhcp", type: "file", bytes: text("#!"), mode: 0o755 },
    { path: "sbin", type: "directory" },
    { path: "tmp", type: "directory", mode: 0o1777 },
    { path: "conf", type: "file", bytes: text("x".repeat(513)) },
  ]);
  assert.deepEqual(await list(archive), [
    "-rw-r--r-- 0/0 513 1970-01-01 00:00:00 conf",
    "-rwxr-xr-x 0/0 2 1970-01-01 00:00:00 mirage-dhcp",
    "drwxr-xr-x 0/0 0 1970-01-01 00:00:00 sbin/",
    "lrwxrwxrwx 0/0 0 1970-01-01 00:00:00 sbin/dhcpcd -> /mirage-dhcp",
    "drwxrwxrwt 0/0 0 1970-01-01 00:00:00 tmp/",
  ]);
});

Deno.test("tarArchive() refuses a path that is too long, or comes twice", () => {
  const file = (path: string): TarEntry => ({ path, type: "file", bytes: text("") });
  assert.throws(() => tarArchive([file("x".repeat(101))]), /too long/);
  assert.throws(() => tarArchive([file("a"), file("b"), file("a")]), /a is there twice/);
});

Deno.test("tarArchive() gives the same bytes for the same entries in any order", () => {
  const entries = fc.uniqueArray(fc.stringMatching(/^[a-z]{1,9}$/), { minLength: 1, maxLength: 5 })
    .map((names) => names.map((path): TarEntry => ({ path, type: "file", bytes: text(path) })));
  fc.assert(fc.property(entries, (entries) => {
    assert.equal(Buffer.compare(tarArchive(entries), tarArchive(entries.toReversed())), 0);
  }));
});
