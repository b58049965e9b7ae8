/**
 * Tests of executable.ts and bundle.ts with a small program.
 *
 * @module
 */
import assert from "node:assert/strict";
import { buildExecutable } from "./executable.ts";
import { cacheFolder, readConfig } from "./project.ts";
import { join } from "./paths.ts";
import { runtimeFor, runtimePath, sha256File } from "./denort.ts";

const PROGRAM = `
import { parseArgs } from "node:util";
import "portable";
declare const MIRAGE_DHCP_VERSION: string;
console.log(MIRAGE_DHCP_VERSION, parseArgs({ strict: false }).values.word, u32(-1));
try {
  Deno.env.get("HOME");
} catch (error) {
  console.log((error as Error).name);
}
console.log(typeof WebAssembly);
`;

function haveRuntime(): boolean {
  try {
    const cached = runtimePath(cacheFolder(), runtimeFor(Deno.version.deno));
    return Deno.statSync(Deno.env.get("DENORT_BIN") || cached).isFile;
  } catch {
    return false;
  }
}

const skip = haveRuntime() ? "" : ` [skip: no denort ${Deno.version.deno}: run deno task setup]`;

Deno.test({
  name: `buildExecutable() builds once, and again when the input or the output changes${skip}`,
  ignore: skip !== "",
  fn: async () => {
    const folder = await Deno.makeTempDir();
    try {
      const entry = join(folder, "entry.ts");
      const output = join(folder, "dist/program");
      await Deno.writeTextFile(entry, PROGRAM);
      assert.deepEqual(await buildExecutable({ entry, output }), { path: output, built: true });
      assert.deepEqual(await buildExecutable({ entry, output }), { path: output, built: false });
      assert.deepEqual([...Deno.readDirSync(join(folder, "dist"))].map(({ name }) => name).sort(), [
        ".program.build.json",
        "program",
      ]);

      const { stdout } = await new Deno.Command(output, { args: ["--word=x"] }).output();
      assert.deepEqual(new TextDecoder().decode(stdout).split("\n"), [
        `${readConfig().version} x 4294967295`,
        "NotCapable",
        "undefined", // --jitless has none
        "",
      ]);

      const first = await sha256File(output);
      await Deno.truncate(output, 1000);
      assert.equal((await buildExecutable({ entry, output })).built, true);
      assert.equal(await sha256File(output), first);
      const elsewhere = {
        entry: join(folder, "elsewhere/entry.ts"),
        output: join(folder, "program"),
      };
      await Deno.mkdir(join(folder, "elsewhere"));
      await Deno.writeTextFile(elsewhere.entry, PROGRAM);
      await buildExecutable(elsewhere);
      assert.equal(await sha256File(elsewhere.output), first, "equal sources, equal bytes");
      await Deno.writeTextFile(entry, PROGRAM + "console.log('more');");
      assert.equal((await buildExecutable({ entry, output })).built, true);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});

Deno.test("buildExecutable() throws and leaves nothing when the entry does not bundle", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const entry = join(folder, "entry.ts");
    await Deno.writeTextFile(entry, 'import "./absent.ts";');
    await assert.rejects(buildExecutable({ entry, output: join(folder, "program") }), /absent/);
    await assert.rejects(
      buildExecutable({ entry: join(folder, "none.ts"), output: join(folder, "program") }),
      /there is no/,
    );
    assert.deepEqual([...Deno.readDirSync(folder)].map(({ name }) => name), ["entry.ts"]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
