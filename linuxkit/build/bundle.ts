/**
 * Makes a few JavaScript modules out of an entry file and all it imports.
 *
 * @module
 */
import { createRequire } from "node:module";
import { join } from "./paths.ts";
import { PROJECT, readConfig } from "./project.ts";

/**
 * Bundles and minifies with esbuild. What is imported dynamically goes into files of its own,
 * because V8 reads every function of a file that it loads, called or not: a mode should not pay for
 * the code of the others. For the same reason all text is ASCII, which V8 keeps in half the memory.
 *
 * `MIRAGE_DHCP_VERSION` becomes the version of deno.json; nothing of the machine or the moment
 * goes in, so equal sources give equal bytes.
 *
 * @param entry absolute path of the entry file
 * @param folder where the modules are written; an existing, empty folder
 * @param name the entry's name in it, without `.js`
 * @returns the names of all modules in `folder`, sorted
 * @throws Error with esbuild's messages when something cannot be resolved or parsed
 */
export async function bundle(entry: string, folder: string, name: string): Promise<string[]> {
  const { version, imports } = readConfig();
  // `npm:` entries resolve through node_modules by their bare name; the others are files.
  const aliases = Object.entries(imports).filter(([, target]) => target.startsWith("./"))
    .map(([name, target]) => `--alias:${name}=${join(PROJECT, target)}`);
  // The program itself: esbuild's JavaScript interface leaves a process or a thread behind.
  const { success, stderr } = await new Deno.Command(findEsbuild(), {
    args: [
      entry,
      ...aliases,
      "--bundle",
      "--charset=ascii",
      "--conditions=deno,module",
      `--define:MIRAGE_DHCP_VERSION=${JSON.stringify(version)}`,
      `--entry-names=${name}`,
      "--external:node:*",
      "--format=esm",
      "--legal-comments=eof",
      "--log-level=warning",
      "--main-fields=module,main",
      "--minify",
      `--outdir=${folder}`,
      "--platform=neutral",
      "--splitting",
      "--target=esnext",
      "--tsconfig-raw={}",
    ],
    cwd: PROJECT,
    stdin: "null",
  }).output();
  if (!success) throw new Error(`Cannot bundle:\n${new TextDecoder().decode(stderr).trim()}`);
  return [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
}

/** Path of the program in the package that npm:esbuild has for this machine. */
function findEsbuild(): string {
  try {
    const folder = Deno.realPathSync(join(PROJECT, "node_modules/esbuild"));
    return createRequire(join(folder, "package.json")).resolve("@esbuild/linux-x64/bin/esbuild");
  } catch {
    throw new Error("Cannot bundle: esbuild is not installed. Run deno task setup");
  }
}
