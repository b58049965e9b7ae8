/**
 * Cases of one life of the daemon: getting a lease and keeping it.
 *
 * @module
 */

import assert from "node:assert/strict";
import { withDaemon } from "../support/daemon.ts";
import { addressOption, DhcpType, option } from "../support/dhcp_message.ts";
import { BROADCAST_MAC } from "../support/frame.ts";
import type { Network } from "../support/network.ts";
import { waitUntil } from "../support/wait.ts";
import { SECOND_INTERFACE } from "./lan.ts";
import {
  boundAddress,
  CLIENT_INTERFACES,
  FIRST_ADDRESS,
  poolOf,
  type Row,
  SECOND_ADDRESS,
  withStage,
} from "./stage.ts";
import type { Heard, Tap } from "./tap.ts";

/** Four messages, and what the server has said is in force. */
export async function testLease(row: Row): Promise<void> {
  const pool = poolOf(row);
  await withStage(row, pool, async ({ network, server, tap }) => {
    await withDaemon(network, async (daemon) => {
      await daemon.waitForLease(`${FIRST_ADDRESS}/24`);
      assert.equal(daemon.file("lease/server"), pool.server);
      assert.equal(daemon.file("lease/time"), String(pool.leaseSeconds));
      assert.equal(daemon.file("lease/t1"), String(pool.t1));
      assert.equal(daemon.file("lease/t2"), String(pool.t2));
      assert.equal((await network.defaultRoutes())[0]?.gateway, pool.router);

      const [request] = tap.heard(DhcpType.REQUEST);
      assert.equal(tap.messages[0].type, DhcpType.DISCOVER);
      assert.equal(addressOption(request.message, 50), FIRST_ADDRESS);
      assert.equal(addressOption(request.message, 54), pool.server);
      assert.equal(tap.messages.at(-1)?.type, DhcpType.ACK);
      const leases = await server.leases();
      if (leases !== null) assert.deepEqual(leases, [FIRST_ADDRESS]);
    });
  });
}

/** RFC 2131 §4.4.5: at T1 the server is asked by unicast, and agrees. */
export async function testRenew(row: Row): Promise<void> {
  const pool = poolOf(row);
  await withStage(row, pool, async ({ network, tap }) => {
    await withDaemon(network, async (daemon) => {
      await daemon.waitForLease(`${FIRST_ADDRESS}/24`);
      const renewal = await waitForExtension(tap);
      assert.equal(renewal.datagram.source, FIRST_ADDRESS);
      assert.equal(renewal.datagram.destination, pool.server);
      assert.notEqual(renewal.datagram.destinationMac, BROADCAST_MAC);
      await waitForNewLifetime(network, pool.leaseSeconds);
      await daemon.waitForLease(`${FIRST_ADDRESS}/24`);
      assertNoNewBeginning(tap);
    });
  });
}

/** RFC 2131 §4.4.5: at T2 any server is asked by broadcast, and another one agrees. */
export async function testRebind(row: Row): Promise<void> {
  // A relay brings its server also what was sent to another one by unicast. So that server comes
  // when there is no more of that: the second broadcast is answered, half of the remaining time
  // after the first.
  const [downUntil, leaseSeconds] = row.behindRelay ? ["REBINDING", 30] : ["RENEWING", 120];
  await withStage(row, { ...poolOf(row), leaseSeconds }, async (stage) => {
    const { network, tap } = stage;
    await withDaemon(network, async (daemon) => {
      await daemon.waitForLease(`${FIRST_ADDRESS}/24`);
      await stage.server.stop();
      await daemon.waitForState(downUntil, 30_000);
      const moved = { ...poolOf(row, 2), leaseSeconds };
      await stage.startServer(moved);
      const rebinding = await waitForExtension(tap);
      assert.equal(rebinding.datagram.source, FIRST_ADDRESS);
      assert.equal(rebinding.datagram.destination, "255.255.255.255");
      assert.equal(rebinding.datagram.destinationMac, BROADCAST_MAC);
      await waitForNewLifetime(network, leaseSeconds);
      await daemon.waitForLease(`${FIRST_ADDRESS}/24`);
      await waitUntil("the other server's identifier", () => {
        return daemon.file("lease/server") === moved.server;
      });
      assertNoNewBeginning(tap);
    });
  });
}

/** One daemon, two interfaces, two leases. */
export async function testTwoClients(row: Row): Promise<void> {
  const pool = { ...poolOf(row), last: SECOND_ADDRESS };
  await withStage(row, pool, async ({ network, server }) => {
    await withDaemon(network, async (daemon) => {
      const addresses = await waitUntil("two leases", async () => {
        daemon.assertRunning();
        const found: string[] = [];
        for (const name of CLIENT_INTERFACES) {
          found.push(await boundAddress(network, name) ?? "");
        }
        return found.includes("") ? null : found.sort();
      }, { timeoutMs: 20_000 });
      assert.deepEqual(addresses, [FIRST_ADDRESS, SECOND_ADDRESS]);
      const leases = await server.leases();
      if (leases !== null) assert.deepEqual(leases.sort(), addresses);
    }, SECOND_INTERFACE);
  });
}

/** Waits for a DHCPREQUEST for more time that is answered by DHCPACK, and gives it. */
async function waitForExtension(tap: Tap): Promise<Heard> {
  const request = await tap.waitFor("an extension of the lease", (messages) => {
    return messages.find(({ type, message }) =>
      type === DhcpType.REQUEST && message.ciaddr === FIRST_ADDRESS &&
      messages.some((answer) => answer.type === DhcpType.ACK && answer.message.xid === message.xid)
    );
  });
  // RFC 2131 §4.3.6, table 4: neither a requested address nor a server identifier.
  assert.equal(option(request.message, 50), null);
  assert.equal(option(request.message, 54), null);
  return request;
}

/** Without an extension, ten seconds of the address's lifetime would be gone. */
async function waitForNewLifetime(network: Network, leaseSeconds: number): Promise<void> {
  await waitUntil("a new lifetime", async () => {
    return (await network.addresses())[0]?.valid_life_time >= leaseSeconds - 5;
  }, { timeoutMs: 4000 });
}

/** The lease was extended and not begun anew. */
function assertNoNewBeginning(tap: Tap): void {
  const first = tap.messages.findIndex(({ type }) => type === DhcpType.ACK);
  const later = tap.messages.slice(first).filter(({ type }) => type === DhcpType.DISCOVER);
  assert.equal(later.length, 0, tap.text);
}
