/**
 * Makes a few JavaScript modules out of an entry file and all it imports.
 *
 * @module
 */
import { createRequire } from "node:module";
import { join } from "./paths.ts";
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
   * Files, relative to the repository, that the entry imports dynamically and that share no module with
   * the others: a process that loads such a file loads nothing else, and has all it needs in one piece.
   * The entry lies at the top of the repository.
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
  // What is alone must not have a part in how the rest is split, or the others would load more pieces.
  await esbuild([
    entry,
    `--entry-names=${name}`,
    `--outdir=${folder}`,
    "--splitting",
    ...alone.map((path) => `--external:./${path}`),
  ]);
  const made = [...Deno.readDirSync(folder)].map(({ name }) => join(folder, name));
  for (const path of alone) {
    const module = path.replace(/\.ts$/, ".js").replaceAll("/", "-");
    if (!replaceImport(made, `"./${path}"`, `"./${module}"`)) {
      throw new Error(`Cannot bundle: nothing imports ${path} dynamically`);
    }
    await esbuild([join(PROJECT, path), `--outfile=${join(folder, module)}`]);
  }
  return [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
}

/** Replaces the specifier that esbuild leaves of an external file; false when none of the modules has it. */
function replaceImport(modules: readonly string[], from: string, to: string): boolean {
  let found = false;
  for (const module of modules) {
    const text = Deno.readTextFileSync(module);
    if (!text.includes(`import(${from})`)) continue;
    found = true;
    Deno.writeTextFileSync(module, text.replaceAll(`import(${from})`, `import(${to})`));
  }
  return found;
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
