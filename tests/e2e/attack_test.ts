/**
 * Every claim about the confinement of a calf, tried out by a calf that wants to break it: the real
 * priv and the real confinement of the compiled program, with the service replaced by an attacker's
 * (tests/attacker). Each attack gets a daemon of its own.
 *
 * @module
 */

import assert from "node:assert/strict";
import { attackCommand, withAttacker } from "../support/attacker.ts";
import { macText } from "../support/frame.ts";
import { CLIENT_MAC, SERVER_INTERFACE, withNetwork } from "../support/network.ts";
import { testWith } from "../support/requirements.ts";
import { delay, waitUntil } from "../support/wait.ts";
import { Wire } from "../support/wire.ts";

/** Ended by the kernel for a system call that is not on the list. */
const KILLED = /calf killed by SIGSYS/;
/** Deno itself refuses, because the permission is gone, or dies of what it tries before it asks. */
const REFUSED = /attack \S+ refused: NotCapable|calf killed by SIGSYS/;
/** priv has seen through it. */
const KILLED_BY_PRIV = /calf killed by SIGKILL/;

/** What must become of each attack. */
const GROUPS: Readonly<Record<string, readonly (readonly [attack: string, end: RegExp])[]>> = {
  "files": [
    ["open", KILLED],
    ["openat", KILLED],
    ["stat", KILLED],
    ["readlink", KILLED],
    ["read-a-file-through-deno", REFUSED],
    ["write-a-file-through-deno", REFUSED],
  ],
  "sockets and other descriptors": [
    ["socket-inet", KILLED],
    ["socket-packet", KILLED],
    ["socket-netlink", KILLED],
    ["sendto-stdin", KILLED],
    ["sendto-log", KILLED],
    ["sendto-with-flags", KILLED],
    ["sendto-another-address", KILLED],
    ["sendmsg", KILLED],
    ["write-to-net", KILLED],
    ["write-to-ctl", KILLED],
    ["dup", KILLED],
    ["close", KILLED],
    ["fcntl", KILLED],
    ["ioctl", KILLED],
    ["setsockopt-detach-filter", KILLED],
    ["setsockopt-another-filter", KILLED],
    ["setsockopt-lock-the-filter", KILLED],
    ["recvfrom-another-descriptor", KILLED],
    ["recvmsg", KILLED],
    ["pidfd-open", KILLED],
    ["pidfd-getfd", KILLED],
    ["kcmp", KILLED],
    ["pipe", KILLED],
    ["memfd", KILLED],
  ],
  "programs and processes": [
    ["execve", KILLED],
    ["execveat", KILLED],
    ["fork", KILLED],
    ["clone", KILLED],
    ["kill-parent", KILLED],
    ["kill-everybody", KILLED],
    ["ptrace", KILLED],
    ["process-vm-readv", KILLED],
    ["abort", KILLED],
  ],
  "privileges": [
    ["setuid-root", KILLED],
    ["unshare-user", KILLED],
    ["setns", KILLED],
    ["prctl", KILLED],
    ["seccomp", KILLED],
    ["mount", KILLED],
    ["chroot", KILLED],
    ["sethostname", KILLED],
    ["bpf", KILLED],
    ["io-uring", KILLED],
    ["userfaultfd", KILLED],
    ["perf-event-open", KILLED],
  ],
  "executable memory": [
    ["mmap-exec", KILLED],
    ["mmap-a-descriptor", KILLED],
    ["mprotect-exec", KILLED],
  ],
  "what Deno offers": [
    ["run-a-command-through-deno", REFUSED],
    ["listen-through-deno", REFUSED],
    ["dlopen-through-deno", REFUSED],
    ["environment-through-deno", REFUSED],
  ],
  "priv itself": [
    ["send-garbage-to-priv", KILLED_BY_PRIV],
    ["flood-priv", KILLED_BY_PRIV],
    ["send-an-empty-message", KILLED_BY_PRIV],
    ["exit-as-if-something-were-missing", /calf exited with 69: next start in/],
  ],
};

/** Far more leases than priv follows at once when all is different in each (`priv/lease_pace.ts`). */
const MANY_LEASES = 100;
/** As many as that. */
const MAX_FOLLOWED = 30;

testWith(["netns", "executable"], "a hostile calf is stopped", async (t) => {
  await withNetwork(async (network) => {
    const wire = await Wire.open(network.server, SERVER_INTERFACE);
    for (const [group, attacks] of Object.entries(GROUPS)) {
      await t.step(`in what it tries with ${group}`, async () => {
        for (const [attack, end] of attacks) {
          await withAttacker(network, wire, async (daemon) => {
            wire.send(attackCommand(attack));
            await daemon.waitForLine(end);
            if (group !== "priv itself") assert.doesNotMatch(daemon.log, /survived/, attack);
          });
        }
      });
    }
    await t.step("in filling priv's log", async () => {
      await withAttacker(network, wire, async (daemon) => {
        wire.send(attackCommand("flood-the-log"));
        await daemon.waitForLine(/spam$/);
        await delay(1_000); // a few lines may pass again
        wire.send(attackCommand("send-dhcp"));
        await daemon.waitForLine(/\d+ lines of the calf's log dropped: too many/);
        const passed = daemon.stderr.filter((line) => line.endsWith("spam")).length;
        assert.ok(passed < 500, `${passed} of 5000 lines passed`);
      });
    });
    await t.step("in adding routes that the operator does not want", async () => {
      await withAttacker(network, wire, async (daemon) => {
        wire.send(attackCommand("commit-another-lease"));
        await daemon.waitForLine(/eth0: configured 192\.0\.2\.7/);
        const dhcp = (await network.routes()).filter(({ protocol }) => protocol === "dhcp");
        assert.deepEqual(dhcp.map(({ dst }) => dst), ["default"]);
      }, "--no-classless-routes");
    });
    await t.step("in keeping priv, the kernel and the disk busy with leases", async () => {
      await withAttacker(network, wire, async (daemon) => {
        const committed = () => (daemon.log.match(/survived: committed/g) ?? []).length;
        for (let n = 1; n <= MANY_LEASES; n++) {
          wire.send(attackCommand("commit-another-lease"));
          await waitUntil("the commit", () => committed() >= n, { intervalMs: 2 });
        }
        const followed = daemon.stderr.filter((line) => /configured 192/.test(line)).length;
        assert.ok(followed <= MAX_FOLLOWED, `${followed} leases followed`);
        // What must go goes, whatever was before.
        wire.send(attackCommand("commit-nothing"));
        await daemon.waitForLine(/eth0: removed 192\.0\.2\./);
        assert.equal(await network.addressText(), "");
      });
    });
    await wire.close();
  });
});

testWith(["netns", "executable"], "a hostile calf sends nothing but DHCP", async (t) => {
  await withNetwork(async (network) => {
    const wire = await Wire.open(network.server, SERVER_INTERFACE);
    for (const attack of ["send-a-forged-source", "send-something-else-than-dhcp"]) {
      await t.step(attack, async () => {
        await withAttacker(network, wire, async (daemon) => {
          wire.send(attackCommand(attack));
          await daemon.waitForLine(/survived: sent/);
          // The control: what is allowed does come through, after what is not.
          wire.send(attackCommand("send-dhcp"));
          await waitUntil("the allowed frame", () => sentByUs(wire).length > 0);
          const frames = sentByUs(wire).map((frame) => ({
            source: macText(frame.subarray(6, 12)),
            port: frame[36] << 8 | frame[37],
          }));
          assert.deepEqual(frames, [{ source: CLIENT_MAC, port: 67 }]);
        });
      });
    }
    await t.step("flood-the-network", async () => {
      await withAttacker(network, wire, async (daemon) => {
        wire.send(attackCommand("flood-the-network"));
        await daemon.waitForLine(/calf killed: too many frames/);
        const passed = sentByUs(wire).length;
        assert.ok(passed < 200, `${passed} frames passed`);
      });
    });
    await wire.close();
  });
});

/** IPv4 frames on the cable; the kernel's own IPv6 chatter is none of the calf's. */
function sentByUs(wire: Wire): Uint8Array[] {
  return wire.frames.filter((frame) => frame[12] === 0x08 && frame[13] === 0x00);
}
