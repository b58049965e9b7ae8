/**
 * `deno task check`: everything that can be said about the sources without running them. Prints a
 * line per check; what failed is shown in full, and all checks run even so.
 *
 * @module
 */
import { join } from "../../linuxkit/build/paths.ts";
import { PROJECT } from "../../linuxkit/build/project.ts";
import { removeIfThere, withCleanup } from "../../linuxkit/build/interrupt.ts";
import { checkImports } from "./check_imports.ts";
import { checkLength, checkNamedCves, checkNamedTests, checkNames } from "./check_text.ts";
import { compileCore, CORE_ENTRY } from "./compile_core.ts";
import { GENERATED, isTestFile, listFiles, readSources } from "./source_files.ts";

/** A check: what it is called, and what it finds; an empty text means that all is well. */
export interface Check {
  /** Short name, printed. */
  name: string;
  /** Runs it. */
  run(): string | Promise<string>;
}

/**
 * Runs checks at the same time and prints their results in order.
 *
 * @param checks the checks
 * @param print where lines go
 * @returns how many failed; one that throws has failed
 */
export async function runChecks(
  checks: readonly Check[],
  print: (line: string) => void,
): Promise<number> {
  const running = checks.map(({ run }) =>
    Promise.resolve().then(run).catch((error) => String(error?.stack ?? error))
  );
  let failed = 0;
  for (const [index, { name }] of checks.entries()) {
    const problem = await running[index];
    print(problem === "" ? `ok    ${name}` : `FAIL  ${name}\n${problem.trimEnd()}\n`);
    if (problem !== "") failed += 1;
  }
  return failed;
}

async function deno(args: string[], cwd = PROJECT): Promise<string> {
  const { success, code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args,
    cwd,
    env: { RUST_BACKTRACE: "0", ...Deno.stdout.isTerminal() ? {} : { NO_COLOR: "1" } },
    stdin: "null",
  }).output();
  if (success) return "";
  const text = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
  return text.trim() || `deno ${args[0]} ended with ${code}`;
}

async function inScratch(body: (folder: string) => Promise<string>): Promise<string> {
  const folder = await Deno.makeTempDir();
  return await withCleanup(() => removeIfThere(folder), () => body(folder));
}

/** Runs the generator on a copy, and compares what it writes with what is here. */
function generatedFiles(paths: readonly string[]): Promise<string> {
  return inScratch(async (folder) => {
    for (const { path, text } of readSources(paths.filter((path) => path.startsWith("schema/")))) {
      await Deno.mkdir(join(folder, path, ".."), { recursive: true });
      await Deno.writeTextFile(join(folder, path), text);
    }
    await Deno.copyFile(join(PROJECT, "deno.json"), join(folder, "deno.json"));
    await Deno.symlink(join(PROJECT, "node_modules"), join(folder, "node_modules"));
    const problem = await deno(["run", "-A", "--no-lock", "schema/generate.ts"], folder);
    if (problem !== "") return problem;
    return GENERATED.filter((path) => path.startsWith("schema/")).filter((path) =>
      Deno.readTextFileSync(join(folder, path)) !== Deno.readTextFileSync(join(PROJECT, path))
    ).map((path) => `${path} is not what deno task generate writes`).join("\n");
  });
}

if (import.meta.main) {
  const paths = await listFiles();
  const typescript = paths.filter((path) => path.endsWith(".ts"));
  const product = typescript.filter((path) => !isTestFile(path) && !GENERATED.includes(path));
  const texts = readSources(paths.filter((path) => path !== "deno.lock"));
  const failed = await runChecks([
    { name: "fmt", run: () => deno(["fmt", "--check"]) },
    { name: "lint", run: () => deno(["lint"]) },
    { name: "types", run: () => deno(["check", "--quiet", ...typescript]) },
    { name: "doc", run: () => deno(["doc", "--lint", ...product]) },
    {
      name: "imports",
      run: () => checkImports(texts.filter(({ path }) => path.endsWith(".ts"))).join("\n"),
    },
    { name: "length", run: () => checkLength(texts).join("\n") },
    { name: "names", run: () => checkNames(texts).join("\n") },
    {
      name: "named tests",
      run: () => [...checkNamedTests(texts), ...checkNamedCves(texts)].join("\n"),
    },
    { name: "generated", run: () => generatedFiles(paths) },
    {
      name: "asc",
      run: () =>
        inScratch(async (folder) =>
          (await compileCore(CORE_ENTRY, join(folder, "core.wasm"))).join("\n")
        ),
    },
  ], console.log);
  if (failed > 0) console.error(`check: ${failed} failed`);
  Deno.exit(failed > 0 ? 1 : 0);
}
