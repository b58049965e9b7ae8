/**
 * The operator's socket of a real daemon: what it shows, what it does, whom it serves, and what no client
 * can do to it.
 *
 * @module
 */

import assert from "node:assert/strict";
import { closeFd } from "../../ffi/fd.ts";
import { connectUnix, SocketType } from "../../ffi/unix_socket.ts";
import { read, subscribe, write } from "../../priv/testing/operator_messages.ts";
import { type Daemon, withDaemon } from "../support/daemon.ts";
import { startDnsmasq } from "../support/dnsmasq.ts";
import { type Network, withNetwork } from "../support/network.ts";
import { controlSocket, Operator, waitForSocket } from "../support/operator.ts";
import { testWith } from "../support/requirements.ts";
import { delay } from "../support/wait.ts";

/** Runs `body` with a daemon that has a lease. */
async function withLease(
  body: (daemon: Daemon, network: Network, path: string) => Promise<void>,
): Promise<void> {
  await withNetwork(async (network) => {
    await startDnsmasq(network);
    await withDaemon(network, async (daemon) => {
      await daemon.waitForLease();
      const path = controlSocket(network);
      await waitForSocket(path);
      await body(daemon, network, path);
    });
  });
}

testWith(
  ["netns", "executable", "dnsmasq"],
  "an operator sees and asks, and may do no more",
  async (t) => {
    await withLease(async (daemon, network, path) => {
      await t.step("the socket is for root and nobody else", async () => {
        const { mode, uid, gid } = await Deno.stat(path);
        assert.equal((mode ?? 0) & 0o777, 0o660);
        assert.deepEqual([uid, gid], [Deno.uid(), Deno.gid()]);
      });

      await t.step("everything but the seed is told at once", async () => {
        using operator = new Operator(path);
        operator.say(subscribe(1, "/"));
        assert.equal(
          await operator.hear("1 /interface/eth0/state"),
          "1 /interface/eth0/state BOUND",
        );
        assert.equal(
          await operator.hear("1 /interface/eth0/ip"),
          "1 /interface/eth0/ip 192.0.2.7/24",
        );
        await operator.hear("1 /interface/eth0/sandbox/kind v8");
        await operator.hear(`1 /interface/eth0/calf/pid ${await daemon.calf()}`);
        await operator.hear("1 /interface/eth0/timer/expire ");
        await operator.hear("1 /interface/eth0/packets/sent ");
        await operator.hear(`1 /daemon/pid ${daemon.process.pid}`);
        operator.say(read(2, "/interface/eth0/seed"));
        assert.equal(
          await operator.hear("2 "),
          "2 error denied: /interface/eth0/seed may not be read",
        );
      });

      await t.step("a renewal is asked for, and seen", async () => {
        using operator = new Operator(path);
        operator.say(subscribe(1, "/interface/eth0/state"));
        await operator.hear("1 /interface/eth0/state BOUND");
        operator.say(write(2, "/interface/eth0/request", "renew"));
        await operator.hear("1 /interface/eth0/state RENEWING");
        await operator.hear("1 /interface/eth0/state BOUND");
      });

      await t.step("nothing else can be written", async () => {
        using operator = new Operator(path);
        for (
          const [key, text] of [
            ["/interface/eth0/ip", "198.51.100.1/24"],
            ["/interface/eth0/config/acd", "off"],
            ["/interface/eth0/mac", "02:00:00:00:00:99"],
            ["/daemon/version", "0"],
          ]
        ) {
          operator.say(write(3, key, text));
          assert.equal(await operator.hear("3 "), `3 error denied: ${key} is read-only`);
        }
        assert.equal(await network.addressText(), "192.0.2.7/24");
      });

      await t.step("a release is asked for, and a renewal ends it", async () => {
        using operator = new Operator(path);
        operator.say(write(1, "/interface/eth0/request", "release"));
        await daemon.waitForState("RELEASED");
        assert.equal(await network.addressText(), "");
        operator.say(write(2, "/interface/eth0/request", "renew"));
        await daemon.waitForLease();
      });
    });
  },
);

testWith(["netns", "executable", "dnsmasq"], "no client harms the daemon", async (t) => {
  await withLease(async (daemon, _, path) => {
    const descriptors = () => [...Deno.readDirSync(`/proc/${daemon.process.pid}/fd`)].length;
    await delay(500); // who has looked for the socket is forgotten by then
    const before = descriptors();

    await t.step("a thousand clients one after the other leave no descriptor behind", async () => {
      for (let n = 0; n < 1000; n++) {
        using operator = new Operator(path);
        operator.say(read(n, "/daemon/version"));
        assert.equal(operator.hearAtOnce().length, 1);
      }
      await settled(() => descriptors() === before);
      assert.equal(descriptors(), before);
    });

    await t.step("clients that die at any moment are forgotten", async () => {
      for (let n = 0; n < 100; n++) {
        const operator = new Operator(path);
        if (n % 3 > 0) operator.say(subscribe(n, "/"));
        if (n % 3 > 1) operator.say(Uint8Array.of(n));
        closeFd(operator.fd);
      }
      await settled(() => descriptors() === before);
      assert.equal(descriptors(), before);
    });

    await t.step("garbage ends the client that sends it", async () => {
      for (
        const bytes of [
          Uint8Array.of(0),
          new Uint8Array(16385),
          new Uint8Array(16384).fill(0xff),
          Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0),
        ]
      ) {
        using operator = new Operator(path);
        operator.say(bytes);
        await operator.hear("end");
      }
    });

    await t.step(
      "who asks too much, or reads nothing, is cut off, and others are served",
      async () => {
        using deaf = new Operator(path);
        using greedy = new Operator(path);
        deaf.say(subscribe(1, "/"));
        for (let n = 0; n < 150; n++) greedy.say(read(n, "/daemon/pid"));
        await greedy.hear("end");
        using polite = new Operator(path);
        polite.say(read(1, "/daemon/version"));
        await polite.hear("1 ok ");
      },
    );

    await t.step("there is room for so many and no more", async () => {
      const fds: number[] = [];
      try {
        for (let n = 0; n < 40; n++) fds.push(connectUnix(path, SocketType.SEQPACKET));
        using late = new Operator(path);
        assert.equal(await late.hear("0 "), "0 error too many clients");
      } finally {
        fds.forEach(closeFd);
      }
      await settled(() => descriptors() === before);
      using next = new Operator(path);
      next.say(read(1, "/daemon/version"));
      await next.hear("1 ok ");
    });

    assert.equal(daemon.file("state"), "BOUND");
    daemon.assertRunning();
  });
});

async function settled(condition: () => boolean): Promise<void> {
  for (let n = 0; n < 200 && !condition(); n++) await delay(20);
}
