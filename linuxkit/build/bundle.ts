/**
 * Makes a few JavaScript modules out of an entry file and all it imports.
 *
 * @module
 */
import { createRequire } from "node:module";
import { basename, join } from "./paths.ts";
import { PROJECT, readConfig } from "./project.ts";

/** What to bundle, and where to. */
export interface BundleOptions {
  /** Absolute path of the entry file. */
  entry: string;
  /** Where the modules are written; an existing, empty folder. */
  folder: string;
  /** The entry's name in it, without `.js`. */
  name: string;
  /**
   * Dynamically imported files, relative to the repository, that share no module with the others: a
   * process that loads such a file loads nothing else, and has all it needs in one piece.
   */
  alone?: readonly string[];
}

/**
 * Bundles and minifies with esbuild. What is imported dynamically goes into files of its own,
 * because V8 reads every function of a file that it loads, called or not: a mode should not pay for
 * the code of the others. For the same reason all text is ASCII, which V8 keeps in half the memory.
 *
 * `MIRAGE_DHCP_VERSION` becomes the version of deno.json; nothing of the machine or the moment
 * goes in, so equal sources give equal bytes.
 *
 * @returns the names of all modules in the folder, sorted
 * @throws Error with esbuild's messages when something cannot be resolved or parsed
 */
export async function bundle(options: BundleOptions): Promise<string[]> {
  const { entry, folder, name, alone = [] } = options;
  const metafile = join(folder, "metafile.json");
  await esbuild([
    entry,
    `--entry-names=${name}`,
    `--metafile=${metafile}`,
    `--outdir=${folder}`,
    "--splitting",
  ]);
  const { outputs }: Metafile = JSON.parse(await Deno.readTextFile(metafile));
  await Deno.remove(metafile);
  for (const path of alone) {
    const output = Object.keys(outputs).find((output) => outputs[output].entryPoint === path);
    if (output === undefined) throw new Error(`Cannot bundle: nothing imports ${path} dynamically`);
    const made = join(folder, basename(output));
    await esbuild([join(PROJECT, path), "--allow-overwrite", `--outfile=${made}`]);
  }
  return [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
}

/** What is read of https://esbuild.github.io/api/#metafile. */
interface Metafile {
  outputs: Record<string, { entryPoint?: string }>;
}

async function esbuild(args: readonly string[]): Promise<void> {
  const { version, imports } = readConfig();
  // `npm:` entries resolve through node_modules by their bare name; the others are files.
  const aliases = Object.entries(imports).filter(([, target]) => target.startsWith("./"))
    .map(([name, target]) => `--alias:${name}=${join(PROJECT, target)}`);
  // The program itself: esbuild's JavaScript interface leaves a process or a thread behind.
  const { success, stderr } = await new Deno.Command(findEsbuild(), {
    args: [
      ...args,
      ...aliases,
      "--bundle",
      "--charset=ascii",
      "--conditions=deno,module",
      `--define:MIRAGE_DHCP_VERSION=${JSON.stringify(version)}`,
      "--external:node:*",
      "--format=esm",
      "--legal-comments=eof",
      "--log-level=warning",
      "--main-fields=module,main",
      "--minify",
      "--platform=neutral",
      "--target=esnext",
      "--tsconfig-raw={}",
    ],
    cwd: PROJECT,
    stdin: "null",
  }).output();
  if (!success) throw new Error(`Cannot bundle:\n${new TextDecoder().decode(stderr).trim()}`);
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
