/**
 * A machine that lacks what a calf cannot do without.
 *
 * @module
 */

import assert from "node:assert/strict";
import { daemonCommand } from "../support/daemon.ts";
import { withNetwork } from "../support/network.ts";
import { testWith } from "../support/requirements.ts";

/** Runs "$@" where libseccomp is an empty file, in a mount namespace of its own. */
const WITHOUT_LIBSECCOMP = `
  PATH=$PATH:/usr/sbin:/sbin
  library=$(ldconfig -p | sed -n 's/.*libseccomp\\.so\\.2 .*=> //p' | head -n 1)
  mount --bind /dev/null "$library" && exec "$@"`;

testWith(
  ["root", "netns", "executable"],
  "a daemon without libseccomp says so and exits with 69",
  async () => {
    await withNetwork(async (network) => {
      const { code, stderr } = await network.client.output([
        ...["unshare", "--mount", "sh", "-c", WITHOUT_LIBSECCOMP, "sh"],
        ...daemonCommand(network, "--oneshot", "--timeout=20"),
      ]);
      assert.equal(code, 69, stderr);
      assert.match(stderr, /^mirage-dhcp: Cannot load libseccomp\.so\.2: [^\n]*$/m);
    });
  },
);
