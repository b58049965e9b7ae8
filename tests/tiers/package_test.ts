/**
 * The Debian package as lintian(1) sees it.
 *
 * @module
 */

import assert from "node:assert/strict";
import { buildPackage } from "../../linuxkit/debian/package.ts";
import { output } from "../support/process.ts";
import { executablePath, testWith } from "../support/requirements.ts";
import { withinTime } from "../support/time_limit.ts";

testWith(
  ["executable", "dpkg", "lintian"],
  "lintian finds nothing in the Debian package",
  async () => {
    const folder = await Deno.makeTempDir();
    try {
      await withinTime("lintian", 180, async () => {
        const path = await buildPackage({ executable: executablePath(), folder });
        const { code, stdout, stderr } = await output([
          ...["lintian", "--allow-root", "--color=never", "--fail-on=error,warning", path],
        ]);
        assert.deepEqual({ code, text: stdout.trim() }, { code: 0, text: "" }, stderr);
      });
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
);
