/**
 * `deno task test:latest`: checks the types and runs the unit tests under the newest Deno, which is the
 * one that runs this. The last line ends with `N passed, N failed`.
 *
 * Imports no npm package, so that it runs before there are any.
 *
 * @module
 */
import { PROJECT } from "../../linuxkit/build/project.ts";
import { addResults, type Results, summary } from "./report.ts";
import { setUp } from "./setup.ts";
import { listFiles } from "./source_files.ts";
import { testKind } from "./test.ts";
import { runTests } from "./test_runner.ts";

/** Checks the types of all sources. @returns a result that counts as one test */
async function checkTypes(files: readonly string[]): Promise<Results> {
  const { success } = await new Deno.Command(Deno.execPath(), {
    args: ["check", "--quiet", ...files],
    cwd: PROJECT,
    stdin: "null",
    stdout: "inherit",
    stderr: "inherit",
  }).output();
  const name = `types under TypeScript ${Deno.version.typescript}`;
  return { passed: success ? 1 : 0, failed: success ? [] : [name], skipped: [] };
}

if (import.meta.main) {
  for (const line of await setUp(["npm"])) console.log(line);
  console.log(`Deno ${Deno.version.deno}`);
  const files = (await listFiles()).filter((path) => path.endsWith(".ts"));
  const tests = files.filter((path) => path.endsWith("_test.ts") && testKind(path) === "unit");
  const options = { cwd: PROJECT, args: Deno.args };
  const results = addResults([await checkTypes(files), await runTests(tests, options)]);
  for (const test of results.skipped) console.log(`skipped: ${test}`);
  for (const test of results.failed) console.log(`FAILED: ${test}`);
  console.log(`under Deno ${Deno.version.deno}: ${summary(results)}`);
  Deno.exit(results.failed.length > 0 ? 1 : 0);
}
