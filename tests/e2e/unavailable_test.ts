/**
 * A machine that lacks what neither priv nor a calf can do without.
 *
 * @module
 */

import assert from "node:assert/strict";
import { daemonCommand } from "../support/daemon.ts";
import { withNetwork } from "../support/network.ts";
import { testWith } from "../support/requirements.ts";

testWith(
  ["netns", "executable", "strace"],
  "a daemon without seccomp says so and exits with 69",
  async () => {
    await withNetwork(async (network) => {
      const { code, stderr } = await network.client.output([
        ...["strace", "--output=/dev/null", "--inject=seccomp:error=ENOSYS"],
        ...daemonCommand(network, "--oneshot", "--timeout=20"),
      ]);
      assert.equal(code, 69, stderr);
      assert.match(stderr, /^mirage-dhcp: Cannot confine priv: [^\n]*seccomp[^\n]*$/m);
    });
  },
);
