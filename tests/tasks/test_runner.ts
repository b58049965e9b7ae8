/**
 * Runs test files with `deno test` and counts what came of them.
 *
 * @module
 */
import { stripVTControlCharacters } from "node:util";
import { join } from "../../linuxkit/build/paths.ts";
import { addResults, readReport, type Results } from "./report.ts";
import { removeIfThere, withCleanup } from "../../linuxkit/build/interrupt.ts";

/** How to run tests. */
export interface RunOptions {
  /** Folder to run in; file names are relative to it. */
  cwd: string;
  /** Further arguments for `deno test`, e.g. `--filter=lease`. */
  args?: readonly string[];
  /** Further environment. */
  env?: Record<string, string>;
  /** A command in which to run it, e.g. `["unshare", "--user"]`. */
  within?: readonly string[];
  /** False drops the output of the tests; "at once" shows it when they have ended. */
  show?: boolean | "at once";
}

/**
 * Runs test files in one process. When that process dies, each file is run in one of its own, so
 * that only the file that kills it is lost.
 *
 * @param files the files
 * @param options how
 * @returns the results
 */
export async function runTests(files: readonly string[], options: RunOptions): Promise<Results> {
  if (files.length === 0) return { passed: 0, failed: [], skipped: [] };
  const folder = await Deno.makeTempDir();
  const report = join(folder, "report.xml");
  let child: Deno.ChildProcess | null = null;
  const { xml, output, status } = await withCleanup((signal) => {
    if (signal !== null) child?.kill(signal);
    removeIfThere(folder);
  }, async () => {
    const [command, ...before] = [...options.within ?? [], Deno.execPath()];
    child = new Deno.Command(command, {
      args: [
        ...before,
        "test",
        "--allow-all",
        "--no-check", // `deno task check` has looked at the types
        `--junit-path=${report}`,
        ...options.args ?? [],
        ...files,
      ],
      cwd: options.cwd,
      env: { ...Deno.stdout.isTerminal() ? {} : { NO_COLOR: "1" }, ...options.env },
      stdin: "null",
      stdout: "piped",
      stderr: options.show === false ? "null" : "inherit",
    }).spawn();
    const output = await passOn(child.stdout, options.show ?? true);
    const status = await child.status;
    return { xml: await Deno.readTextFile(report).catch(() => ""), output, status };
  });
  if (xml.trim().endsWith("</testsuites>")) {
    const filtered = options.args?.some((arg) => arg.startsWith("--filter")) ?? false;
    return readReport({ xml, output, files, filtered, success: status.success });
  }

  const reason = status.signal === null ? `code ${status.code}` : `signal ${status.signal}`;
  if (files.length === 1) {
    return { passed: 0, failed: [`${files[0]}: the test process died: ${reason}`], skipped: [] };
  }
  console.log(`The test process died (${reason}): each file again in a process of its own.`);
  const each: Results[] = [];
  for (const file of files) each.push(await runTests([file], options));
  return addResults(each);
}

/**
 * Runs each test file in a process of its own, a few at a time: for tests that wait most of the time
 * and do not disturb each other.
 *
 * @param files the files
 * @param width how many at a time
 * @param options how
 * @returns the results, in the order of the files
 */
export async function runTestsAbreast(
  files: readonly string[],
  width: number,
  options: RunOptions,
): Promise<Results> {
  const results: Results[] = [];
  const waiting = [...files.entries()];
  const lane = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [index, file] = next;
      results[index] = await runTests([file], { show: "at once", ...options });
    }
  };
  await Promise.all(Array.from({ length: width }, lane));
  return addResults(results);
}

/** Shows output, and gives it back without colours. */
async function passOn(
  stream: ReadableStream<Uint8Array>,
  show: boolean | "at once",
): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const piece of stream) {
    text += decoder.decode(piece, { stream: true });
    if (show === true) print(piece);
  }
  if (show === "at once") print(new TextEncoder().encode(text));
  return stripVTControlCharacters(text);
}

function print(bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length;) at += Deno.stdout.writeSync(bytes.subarray(at));
}
