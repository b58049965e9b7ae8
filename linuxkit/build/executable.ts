/**
 * Builds an executable: bundle, then `deno compile` with the pinned runtime, which carries the
 * libraries of this machine.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { bundle } from "./bundle.ts";
import { basename, dirname, join, resolve } from "./paths.ts";
import { DENO_VERSION, isBuildVersion, PROJECT } from "./project.ts";
import { DENORT, runtimeFor, sha256File } from "./denort.ts";
import { ensureDenort, ownRuntime } from "./denort_sources.ts";
import { removeIfThere, withCleanup } from "./interrupt.ts";
import { ElfFile } from "./static/elf.ts";
import { type Libraries, readLibraries } from "./static/libraries.ts";
import { LAUNCHER, pack } from "./static/pack.ts";

/**
 * Permissions of mirage-dhcp: none for the network or for running programs, which go through FFI.
 * Without `--allow-all` Deno opens nothing in /proc, /sys and /dev; that goes through FFI, too.
 */
export const PERMISSIONS: readonly string[] = [
  "--allow-ffi",
  "--allow-read",
  "--allow-write",
  "--allow-env=NO_COLOR,JOURNAL_STREAM,NOTIFY_SOCKET,WATCHDOG_USEC,WATCHDOG_PID",
];

/**
 * One thread and no code made at run time, because V8's worker threads would keep the host's
 * namespaces and a JIT needs memory that is writable and executable; no code cache, because it
 * lies in $TMPDIR and its owner is not checked.
 */
const FLAGS = [
  "--no-config",
  "--no-lock",
  "--no-npm",
  "--no-remote",
  "--no-check",
  "--no-code-cache",
  "--no-prompt",
  "--v8-flags=--single-threaded,--jitless,--max-heap-size=64",
];

/** What makes the packed runtime what it is, besides its parts. */
const STATIC = "linuxkit/build/static";
const PACKER = ["elf.ts", "layout.ts", "libraries.ts", "pack.ts"];

/** What to build. */
export interface ExecutableOptions {
  /** Entry file, absolute or relative to the repository. */
  entry: string;
  /** Executable to write, absolute or relative to the repository. */
  output: string;
  /** Files that share no module with the others; see `BundleOptions`. */
  alone?: readonly string[];
  /** Deno's permission flags; {@linkcode PERMISSIONS} unless told. */
  permissions?: readonly string[];
  /** A text that goes into it, by its name beside the modules. */
  text?: { name: string; content: string };
  /** False leaves the libraries where they are, to compare; true unless told. */
  packed?: boolean;
}

/** What was built. */
export interface BuiltExecutable {
  /** Absolute path of the executable. */
  path: string;
  /** False when it was up to date already. */
  built: boolean;
}

/**
 * Builds an executable, unless the one that is there was built from the same inputs.
 *
 * The output appears under its name only when it is complete. The inputs' fingerprint is kept
 * beside it, in `.NAME.build.json`.
 *
 * @param options what to build
 * @returns where it is, and whether it had to be built
 * @throws Error when the Deno that runs this is too old, or a step fails
 */
export async function buildExecutable(options: ExecutableOptions): Promise<BuiltExecutable> {
  if (!isBuildVersion(Deno.version.deno)) {
    throw new Error(`Cannot build: this is Deno ${Deno.version.deno}, older than ${DENO_VERSION}`);
  }
  if (Deno.build.os !== "linux" || Deno.build.arch !== DENORT.machine) {
    throw new Error(`Cannot build: the runtime is for ${DENORT.machine} Linux`);
  }
  const entry = resolve(PROJECT, options.entry);
  const path = resolve(PROJECT, options.output);
  const flags = [...FLAGS, ...options.permissions ?? PERMISSIONS];
  if (!(await Deno.stat(entry).catch(() => null))?.isFile) {
    throw new Error(`Cannot build: there is no ${entry}`);
  }
  await Deno.mkdir(dirname(path), { recursive: true });
  // In a folder of its own: `deno compile` embeds everything around the entry file.
  const folder = await Deno.makeTempDir({ dir: dirname(path), prefix: ".building-" });
  return await withCleanup(() => removeIfThere(folder), async () => {
    const sources = join(folder, "bundle");
    await Deno.mkdir(sources);
    const name = basename(path);
    const modules = (await bundle({ entry, folder: sources, name, alone: options.alone }))
      .map((name) => join(sources, name));
    const libraries = options.packed ?? true ? await readLibraries() : null;
    const inputs = await fingerprint(
      [...flags, options.text?.content ?? ""],
      modules,
      libraries,
    );
    const record = join(dirname(path), `.${basename(path)}.build.json`);
    if (await isUpToDate(path, record, inputs)) return { path, built: false };

    const denort = await withLibraries((await ensureDenort()).path, libraries, folder);
    for (const module of modules) await Deno.utime(module, 0, 0); // the time would be embedded
    const included: string[] = [];
    if (options.text !== undefined) {
      const file = join(sources, options.text.name);
      await Deno.writeTextFile(file, options.text.content);
      await Deno.utime(file, 0, 0);
      included.push(`--include=${options.text.name}`);
    }
    const made = join(folder, basename(path));
    await compile(denort, [...flags, ...included], join(sources, `${basename(path)}.js`), made);
    const output = await sha256File(made);
    removeIfThere(record); // never a record that does not belong to the executable
    await Deno.rename(made, path);
    const written = join(folder, "record");
    await Deno.writeTextFile(written, JSON.stringify({ inputs, output }) + "\n");
    await Deno.rename(written, record);
    return { path, built: true };
  });
}

/** Denort, with the libraries in it if there are any. @returns its path */
async function withLibraries(
  runtime: string,
  libraries: Libraries | null,
  folder: string,
): Promise<string> {
  if (libraries === null) return runtime;
  const packed = join(folder, "denort");
  const program = new ElfFile("denort", await Deno.readFile(runtime));
  await Deno.writeFile(packed, pack(program, libraries), { mode: 0o755 });
  return packed;
}

/** What the executable is made of, as one hexadecimal number. */
async function fingerprint(
  flags: readonly string[],
  modules: readonly string[],
  libraries: Libraries | null,
): Promise<string> {
  const isPinned = ownRuntime() === undefined && runtimeFor(Deno.version.deno) === DENORT;
  const digest = isPinned ? DENORT.sha256 : await sha256File((await ensureDenort()).path);
  const hash = createHash("sha256").update(JSON.stringify([Deno.version.deno, digest, flags]));
  if (libraries !== null) {
    hash.update(LAUNCHER);
    for (const name of PACKER) hash.update(await Deno.readTextFile(join(PROJECT, STATIC, name)));
    for (const { file } of [libraries.linker, ...libraries.others]) hash.update(file.bytes);
  }
  for (const module of modules) {
    hash.update(JSON.stringify([basename(module), await Deno.readTextFile(module)]));
  }
  return hash.digest("hex");
}

/** Whether `path` is what was built from these inputs, untouched. */
async function isUpToDate(path: string, record: string, inputs: string): Promise<boolean> {
  try {
    const last = JSON.parse(await Deno.readTextFile(record));
    return last.inputs === inputs && last.output === await sha256File(path);
  } catch {
    return false; // missing or damaged: build
  }
}

async function compile(
  denort: string,
  flags: readonly string[],
  source: string,
  output: string,
): Promise<void> {
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["compile", "--quiet", ...flags, `--output=${output}`, basename(source)],
    cwd: dirname(source),
    env: { DENORT_BIN: denort, NO_COLOR: "1" },
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).output();
  if (!success) throw new Error(`Cannot compile: ${new TextDecoder().decode(stderr).trim()}`);
}
