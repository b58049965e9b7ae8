/**
 * Cases about what the daemon and the server remember of each other: a lease refused, given back, or
 * taken up again by a daemon that was started anew.
 *
 * @module
 */

import assert from "node:assert/strict";
import { Daemon, withDaemon } from "../support/daemon.ts";
import { addressOption, DhcpType, option } from "../support/dhcp_message.ts";
import type { Network } from "../support/network.ts";
import { waitUntil } from "../support/wait.ts";
import { SECOND_INTERFACE } from "./lan.ts";
import {
  boundAddress,
  FIRST_ADDRESS,
  poolOf,
  RENUMBERED_ADDRESS,
  renumberedPoolOf,
  type Row,
  type Stage,
  startSecondClient,
  withStage,
} from "./stage.ts";
import type { Heard } from "./tap.ts";

/** A lease is not extended but refused: another address is got at once (RFC 2131 §4.4.5). */
export async function testNakOfExtension(row: Row): Promise<void> {
  await withStage(row, poolOf(row), async (stage) => {
    const { network, tap } = stage;
    await withDaemon(network, async (daemon) => {
      await daemon.waitForLease(`${FIRST_ADDRESS}/24`);
      await stage.server.stop();
      await stage.startServer(renumberedPoolOf(row));
      await tap.waitFor("a DHCPNAK", () => tap.heard(DhcpType.NAK)[0]);
      await daemon.waitForLease(`${RENUMBERED_ADDRESS}/24`);
      assert.equal(await network.addressText(), `${RENUMBERED_ADDRESS}/24`);
    });
  });
}

/** A remembered address is refused: another one is got (RFC 2131 §4.4.2). */
export async function testNak(row: Row): Promise<void> {
  await withStage(row, poolOf(row), async (stage) => {
    const { network, server, tap } = stage;
    await leaveLease(network, "SIGKILL");
    await server.stop();
    await stage.startServer(renumberedPoolOf(row));
    const before = tap.messages.length;
    await withDaemon(network, async (daemon) => {
      await daemon.waitForLease(`${RENUMBERED_ADDRESS}/24`);
      assert.equal(await network.addressText(), `${RENUMBERED_ADDRESS}/24`);
      const types = tap.messages.slice(before).map(({ type }) => type);
      assert.equal(types[0], DhcpType.REQUEST, tap.text);
      assert.ok(types.includes(DhcpType.NAK), tap.text);
      assert.ok(types.indexOf(DhcpType.NAK) < types.indexOf(DhcpType.DISCOVER), tap.text);
    });
  });
}

/** RFC 2131 §4.3.2: a daemon that is started again asks for its address without DHCPDISCOVER. */
export async function testReboot(row: Row): Promise<void> {
  await withStage(row, poolOf(row), async ({ network, tap }) => {
    await leaveLease(network, "SIGTERM", "--persistent");
    const before = tap.messages.length;
    await withDaemon(network, async (daemon) => {
      const request = await tap.waitFor("an answer to a message of the second daemon", () => {
        const [first, ...more] = tap.messages.slice(before);
        return more.some(({ type }) => type === DhcpType.ACK) ? first : undefined;
      });
      assert.equal(request.type, DhcpType.REQUEST, tap.text);
      assert.equal(addressOption(request.message, 50), FIRST_ADDRESS);
      assert.equal(option(request.message, 54), null);
      assert.equal(request.message.ciaddr, "0.0.0.0");
      assert.equal(request.datagram.destination, "255.255.255.255");
      await daemon.waitForLease(`${FIRST_ADDRESS}/24`);
      const types = tap.messages.slice(before).map(({ type }) => type);
      assert.ok(!types.includes(DhcpType.DISCOVER), tap.text);
    });
  });
}

/** An address that is given back, by signal or at the end, is the server's again at once. */
export async function testRelease(row: Row): Promise<void> {
  const pool = poolOf(row);
  await withStage(row, pool, async (stage) => {
    const { network, tap } = stage;
    await withDaemon(network, async (daemon) => {
      await daemon.waitForLease(`${FIRST_ADDRESS}/24`);
      daemon.process.kill("SIGUSR2");
      await assertReleased(stage, pool.server, 1);
      await daemon.waitForState("RELEASED");
      assert.equal(await network.addressText(), "");

      daemon.process.kill("SIGUSR1");
      await daemon.waitForLease(`${FIRST_ADDRESS}/24`);
      assert.equal(await daemon.stop(), 0);
      await assertReleased(stage, pool.server, 2);
    }, "--release");
    assert.equal(tap.heard(DhcpType.RELEASE).length, 2, tap.text);

    // The only address of the pool.
    const second = startSecondClient(network);
    try {
      await waitUntil("a lease of the second client", async () => {
        return await boundAddress(network, SECOND_INTERFACE) === FIRST_ADDRESS;
      }, { timeoutMs: 20_000, explain: () => second.log });
    } finally {
      await second.stop();
    }
  });
}

/** Runs a daemon until it has its lease, and ends it so that everything stays in place. */
async function leaveLease(network: Network, signal: Deno.Signal, ...args: string[]): Promise<void> {
  const daemon = Daemon.start(network, ...args);
  try {
    await daemon.waitForLease(`${FIRST_ADDRESS}/24`);
    daemon.process.kill(signal);
    await daemon.process.waitForEnd();
  } finally {
    await daemon.stop();
  }
}

/** The server has heard of it and has freed the address. */
async function assertReleased(
  { server, tap }: Stage,
  identifier: string,
  count: number,
): Promise<void> {
  const release = await tap.waitFor("DHCPRELEASE", () => tap.heard(DhcpType.RELEASE)[count - 1]);
  assertRelease(release, identifier);
  await waitUntil("the server to hear of it", () => {
    return (server.releasesLogged() ?? count) >= count;
  }, { explain: () => server.log });
  await waitUntil("the address to be free", async () => {
    const leases = await server.leases();
    return leases === null || leases.length === 0;
  }, { explain: () => server.log });
}

/** RFC 2131 §4.4.6 and table 5: by unicast, with `ciaddr` and the server's identifier. */
function assertRelease({ message, datagram }: Heard, server: string): void {
  assert.equal(datagram.source, FIRST_ADDRESS);
  assert.equal(datagram.destination, server);
  assert.equal(message.ciaddr, FIRST_ADDRESS);
  assert.equal(addressOption(message, 54), server);
  assert.equal(option(message, 50), null);
}
