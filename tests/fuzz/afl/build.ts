/**
 * Makes of the protocol core a program for AFL++: asc → WebAssembly → wasm2c → afl-clang-fast, with the harness
 * beside it and the runtime of wasm2c from the package of the machine. Nothing of it lies in the repository.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { cacheFolder } from "../../../linuxkit/build/project.ts";
import { compileCore, CORE_ENTRY } from "../../tasks/compile_core.ts";
import { corpus, dictionary } from "./scenario.ts";
import { tablesHeader } from "./settings_tables.ts";

const SOURCES = fileURLToPath(new URL(".", import.meta.url));
const OURS = ["world", "checks", "scenario", "main"];
/** Where Debian's wabt keeps the runtime of wasm2c. */
const RUNTIME = "/usr/share/wabt/wasm2c";
/** Bounds are checked by the code, and a trap is a crash. */
const DEFINES = ["-DWASM_RT_MEMCHECK_SIGNAL_HANDLER=0", "-DWASM_RT_TRAP_HANDLER=harness_trap"];
const FLAGS = ["-O1", "-g", ...DEFINES];
/** For our own code; what wasm2c writes is its own. */
const STRICT = ["-Wall", "-Wextra", "-Werror"];

/** The programs that it needs. */
export const PROGRAMS: readonly string[] = ["afl-clang-fast", "afl-fuzz", "afl-tmin", "wasm2c"];

/** What was made. */
export interface Harness {
  /** The folder of all that is there. */
  readonly folder: string;
  /** The program: plays the files that it is given, or what AFL++ does. */
  readonly program: string;
  /** Folder of inputs to begin with. */
  readonly corpus: string;
  /** The dictionary. */
  readonly dictionary: string;
}

/** Runs a compiler. @throws Error with what it says */
async function make(folder: string, command: string, ...args: string[]): Promise<void> {
  const { success, stdout, stderr } = await new Deno.Command(command, {
    args,
    cwd: folder,
    env: { AFL_QUIET: "1" },
    stdin: "null",
  }).output();
  if (success) return;
  const text = new TextDecoder();
  throw new Error(`Cannot run ${command}: ${text.decode(stdout)}${text.decode(stderr)}`);
}

/** Makes the object files of a folder in which core.wasm and tables.h are. */
async function compile(folder: string): Promise<void> {
  await make(folder, "wasm2c", "core.wasm", "-o", "core.c");
  const afl = (...args: string[]) => make(folder, "afl-clang-fast", ...FLAGS, "-I.", ...args);
  const include = ["-include", `${SOURCES}trap.h`, `-I${RUNTIME}`];
  const runtime = [...include, "-c", `${RUNTIME}/wasm-rt-impl.c`];
  await Promise.all([
    afl("-w", "-c", "core.c"),
    // Not instrumented: nothing of it is ours.
    make(folder, "clang", ...FLAGS, "-w", ...runtime),
    ...OURS.map((name) => afl(...STRICT, `-I${SOURCES}`, "-c", `${SOURCES}${name}.c`)),
  ]);
  const objects = ["core", "wasm-rt-impl", ...OURS].map((name) => `${name}.o`);
  await make(folder, "afl-clang-fast", ...FLAGS, ...objects, "-lm", "-o", "harness");
}

/** A name for all that goes into the program. */
async function nameOf(core: Uint8Array): Promise<string> {
  const hash = createHash("sha256").update(core).update(tablesHeader()).update(FLAGS.join());
  for (const name of [...OURS.map((each) => `${each}.c`), "harness.h", "trap.h"]) {
    hash.update(await Deno.readFile(SOURCES + name));
  }
  return hash.digest("hex").slice(0, 16);
}

/**
 * Makes the program, unless it is there already.
 *
 * @returns where it is
 * @throws Error when something does not compile
 */
export async function buildHarness(): Promise<Harness> {
  const base = join(cacheFolder(), "fuzz");
  await Deno.mkdir(base, { recursive: true });
  const wasm = await Deno.makeTempFile({ dir: base, suffix: ".wasm" });
  const diagnostics = await compileCore(CORE_ENTRY, wasm);
  if (diagnostics.length > 0) throw new Error(diagnostics.join("\n"));
  const core = await Deno.readFile(wasm);
  const folder = join(base, await nameOf(core));
  const program = join(folder, "harness");
  await Deno.mkdir(folder, { recursive: true });
  await Deno.rename(wasm, join(folder, "core.wasm"));
  if (!await Deno.stat(program).then(() => true, () => false)) {
    await Deno.writeTextFile(join(folder, "tables.h"), tablesHeader());
    await compile(folder);
  }
  const inputs = join(folder, "corpus");
  await Deno.remove(inputs, { recursive: true }).catch(() => {});
  await Deno.mkdir(inputs);
  await Promise.all(corpus().map((bytes, i) => Deno.writeFile(join(inputs, `id-${i}`), bytes)));
  await Deno.writeTextFile(join(folder, "dictionary"), dictionary());
  return { folder, program, corpus: inputs, dictionary: join(folder, "dictionary") };
}
