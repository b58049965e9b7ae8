/**
 * What a run of `deno test` came to, from its JUnit report.
 *
 * @module
 */

/** Results of a run. */
export interface Results {
  /** How many tests passed. */
  passed: number;
  /** What failed: `file: test`, or a reason. */
  failed: string[];
  /** What was skipped: `file: test`; tests put the reason into their names. */
  skipped: string[];
}

/**
 * Adds results up.
 *
 * @param all results of several runs
 * @returns their sum
 */
export function addResults(all: readonly Results[]): Results {
  return {
    passed: all.reduce((sum, { passed }) => sum + passed, 0),
    failed: all.flatMap(({ failed }) => failed),
    skipped: all.flatMap(({ skipped }) => skipped),
  };
}

/**
 * The line that says it all.
 *
 * @param results the results
 * @returns `N passed, N failed`, and `, N skipped` when there are any
 */
export function summary({ passed, failed, skipped }: Results): string {
  const rest = skipped.length > 0 ? `, ${skipped.length} skipped` : "";
  return `${passed} passed, ${failed.length} failed${rest}`;
}

/** What a `deno test` process left behind. */
export interface Run {
  /** The JUnit report as Deno writes it. */
  xml: string;
  /** What the process printed on standard output, without colours. */
  output: string;
  /** The files it was to run, relative, as Deno was given them. */
  files: readonly string[];
  /** Whether a filter may have left out all tests of a file. */
  filtered: boolean;
  /** Whether it ended with 0. */
  success: boolean;
}

/**
 * Reads what a `deno test` process left behind.
 *
 * Steps count with the test they belong to. A file that threw before its first test counts as a
 * failure, and so does a process that failed for a reason the report does not show.
 *
 * @param run the process
 * @returns the results
 */
export function readReport({ xml, output, files, filtered, success }: Run): Results {
  const results: Results = { passed: 0, failed: [], skipped: [] };
  const sections = splitByFile(output);
  // In the report `<` and `"` stand for themselves only as markup, also within failure texts.
  for (const suite of xml.split("<testsuite ").slice(1)) {
    const tests: string[] = [];
    for (const testcase of suite.split("<testcase ").slice(1)) {
      const name = attribute(testcase, "name");
      if (tests.some((test) => name.startsWith(`${test} > `))) continue; // a step
      tests.push(name);
      // The report has the file with the call of Deno.test(), which may be a helper's.
      const file = sections.find(({ text }) => text.includes(`\n${name} ...`))?.file ??
        attribute(suite, "name").replace(/^\.\//, "");
      if (testcase.includes("<failure") || testcase.includes("<error")) {
        results.failed.push(`${file}: ${name}`);
      } else if (!testcase.includes("<skipped")) {
        results.passed += 1;
      } else if (/^[^>]* time="/.test(testcase)) { // without a time a filter left it out
        results.skipped.push(`${file}: ${name}`);
      }
    }
  }
  const started = new Set(sections.map(({ file }) => file));
  for (const file of files) {
    const missing = !filtered && !started.has(file.replace(/^\.\//, ""));
    if (missing) results.failed.push(`${file}: ran no test`);
  }
  if (!success && results.failed.length === 0) {
    results.failed.push(`${files.join(" ")}: deno test failed outside of a test`);
  }
  return results;
}

/** The output of each test file, from Deno's `running N tests from ./FILE` on. */
function splitByFile(output: string): { file: string; text: string }[] {
  const parts = output.split(/^running \d+ tests? from (?:\.\/)?(.*)$/m);
  return parts.flatMap((file, i) => i % 2 === 1 ? [{ file, text: parts[i + 1] }] : []);
}

function attribute(markup: string, name: string): string {
  const value = new RegExp(`(?:^|\\s)${name}="([^"]*)"`).exec(markup)?.[1] ?? "";
  const entities: Record<string, string> = { lt: "<", gt: ">", amp: "&", quot: '"', apos: "'" };
  return value.replace(
    /&(?:#(\d+)|#x([0-9a-f]+)|(\w+));/gi,
    (whole, decimal, hex, entity) =>
      decimal || hex
        ? String.fromCodePoint(decimal ? Number(decimal) : parseInt(hex, 16))
        : entities[entity] ?? whole,
  );
}
