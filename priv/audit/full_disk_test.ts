import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { testWith } from "../../tests/support/requirements.ts";
import type { FullDiskReport } from "./full_disk_fixture.ts";

const FIXTURE = fileURLToPath(new URL("full_disk_fixture.ts", import.meta.url));

/** $1: where to mount, $2: Deno, $3: what to run. */
const SCRIPT = `
set -e
mount -t tmpfs -o size=1m,mode=755 tmpfs "$1"
exec "$2" run -A --no-config --no-lock "$3" "$1"
`;

/** Runs the fixture on a file system of 1 MiB that nobody else sees. */
function runOnSmallDisk(): FullDiskReport {
  const directory = Deno.makeTempDirSync();
  try {
    const { stdout, stderr } = new Deno.Command("unshare", {
      args: [
        ...["--mount", "--propagation", "private", "sh", "-c", SCRIPT, "small-disk"],
        ...[directory, Deno.execPath(), FIXTURE],
      ],
      stdin: "null",
    }).outputSync();
    const text = new TextDecoder().decode(stdout);
    assert.ok(text.startsWith("{"), new TextDecoder().decode(stderr));
    return JSON.parse(text);
  } finally {
    Deno.removeSync(directory);
  }
}

testWith(["root"], "AuditLog survives a disk that is full, and its chain does", () => {
  const { statuses: [before, during, after], endedLine, problems, recorded } = runOnSmallDisk();
  assert.deepEqual([before.health, before.lines], ["ok", 1]);
  assert.equal(during.health, "failing");
  assert.match(during.error ?? "", /ENOSPC/);
  assert.ok(during.lost > 0);
  assert.equal(endedLine, true);
  assert.deepEqual([after.health, after.error], ["ok", null]);
  // What was not lost, and the line that tells of it.
  assert.equal(after.lines, recorded - after.lost + 1);
  assert.deepEqual(problems, []);
});
