/**
 * The directories of results and of state become read-only, or their disk is full, at each point of a
 * daemon's life: the network is configured all the same, and what could not be written is written later.
 *
 * @module
 */

import assert from "node:assert/strict";
import {
  CLIENT_INTERFACE,
  type Network,
  ORIGINAL_RESOLV_CONF,
  withNetwork,
} from "../support/network.ts";
import { testWith } from "../support/requirements.ts";
import { waitUntil } from "../support/wait.ts";
import { Site } from "./site.ts";
import type { Victim } from "./victim.ts";

type Trouble = "full" | "read-only";
type Directory = "run" | "state";

/** What the disk does to a directory, and how that ends; run in the client's mount namespace. */
const TROUBLES: Readonly<Record<Trouble, readonly [begin: string, end: string]>> = {
  full: ["dd if=/dev/zero of=$1/filler bs=4k 2>/dev/null || true", "rm $1/filler"],
  // Another mount above it: what is open for writing below does not matter.
  "read-only": ["mount --bind $1 $1; mount -o remount,ro,bind $1", "umount $1"],
};

class Disk {
  readonly #network: Network;
  readonly #path: string;
  readonly #trouble: Trouble;

  private constructor(network: Network, directory: Directory, trouble: Trouble) {
    this.#network = network;
    this.#path = `${network.directory}/${directory}`;
    this.#trouble = trouble;
  }

  /** A small disk of its own for the directory, which the client alone sees. */
  static async make(network: Network, directory: Directory, trouble: Trouble): Promise<Disk> {
    const disk = new Disk(network, directory, trouble);
    await Deno.mkdir(disk.#path, { recursive: true });
    await disk.#run("mount -t tmpfs -o size=256k,mode=755 tmpfs $1");
    return disk;
  }

  begin(): Promise<string> {
    return this.#run(TROUBLES[this.#trouble][0]);
  }

  end(): Promise<string> {
    return this.#run(TROUBLES[this.#trouble][1]);
  }

  /** A result as the client sees it; null when there is none. */
  result(key: string): string | null {
    const { pid } = this.#network.client;
    const path = `/proc/${pid}/root${this.#network.directory}/run/${CLIENT_INTERFACE}/${key}`;
    try {
      return Deno.readTextFileSync(path).trimEnd();
    } catch {
      return null;
    }
  }

  #run(script: string): Promise<string> {
    return this.#network.client.run("sh", "-ec", script, "sh", this.#path);
  }
}

/** What happens while the disk is in trouble. */
interface Moment {
  readonly name: string;
  /** The address that the host must have then; "" for none. */
  readonly address: string;
  readonly act: (site: Site, victim: Victim) => Promise<void>;
}

const LEASED = "192.0.2.7/24";
const MOMENTS: readonly Moment[] = [
  {
    name: "a renewal",
    address: LEASED,
    act: (_, victim) => Promise.resolve(victim.kill("SIGUSR1")),
  },
  {
    name: "another lease",
    address: "192.0.2.9/24",
    act: async (site, victim) => {
      await site.serve("B");
      victim.kill("SIGUSR1");
    },
  },
  {
    name: "a release",
    address: "",
    act: (_, victim) => Promise.resolve(victim.kill("SIGUSR2")),
  },
];

async function hasAddress({ network }: Site, victim: Victim, address: string): Promise<void> {
  await waitUntil(`the address ${address}`, async () => {
    assert.equal(victim.exitCode, null, victim.log);
    return await network.addressText() === address;
  }, { timeoutMs: 30_000, explain: () => victim.log });
}

async function endsClean({ network }: Site, victim: Victim): Promise<void> {
  victim.kill("SIGTERM");
  assert.equal(await victim.end(), 0, victim.log);
  assert.equal(await network.addressText(), "");
  assert.equal(Deno.readTextFileSync(network.resolvConf), ORIGINAL_RESOLV_CONF);
  assert.doesNotMatch(victim.log, /^\s+at /m);
}

async function inTrouble(site: Site, disk: Disk): Promise<void> {
  const victim = await site.victim();
  try {
    await hasAddress(site, victim, LEASED);
    for (const { address, act } of MOMENTS) {
      await disk.begin();
      await act(site, victim);
      await hasAddress(site, victim, address);
      await disk.end();
      await waitUntil(
        "the results",
        () => disk.result("ip") === (address === "" ? null : address),
        {
          timeoutMs: 30_000,
          explain: () => victim.log,
        },
      );
    }
    await endsClean(site, victim);
  } finally {
    await victim.remove();
  }
}

async function troubleFromTheStart(site: Site, disk: Disk, mayEnd: boolean): Promise<void> {
  await disk.begin();
  const victim = await site.victim();
  try {
    if (mayEnd) {
      // Without its lock it would not know of another daemon.
      assert.equal(await victim.end(), 73, victim.log);
      assert.match(victim.log, /^mirage-dhcp: Cannot [^\n]*Read-only|EROFS/m);
      assert.equal(await site.network.addressText(), "");
    } else {
      await hasAddress(site, victim, LEASED);
      await endsClean(site, victim);
    }
  } finally {
    await victim.remove();
  }
}

for (const trouble of ["full", "read-only"] as const) {
  for (const directory of ["run", "state"] as const) {
    testWith(
      ["root", "netns", "executable", "dnsmasq"],
      `a ${directory} directory that is ${trouble} costs no lease`,
      async (t) => {
        await withNetwork(async (network) => {
          const site = new Site(network);
          await site.reset();
          const disk = await Disk.make(network, directory, trouble);
          await t.step("after the first lease", () => inTrouble(site, disk));
          await site.serve("A");
          const mayEnd = directory === "run" && trouble === "read-only";
          await t.step("from the start", () => troubleFromTheStart(site, disk, mayEnd));
        });
      },
    );
  }
}
