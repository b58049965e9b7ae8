/**
 * Writes the generated files of this folder, or with `--check` compares them and exits with 1 when one differs:
 *
 *     deno run --allow-read --allow-write --allow-env --allow-run=capnp schema/generate.ts [--check]
 *
 * KEYS.md and lease.schema.json come from keys.ts; kv.capnp.ts from kv.capnp by way of Debian's `capnp` and capnp-es. Without `capnp`
 * the latter is left alone, which is said aloud and, with REQUIRE_CAPNP=1, is a failure.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { compileAll } from "capnp-es/compiler";
import { renderKeysMd } from "./keys_md.ts";
import { renderLeaseSchema } from "./lease_schema.ts";

const FOLDER = import.meta.dirname ?? ".";

/** TypeScript for kv.capnp, or null when the `capnp` tool is missing. Throws when the schema is wrong. */
export async function renderKvCapnp(): Promise<string | null> {
  let output: Deno.CommandOutput;
  try {
    output = await new Deno.Command("capnp", {
      args: ["compile", "-o-", "kv.capnp"],
      cwd: FOLDER,
      env: { PWD: FOLDER }, // capnp warns when PWD is not where it runs
      stderr: "inherit",
    }).output();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
  if (!output.success) throw new Error("Cannot compile kv.capnp: capnp failed");
  const { files } = await compileAll(Buffer.from(output.stdout), { ts: true });
  const [text] = files.values();
  // capnp-es writes neither `override`, which our compiler options demand, nor tidy indentation.
  return text
    .replace(/^\s+/gm, (space) => " ".repeat(Math.floor(space.length / 2)))
    .replaceAll("static readonly _capnp", "static override readonly _capnp")
    .replaceAll("toString(): string", "override toString(): string");
}

/** Every generated file by its name; null where its generator is missing. */
export async function renderAll(): Promise<Map<string, string | null>> {
  return new Map([
    ["KEYS.md", renderKeysMd()],
    ["lease.schema.json", renderLeaseSchema()],
    ["kv.capnp.ts", await renderKvCapnp()],
  ]);
}

/** Writes or checks all files; returns the exit code. */
async function main(check: boolean): Promise<number> {
  let failures = 0;
  for (const [name, text] of await renderAll()) {
    const path = `${FOLDER}/${name}`;
    if (text === null) {
      console.error(`${name}: SKIPPED, the capnp tool is not installed`);
      if (Deno.env.get("REQUIRE_CAPNP") === "1") failures++;
    } else if (!check) {
      await Deno.writeTextFile(path, text);
    } else if (await Deno.readTextFile(path).catch(() => "") !== text) {
      console.error(`${name}: differs from what generate.ts would write`);
      failures++;
    }
  }
  return failures === 0 ? 0 : 1;
}

if (import.meta.main) Deno.exit(await main(Deno.args.includes("--check")));
