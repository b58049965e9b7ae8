/**
 * The npm packages: installs what deno.lock names into node_modules.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { join } from "../../linuxkit/build/paths.ts";
import { downloadEnvironment, PROJECT } from "../../linuxkit/build/project.ts";

/**
 * Installs the npm packages unless node_modules already holds those of deno.json and deno.lock.
 *
 * @returns whether anything was installed
 * @throws Error when `deno install` fails; it has told why by then
 */
export async function ensureDependencies(): Promise<boolean> {
  const wanted = createHash("sha256")
    .update(JSON.stringify(JSON.parse(Deno.readTextFileSync(join(PROJECT, "deno.json"))).imports))
    .update(Deno.readFileSync(join(PROJECT, "deno.lock"))).digest("hex");
  const stamp = join(PROJECT, "node_modules", ".installed");
  if (await Deno.readTextFile(stamp).catch(() => "") === wanted) return false;
  // Frozen: deno.lock is what was reviewed, so an install never changes it.
  const { success } = await new Deno.Command(Deno.execPath(), {
    args: ["install", "--node-modules-dir=auto", "--frozen"],
    cwd: PROJECT,
    env: { ...downloadEnvironment(), ...await npmRegistry() },
    stdin: "null",
    stdout: "inherit",
    stderr: "inherit",
  }).spawn().status;
  if (!success) throw new Error("Cannot install the npm packages of deno.lock");
  await Deno.writeTextFile(stamp, wanted);
  return true;
}

/**
 * The registry npm is set up with, for Deno, which reads the user's .npmrc but not the machine's.
 */
async function npmRegistry(): Promise<Record<string, string>> {
  if (Deno.env.has("NPM_CONFIG_REGISTRY")) return {};
  try {
    const { success, stdout } = await new Deno.Command("npm", {
      args: ["config", "get", "registry"],
      cwd: PROJECT,
      stdin: "null",
      stderr: "null",
    }).output();
    const registry = new TextDecoder().decode(stdout).trim();
    return success && URL.canParse(registry) ? { NPM_CONFIG_REGISTRY: registry } : {};
  } catch {
    return {}; // no npm: Deno's own settings apply
  }
}
