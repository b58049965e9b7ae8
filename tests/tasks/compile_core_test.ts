import assert from "node:assert/strict";
import { compileCore } from "./compile_core.ts";

/** Compiles one module of a scratch folder; what asc says, and what it wrote. */
async function compile(source: string): Promise<{ says: string[]; wrote: Uint8Array | null }> {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${folder}/entry.ts`, source);
    const says = await compileCore(`${folder}/entry.ts`, `${folder}/out/entry.wasm`);
    const wrote = await Deno.readFile(`${folder}/out/entry.wasm`).catch(() => null);
    return { says, wrote };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("compileCore() writes a module that runs when the source is portable", async () => {
  const source = "export function twice(n: i32): i32 {\n  return n * 2;\n}\n";
  const { says, wrote } = await compile(source);
  assert.deepEqual(says, []);
  const { instance } = await WebAssembly.instantiate(Uint8Array.from(wrote!));
  assert.equal((instance.exports.twice as (n: number) => number)(21), 42);
});

Deno.test("compileCore() names file and line, and writes nothing, when it is not", async () => {
  const { says, wrote } = await compile(
    "export function f(n: i32): i32 {\n  const { a } = { a: n };\n  return a;\n}\n",
  );
  assert.match(says[0], /entry\.ts:2: AS\d+: /);
  assert.equal(wrote, null);
});

Deno.test("compileCore() says so when the entry does not exist", async () => {
  assert.match((await compileCore("calf/none.ts", "dist/none.wasm")).join(), /none/);
});
