/**
 * Who may ask a real daemon: root, and the socket's group, and nobody else whatever the mode of the socket.
 *
 * @module
 */

import assert from "node:assert/strict";
import { STRANGER, strangersCommands, waitForVerified, withLease } from "../support/commands.ts";
import { controlSocket } from "../support/operator.ts";
import { testWith } from "../support/requirements.ts";

const GROUP = 4242;
const DENIED = /:control: permission denied; only root and the socket's group may$/m;

testWith(
  ["root", "netns", "executable", "dnsmasq"],
  "a stranger is refused with 77, by the socket's mode and by the daemon",
  async (t) => {
    await withLease(async ({ network, daemon, commands }) => {
      const strangers = await strangersCommands(network);
      const refused = async () => {
        for (const name of ["status", "watch", "renew", "rebind", "release", "reload", "audit"]) {
          await strangers.fail(77, DENIED, name);
        }
        await strangers.fail(77, DENIED, "get", "ip");
        const state = `--state-dir=${network.directory}/state`;
        await strangers.fail(77, /Cannot read the audit log: Permission denied/, "audit", state);
      };

      await t.step("by the mode", async () => {
        await refused();
        assert.doesNotMatch(await commands.print("audit"), new RegExp(`operator uid=${STRANGER}`));
      });

      await t.step("by the daemon, which notes it", async () => {
        await Deno.chmod(controlSocket(network), 0o666);
        await refused();
        assert.match(
          await commands.print("audit"),
          new RegExp(`operator uid=${STRANGER} pid=\\d+ - connect denied: permission denied$`, "m"),
        );
      });

      assert.equal(daemon.file("state"), "BOUND");
      assert.match(await commands.print("renew"), /^eth0: renewed/);
    });
  },
);

testWith(
  ["root", "netns", "executable", "dnsmasq"],
  "a member of the socket's group may do what root may",
  async () => {
    await withLease(
      async ({ network, commands }) => {
        const { mode, gid } = await Deno.stat(controlSocket(network));
        assert.deepEqual([(mode ?? 0) & 0o777, gid], [0o660, GROUP]);
        const members = await strangersCommands(network, [GROUP]);
        assert.match(await members.print("status"), /^eth0 {2}BOUND$/m);
        assert.equal(await members.print("renew"), "eth0: renewed, 192.0.2.7/24, lease 1 h\n");
        await members.fail(77, /eth0\/seed: it may not be read/, "get", "eth0/seed");
        await waitForVerified(commands); // the last of what a start has to say
        assert.equal(await members.print("audit"), await commands.print("audit"));
        assert.match(
          await members.print("audit"),
          new RegExp(`operator uid=${STRANGER} pid=\\d+ eth0 write /request .*-> renew ok$`, "m"),
        );
        const others = await strangersCommands(network, [GROUP + 1]);
        await others.fail(77, DENIED, "status");
      },
      {},
      () => [`--control-group=${GROUP}`],
    );
  },
);
