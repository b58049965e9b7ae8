/**
 * Watches over the machine that runs the tests: a test that changes its name service or its default
 * routes is wrong, whatever else it finds.
 *
 * @module
 */

import assert from "node:assert/strict";

/** What must be the same after a test. */
export interface MachineState {
  /** Bytes, inode and time of change of /etc/resolv.conf. */
  readonly resolvConf: string;
  /** The default routes of /proc/net/route. */
  readonly defaultRoutes: string;
}

/** Looks at the machine. */
export async function machineState(): Promise<MachineState> {
  return { resolvConf: await describe("/etc/resolv.conf"), defaultRoutes: await defaultRoutes() };
}

/** Fails unless the machine is as it was. */
export async function assertMachineUnchanged(before: MachineState): Promise<void> {
  assert.deepEqual(await machineState(), before, "a test changed the machine that it runs on");
}

async function describe(path: string): Promise<string> {
  try {
    const { ino, mtime } = await Deno.stat(path);
    return `inode ${ino}, ${mtime?.toISOString()}: ${await Deno.readTextFile(path)}`;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "absent";
    throw error;
  }
}

async function defaultRoutes(): Promise<string> {
  const text = await Deno.readTextFile("/proc/net/route");
  return text.split("\n")
    .map((line) => line.trim().split(/\s+/))
    .filter(([, destination, , , , , , mask]) => destination === "00000000" && mask === "00000000")
    .map(([device, destination, gateway, , , , metric]) =>
      [device, destination, gateway, metric].join(" ")
    )
    .join("\n");
}
