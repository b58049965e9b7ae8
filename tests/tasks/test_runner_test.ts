/**
 * Tests of test_runner.ts and report.ts: they run real test files.
 *
 * @module
 */
import assert from "node:assert/strict";
import { join } from "../../linuxkit/build/paths.ts";
import { addResults, readReport, type Results, summary } from "./report.ts";
import { runTests, runTestsAbreast } from "./test_runner.ts";

const FILES: Record<string, string> = {
  "a_test.ts": `
    Deno.test("passes", () => {});
    Deno.test('fails <with> "quotes" & more', () => { throw new Error("<skipped/> no"); });
    Deno.test({ name: "waits [skip: not root]", ignore: true, fn() {} });
    Deno.test("has steps", async (t) => { await t.step("one", () => {}); });
    Deno.test("a step fails", async (t) => { await t.step("one", () => { throw 1; }); });`,
  "throws_test.ts": `Deno.test("never", () => {}); throw new Error("at the top");`,
  "dies_test.ts": `
    Deno.test("lost", () => {});
    Deno.test("kills", async () => { Deno.kill(Deno.pid, "SIGKILL"); await new Promise(() => {}); });`,
  "good_test.ts": `Deno.test("good", () => {}); Deno.test("better", () => {});`,
  "helper.ts": `export const test = (name: string) =>
    Deno.test({ name, ignore: name.includes("skip"), fn() {} });`,
  "helped_test.ts": `
    import { test } from "./helper.ts"; test("is helped"); test("not here [skip: why]");`,
  "env_test.ts": `Deno.test("env", () => { if (Deno.env.get("WORD") !== "x") throw 1; });`,
};

async function run(files: string[], args: string[] = [], width = 0): Promise<Results> {
  const cwd = await Deno.makeTempDir();
  try {
    for (const [file, text] of Object.entries(FILES)) {
      await Deno.writeTextFile(join(cwd, file), text);
    }
    const options = { cwd, args, env: { WORD: "x" }, show: false };
    return await (width > 0 ? runTestsAbreast(files, width, options) : runTests(files, options));
  } finally {
    await Deno.remove(cwd, { recursive: true });
  }
}

Deno.test("runTests() counts tests, not steps, and names what failed or was skipped", async () => {
  assert.deepEqual(await run(["a_test.ts", "env_test.ts"]), {
    passed: 3,
    failed: ['a_test.ts: fails <with> "quotes" & more', "a_test.ts: a step fails"],
    skipped: ["a_test.ts: waits [skip: not root]"],
  });
});

Deno.test("runTests() does not count what a filter leaves out", async () => {
  assert.deepEqual(await run(["a_test.ts", "good_test.ts"], ["--filter=better"]), {
    passed: 1,
    failed: [],
    skipped: [],
  });
});

Deno.test("runTestsAbreast() adds up what each file came to, in the files' order", async () => {
  const files = ["a_test.ts", "good_test.ts", "dies_test.ts", "env_test.ts"];
  assert.deepEqual(await run(files, [], 2), {
    passed: 5,
    failed: [
      'a_test.ts: fails <with> "quotes" & more',
      "a_test.ts: a step fails",
      "dies_test.ts: the test process died: signal SIGKILL",
    ],
    skipped: ["a_test.ts: waits [skip: not root]"],
  });
});

Deno.test("runTests() counts a file that throws outside of its tests", async () => {
  assert.deepEqual(await run(["throws_test.ts", "good_test.ts"]), {
    passed: 2,
    failed: ["throws_test.ts: ran no test"],
    skipped: [],
  });
});

Deno.test("runTests() runs the other files when one kills the process", async () => {
  assert.deepEqual(await run(["good_test.ts", "dies_test.ts", "env_test.ts"]), {
    passed: 3,
    failed: ["dies_test.ts: the test process died: signal SIGKILL"],
    skipped: [],
  });
});

Deno.test("runTests() names the file whose helper registered a test", async () => {
  assert.deepEqual(await run(["good_test.ts", "helped_test.ts"]), {
    passed: 3,
    failed: [],
    skipped: ["helped_test.ts: not here [skip: why]"],
  });
});

Deno.test("runTests() runs nothing when there are no files", async () => {
  assert.deepEqual(await run([]), { passed: 0, failed: [], skipped: [] });
});

Deno.test("readReport() counts a failed process whose report shows no failure", () => {
  const xml = `<testsuites><testsuite name="./x_test.ts"><testcase name="t" time="0.1">
    </testcase></testsuite></testsuites>`;
  const { passed, failed } = readReport({
    xml,
    output: "running 1 test from ./x_test.ts\nt ... ok (1ms)\n",
    files: ["x_test.ts"],
    filtered: false,
    success: false,
  });
  assert.equal(passed, 1);
  assert.equal(failed.length, 1);
});

Deno.test("summary() mentions skipped tests only when there are any", () => {
  const one = { passed: 3, failed: ["x"], skipped: [] };
  assert.equal(summary(one), "3 passed, 1 failed");
  const two = { passed: 4, failed: [], skipped: ["y", "z"] };
  assert.equal(summary(addResults([one, two])), "7 passed, 1 failed, 2 skipped");
});
