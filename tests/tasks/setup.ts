/**
 * `deno task setup [PART…]`: everything that building and testing needs. The parts are `npm`,
 * `denort`, `debian`, `bench`, `fuzz` and `tiers`; without any, all but the last three. It does nothing the
 * second time. `tiers` also fetches a kernel for the machine of tests/tiers/vm_test.ts, and makes
 * the Debian of tests/tiers/nspawn_test.ts.
 *
 * Imports no npm package, so that it runs before there are any.
 *
 * @module
 */
import { ensureDebianSystem } from "./debian_system.ts";
import { ensureDependencies } from "./dependencies.ts";
import { ensurePackages, MissingPackagesError, type PackageGroup } from "./packages.ts";
import { ensureVmKernel } from "./vm_kernel.ts";
import { ensureDenort } from "../../linuxkit/build/denort_sources.ts";

const PARTS = ["npm", "denort", "debian", "bench", "fuzz", "tiers"];
/** These, only who asks for them gets. */
const EXTRA_PARTS = ["bench", "fuzz", "tiers"];

/**
 * Does parts of the setup.
 *
 * @param parts some of `npm`, `denort`, `debian`, `bench`, `fuzz`, `tiers`
 * @returns one line about each thing that was done; none when all was there
 * @throws Error with a message for the user
 */
export async function setUp(parts: readonly string[]): Promise<string[]> {
  const done: string[] = [];
  if (parts.includes("npm") && await ensureDependencies()) done.push("npm packages: installed");
  if (parts.includes("denort")) {
    const { path, fetched } = await ensureDenort();
    if (fetched) done.push(`denort: ${path}`);
  }
  if (parts.includes("tiers") && await ensureVmKernel()) {
    done.push("a kernel for the tests' machine: fetched");
  }
  // Last: without root it ends in a message to the user, and the rest is done by then.
  const groups: PackageGroup[] = [];
  if (parts.includes("debian")) groups.push("run", "test");
  if (parts.includes("bench")) groups.push("bench");
  if (parts.includes("fuzz")) groups.push("fuzz");
  if (parts.includes("tiers")) groups.push("tiers");
  const packages = await ensurePackages(groups);
  if (packages.length > 0) done.push(`Debian packages: installed ${packages.join(" ")}`);
  if (parts.includes("tiers")) {
    const { path, made } = await ensureDebianSystem();
    if (made) done.push(`Debian with systemd: ${path}`);
  }
  return done;
}

if (import.meta.main) {
  const unknown = Deno.args.filter((part) => !PARTS.includes(part));
  if (unknown.length > 0) {
    console.error(`Cannot set up ${unknown.join(", ")}: the parts are ${PARTS.join(", ")}`);
    Deno.exit(64);
  }
  try {
    const parts = Deno.args.length > 0
      ? Deno.args
      : PARTS.filter((part) => !EXTRA_PARTS.includes(part));
    for (const line of await setUp(parts)) console.log(line);
    // Silent when another task only makes sure of a part.
    if (Deno.args.length === 0) console.log("setup: ready");
  } catch (error) {
    console.error(`setup: ${error instanceof Error ? error.message : error}`);
    Deno.exit(error instanceof MissingPackagesError ? 69 : 1);
  }
}
