/**
 * `deno task test [WORD | FILE | FOLDER | --OPTION…]`: sets up, builds, and runs all unit and end
 * to end tests, or those whose names hold WORD, or those in FILE or FOLDER. The last line is
 * `N passed, N failed`.
 *
 * Imports no npm package, so that it runs before there are any.
 *
 * @module
 */
import { join, relative, resolve } from "../../linuxkit/build/paths.ts";
import { PROJECT } from "../../linuxkit/build/project.ts";
import { addResults, type Results, summary } from "./report.ts";
import { setUp } from "./setup.ts";
import { listFiles } from "./source_files.ts";
import { runTests, runTestsAbreast } from "./test_runner.ts";

/** What the command line of the task asks for. */
export interface Selection {
  /** Test files, relative to the repository. */
  files: string[];
  /** Arguments for `deno test`. */
  args: string[];
}

/**
 * Reads the task's arguments.
 *
 * @param args words, paths and options, in any order
 * @param all all test files, relative to the repository
 * @param cwd the folder paths are relative to
 * @returns what to run
 */
export function selectTests(
  args: readonly string[],
  all: readonly string[],
  cwd: string,
): Selection {
  const options: string[] = [];
  const paths: string[] = [];
  for (const arg of args) {
    const path = relative(PROJECT, resolve(cwd, arg));
    if (arg.startsWith("-")) options.push(arg);
    else if (all.some((file) => isWithin(file, path))) paths.push(path);
    else options.push(`--filter=${arg}`);
  }
  const files = paths.length === 0
    ? [...all]
    : all.filter((file) => paths.some((path) => isWithin(file, path)));
  return { files, args: options };
}

function isWithin(file: string, path: string): boolean {
  return path === "" || file === path || file.startsWith(`${path}/`);
}

/** What a test file needs: nothing of a build, or an executable and networks. */
export type TestKind = "unit" | "end to end" | "patient";

/**
 * The kind of a test file. What is patient waits nearly always, for T1 or T2, or for a pause between
 * starts to be over.
 *
 * @param path relative to the repository
 */
export function testKind(path: string): TestKind {
  if (/^tests\/(interop\/|e2e\/supervision_)/.test(path)) return "patient";
  // What makes networks, the harness of the end to end tests among it.
  return /^tests\/((e2e|support|faults|tiers)\/|tender\/[^/]+$)/.test(path) ? "end to end" : "unit";
}

/** How many of the patient tests run at a time. */
const PATIENT_AT_A_TIME = 3;

/** Builds in a process of its own: npm packages installed just now are unknown to this one. */
async function build(): Promise<boolean> {
  const { success } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", join(PROJECT, "linuxkit/build/main.ts")],
    cwd: PROJECT,
    stdin: "null",
    stdout: "inherit",
    stderr: "inherit",
  }).spawn().status;
  return success;
}

/** An ordinary user may make networks in a user namespace, where the kernel allows that. */
async function networkCommand(): Promise<readonly string[]> {
  if (Deno.uid() === 0) return [];
  const unshare = ["unshare", "--user", "--map-root-user", "--net", "--mount"];
  try {
    const { success } = await new Deno.Command(unshare[0], {
      args: [...unshare.slice(1), "true"],
      stdout: "null",
      stderr: "null",
    }).output();
    return success ? unshare : [];
  } catch {
    return [];
  }
}

async function main(): Promise<Results> {
  const failure = (reason: string): Results => ({ passed: 0, failed: [reason], skipped: [] });
  try {
    for (const line of await setUp(["npm", "denort"])) console.log(line);
  } catch (error) {
    return failure(`setup: ${error instanceof Error ? error.message : error}`);
  }
  try {
    for (const line of await setUp(["debian"])) console.log(line);
  } catch (error) {
    // Tests that need what is missing are skipped and say so, or fail where it is required.
    console.log(`setup: ${error instanceof Error ? error.message : error}`);
  }
  const built = await build();
  const tests = (await listFiles()).filter((path) => path.endsWith("_test.ts"));
  const { files, args } = selectTests(
    Deno.args,
    tests,
    Deno.env.get("INIT_CWD") ?? Deno.cwd(), // set by deno task
  );
  const ofKind = (kind: TestKind) => files.filter((path) => testKind(path) === kind);
  const unit = await runTests(ofKind("unit"), { cwd: PROJECT, args });
  if (!built) return addResults([unit, failure("build: no executable, no end to end tests")]);
  const options = {
    cwd: PROJECT,
    args,
    env: { MIRAGE_DHCP: join(PROJECT, "dist/mirage-dhcp") },
    within: await networkCommand(),
  };
  const endToEnd = await runTests(ofKind("end to end"), options);
  const patient = await runTestsAbreast(ofKind("patient"), PATIENT_AT_A_TIME, options);
  return addResults([unit, endToEnd, patient]);
}

if (import.meta.main) {
  const results = await main();
  for (const test of results.skipped) console.log(`skipped: ${test}`);
  for (const test of results.failed) console.log(`FAILED: ${test}`);
  console.log(summary(results));
  Deno.exit(results.failed.length > 0 ? 1 : 0);
}
