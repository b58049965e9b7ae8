/**
 * What happens to a daemon in the course of a soak. After each of them the server can be reached, and
 * the client must have a lease again.
 *
 * @module
 */

import { closeFd } from "../../ffi/fd.ts";
import { connectUnix, SocketType } from "../../ffi/unix_socket.ts";
import { envelop, reply } from "../support/dhcp_server.ts";
import { DhcpType } from "../support/dhcp_message.ts";
import { readMetrics } from "../support/metrics.ts";
import { controlSocket } from "../support/operator.ts";
import { signalProcess } from "../support/process.ts";
import { delay } from "../support/wait.ts";
import { LEASE_SECONDS, type Stage } from "./stage.ts";

/** Does something to the daemon, and ends when it is over. */
export type Disturbance = (stage: Stage) => Promise<void>;

/** Longer than a lease. */
const EXPIRY_MS = (LEASE_SECONDS + 4) * 1000;
const CLIENTS = 5;
const GARBAGE_FRAMES = 300;

/** By name. */
export const DISTURBANCES: Readonly<Record<string, Disturbance>> = {
  "nothing: renewals": () => delay(EXPIRY_MS),
  "server restarted": (stage) => stage.restartServer(1_000),
  "server restarted with another range: NAK": (stage) => stage.restartServer(1_000, true),
  "server silent beyond T1": (stage) => stage.silence(LEASE_SECONDS * 600),
  "server silent until the lease is over": (stage) => stage.silence(EXPIRY_MS),
  "cable out for a moment": (stage) => unplug(stage, 200),
  "cable out beyond the lease": (stage) => unplug(stage, EXPIRY_MS),
  "cable loose": async (stage) => {
    for (let n = 0; n < 5; n++) await unplug(stage, 50);
  },
  "reload, nothing changed": async ({ daemon }) => {
    daemon.process.kill("SIGHUP");
    await delay(500);
  },
  "reload, the interface is managed anew": async ({ daemon, configuration }) => {
    await Deno.writeTextFile(configuration, `metric ${1 + Date.now() % 1000}\n`);
    daemon.process.kill("SIGHUP");
    await delay(1_000);
  },
  "calf killed": async ({ daemon }) => {
    signalProcess(await daemon.calf(), "SIGKILL");
    await delay(1_000);
  },
  // It is killed when the lease is over at the latest.
  "calf stopped": async ({ daemon }) => {
    signalProcess(await daemon.calf(), "SIGSTOP");
    await delay(EXPIRY_MS);
  },
  "renew, rebind": async ({ commands }) => {
    // Either may fail, because frames are lost.
    await commands.run("renew", "eth0");
    await commands.run("rebind", "eth0");
  },
  "release, and another lease": async ({ daemon }) => {
    daemon.process.kill("SIGUSR2");
    await delay(2_000);
    daemon.process.kill("SIGUSR1");
  },
  "commands": async ({ commands }) => {
    await commands.print("status");
    await commands.print("status", "--json");
    await commands.print("get", "eth0");
  },
  "watchers that are killed": async ({ commands }) => {
    const watchers = Array.from({ length: CLIENTS }, () => commands.start("watch"));
    await delay(1_000);
    for (const watcher of watchers) watcher.kill("SIGKILL");
    await Promise.all(watchers.map(({ ended }) => ended));
  },
  "clients that say nothing and go": async ({ network }) => {
    for (let n = 0; n < CLIENTS; n++) {
      const fd = connectUnix(controlSocket(network), SocketType.SEQPACKET);
      await delay(50);
      closeFd(fd);
    }
  },
  "metrics": async ({ network }) => {
    for (let n = 0; n < CLIENTS; n++) {
      await readMetrics(`${network.directory}/run/:metrics`);
      await delay(300);
    }
  },
  "garbage on the link": async ({ server }) => {
    const { message } = server.requests.at(-1) ?? { message: null };
    if (message === null) return;
    const offer = reply(message, DhcpType.OFFER, server.offer);
    for (let n = 0; n < GARBAGE_FRAMES; n++) {
      const payload = crypto.getRandomValues(new Uint8Array(n * 4));
      server.sendFrame(envelop(offer, server.offer.server, { payload }));
    }
    await delay(1_000);
  },
};

async function unplug({ network }: Stage, ms: number): Promise<void> {
  await network.setCable("down");
  await delay(ms);
  await network.setCable("up");
  await delay(50);
}
