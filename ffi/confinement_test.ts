import assert from "node:assert/strict";
import { CASES } from "./confinement_fixture.ts";
import { everyRight } from "./landlock.ts";

// Root gives things up in a process of its own; an ordinary user becomes root of a user namespace,
// where the system permits that.
const UNSHARE = Deno.uid() === 0 ? [] : ["--user", "--map-root-user"];

function run(command: string, args: string[]): string {
  // What a case makes it cannot remove once it has given everything up.
  const directory = Deno.makeTempDirSync();
  try {
    const env = { TMPDIR: directory };
    const output = new Deno.Command(command, { args, env }).outputSync();
    if (output.success) return "";
    return new TextDecoder().decode(output.stderr).trim() || output.signal || `exit ${output.code}`;
  } catch (error) {
    return String(error);
  } finally {
    Deno.removeSync(directory, { recursive: true });
  }
}

const missing = run("unshare", [...UNSHARE, "--net", "true"]);
const skip = missing !== "" && Deno.env.get("REQUIRE_ROOT") !== "1";
if (skip) console.log(`SKIP confinement tests: no namespaces: ${missing}`);

for (const name of Object.keys(CASES)) {
  Deno.test({
    name: name + (skip ? " [skip: no namespaces]" : ""),
    ignore: skip,
    fn: () => {
      const fixture = new URL("./confinement_fixture.ts", import.meta.url).pathname;
      // The flags of the compiled program.
      const flags = ["--allow-all", "--no-check", "--v8-flags=--single-threaded,--jitless"];
      const deno = [Deno.execPath(), "run", ...flags, fixture, name];
      assert.equal(run("unshare", [...UNSHARE, ...deno]), name.includes("kills") ? "SIGSYS" : "");
    },
  });
}

Deno.test("everyRight() names what each ABI knows (linux/landlock.h)", () => {
  const words = (abi: number) => [...new BigUint64Array(everyRight(abi).buffer)];
  assert.deepEqual(words(1), [0x1fffn]);
  assert.deepEqual(words(2), [0x3fffn]);
  assert.deepEqual(words(3), [0x7fffn]);
  assert.deepEqual(words(4), [0x7fffn, 3n]);
  assert.deepEqual(words(5), [0xffffn, 3n]);
  assert.deepEqual(words(6), [0xffffn, 3n, 3n]);
  assert.deepEqual(words(9), words(6));
});
