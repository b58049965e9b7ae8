/**
 * Compiles the portable core to WebAssembly with asc, which also proves that it keeps to the
 * portable subset.
 *
 *     deno run -A tests/tasks/compile_core.ts [ENTRY [OUT.wasm]]
 *
 * @module
 */

import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, isAbsolute, relative, resolve } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import asc from "assemblyscript/asc";

/** The entry of the module that V8 and the guests run. */
export const CORE_ENTRY = "calf/host/guest/exports.ts";

/** asc sees paths from here on, so that its output does not depend on where the project lies. */
const PROJECT = fileURLToPath(new URL("../..", import.meta.url));

/**
 * Stub runtime (it never frees), no start code for JavaScript, and a plain trap instead of an
 * import when an index is out of range.
 */
const OPTIONS = ["--runtime", "stub", "-O3", "--use", "abort="];

/**
 * Compiles `entry` to `outFile`. Returns what asc has to say, a line each: an empty list means
 * success without warnings; when there is an error, no file is written. The output depends only
 * on the sources.
 *
 * @param entry path of the module, from the project's folder on or absolute
 * @param outFile path of the file to write, likewise
 * @returns diagnostics, `calf/sdk/x.ts:12: AS100: message`
 */
export async function compileCore(entry: string, outFile: string): Promise<string[]> {
  const sources = new Map<string, string>();
  const diagnostics: string[] = [];
  let output: Uint8Array | string = "";
  const name = isAbsolute(entry) ? relative(PROJECT, entry) : entry;
  const { error, stderr } = await asc.main([name, "--outFile", "core.wasm", ...OPTIONS], {
    readFile: async (name: string) => {
      const text = await readFile(resolve(PROJECT, name), "utf8").catch(() => null);
      if (text !== null) sources.set(name, text);
      return text;
    },
    writeFile: (_name: string, contents: Uint8Array | string) => {
      output = contents;
    },
    reportDiagnostic: (diagnostic) => {
      diagnostics.push(describe(diagnostic as Diagnostic, sources));
    },
  });
  if (error && diagnostics.length === 0) return [stderr.toString().trim() || error.message];
  if (error) return diagnostics;
  await mkdir(dirname(resolve(PROJECT, outFile)), { recursive: true });
  await writeFile(resolve(PROJECT, outFile), output);
  return diagnostics;
}

/** The part of asc's message that is used; its types do not say what the range's source is. */
interface Diagnostic {
  code: number;
  message: string;
  range: { start: number; source: { normalizedPath: string } } | null;
}

/** One line: `calf/sdk/x.ts:12: AS100: message`. */
function describe({ code, message, range }: Diagnostic, sources: Map<string, string>): string {
  if (!range) return `AS${code}: ${message}`;
  const path = range.source.normalizedPath;
  const line = sources.get(path)?.slice(0, range.start).split("\n").length;
  return `${path}:${line ?? "?"}: AS${code}: ${message}`;
}

if (import.meta.main) {
  const [entry = CORE_ENTRY, outFile = "dist/core.wasm"] = Deno.args;
  const diagnostics = await compileCore(entry, outFile);
  for (const diagnostic of diagnostics) console.error(diagnostic);
  if (diagnostics.length > 0) process.exit(1);
}
