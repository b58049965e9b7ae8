/**
 * What is left to the calf, and to priv, as the kernel tells it.
 *
 * @module
 */

import assert from "node:assert/strict";
import { confinementOf } from "../support/confinement.ts";
import { withDaemon } from "../support/daemon.ts";
import { withServer } from "../support/dhcp_server.ts";
import { withNetwork } from "../support/network.ts";
import { testWith } from "../support/requirements.ts";

const SECCOMP_MODE_FILTER = 2;

testWith(
  ["root", "netns", "executable"],
  "the calf has nothing but its five descriptors",
  async () => {
    await withNetwork(async (network) => {
      await withServer(network, {}, async () => {
        await withDaemon(network, async (daemon) => {
          await daemon.waitForLease();
          const calf = confinementOf(await daemon.calf(), daemon.process.pid);
          assert.notEqual(calf.uid, 0);
          assert.equal(calf.capabilities, 0n);
          assert.equal(calf.bounding, 0n);
          assert.equal(calf.seccomp, SECCOMP_MODE_FILTER);
          assert.equal(calf.noNewPrivileges, true);
          assert.equal(calf.threads, 1);
          assert.deepEqual(
            [...calf.descriptors].map(([fd, what]) => `${fd} ${what.replace(/:.*/, "")}`),
            ["0 /dev/null", "1 pipe", "2 pipe", "3 socket", "4 socket"],
          );
          for (const kind of ["net", "mnt"]) assert.ok(calf.ownNamespaces.includes(kind), kind);
          assert.deepEqual(calf.root, []);
        });
      });
    });
  },
);
