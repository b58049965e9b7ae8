/**
 * Tests of test.ts.
 *
 * @module
 */
import assert from "node:assert/strict";
import { join } from "../../linuxkit/build/paths.ts";
import { PROJECT } from "../../linuxkit/build/project.ts";
import { selectTests } from "./test.ts";

const ALL = ["ffi/fd_test.ts", "ffi/poll_test.ts", "priv/log_test.ts", "tests/e2e/lease_test.ts"];

Deno.test("selectTests() takes everything when nothing is asked for", () => {
  assert.deepEqual(selectTests([], ALL, PROJECT), { files: ALL, args: [] });
});

Deno.test("selectTests() tells files, folders, options and words apart", () => {
  assert.deepEqual(selectTests(["ffi", "--fail-fast", "lease"], ALL, PROJECT), {
    files: ALL.slice(0, 2),
    args: ["--fail-fast", "--filter=lease"],
  });
  assert.deepEqual(selectTests(["./log_test.ts"], ALL, join(PROJECT, "priv")).files, [ALL[2]]);
  assert.deepEqual(selectTests(["tests/e2e/", "ffi/fd_test.ts"], ALL, PROJECT).files, [
    ALL[0],
    ALL[3],
  ]);
});
