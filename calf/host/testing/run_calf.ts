/**
 * Runs the compiled `calf_fixture.ts` for the tests in this folder.
 *
 * @module
 */
import assert from "node:assert/strict";
import { buildExecutable } from "../../../linuxkit/build/executable.ts";
import { DENO_VERSION } from "../../../linuxkit/build/project.ts";
import type { Alteration, Seen, Step } from "../calf_fixture.ts";

const REQUIRED = Deno.env.get("REQUIRE_ROOT") === "1";
const ROOT = Deno.uid() === 0;

async function build(name: string, permissions: readonly string[]): Promise<string> {
  try {
    const output = `dist/test/${name}`;
    return (await buildExecutable({ entry: "calf/host/calf_fixture.ts", output, permissions }))
      .path;
  } catch (error) {
    // For another Deno there may be no runtime to be had.
    if (REQUIRED && Deno.version.deno === DENO_VERSION) throw error;
    console.log(`SKIP calf tests: ${error instanceof Error ? error.message : error}`);
    return "";
  }
}

/**
 * Path of the fixture; empty when it could not be built. Its parent half looks into /proc, which
 * Deno permits with all permissions only.
 */
export const CALF: string = await build("mirage-calf-fixture", ["--allow-all"]);

/**
 * The same with each permission by name, and thus a parent that sees nothing in /proc: with
 * `--allow-all`, Deno goes on opening files after `read` and `write` have been revoked.
 */
export const CALF_WITH_NAMED_PERMISSIONS: string = await build("mirage-calf-permissions", [
  ...["--allow-read", "--allow-write", "--allow-net", "--allow-env"],
  ...["--allow-sys", "--allow-run", "--allow-ffi", "--allow-import"],
]);

if (!ROOT && !REQUIRED) console.log("SKIP calf tests that start with privileges: not root");

/** Prefix of a command: root as in a container with NET_ADMIN and NET_RAW. */
export const CONTAINER: readonly string[] = [
  "setpriv",
  "--bounding-set=-all,+net_admin,+net_raw",
  "--inh-caps=-all,+net_admin,+net_raw",
];

/** Prefix of a command: an ordinary user. */
export const UNPRIVILEGED: readonly string[] = ROOT
  ? ["setpriv", "--reuid=12345", "--regid=12345", "--clear-groups"]
  : [];

/**
 * Registers a test that runs the fixture; skipped, and said to be, where that is not possible.
 *
 * @param name the test's name
 * @param fn the test
 * @param needsRoot whether it starts with privileges
 */
export function test(name: string, fn: () => void, needsRoot = false): void {
  const lacking = CALF === "" ? "no fixture" : needsRoot && !ROOT && !REQUIRED ? "not root" : "";
  if (lacking === "") Deno.test({ name, fn });
  else Deno.test({ name: `${name} [skip: ${lacking}]`, ignore: true, fn });
}

function command(words: readonly string[]): Deno.CommandOutput {
  return new Deno.Command(words[0], { args: words.slice(1) }).outputSync();
}

function withArguments(
  program: readonly string[],
  steps: Step[],
  alteration: Alteration,
): string[] {
  return [...program, JSON.stringify(steps), JSON.stringify(alteration)];
}

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

/**
 * Runs a calf under its parent through some steps.
 *
 * @param steps what the parent does
 * @param prefix the command line that both are started behind
 * @param alteration what the calf does otherwise than mirage-dhcp
 * @param calf which fixture
 * @returns what the parent saw
 */
export function run(
  steps: Step[],
  prefix: readonly string[] = [],
  alteration: Alteration = {},
  calf: string = CALF,
): Seen {
  const output = command(withArguments([...prefix, calf], steps, alteration));
  assert(output.success, text(output.stderr));
  return JSON.parse(text(output.stdout));
}

/**
 * The same for a parent that ends with the step `die`.
 *
 * @param steps what the parent does before that
 * @param prefix the command line that both are started behind
 * @returns process id of the calf
 */
export function runUntilParentDies(
  steps: Step[],
  prefix: readonly string[] = [],
): number {
  const output = command(withArguments([...prefix, CALF], [...steps, { die: true }], {}));
  assert.equal(output.signal, "SIGKILL", text(output.stderr));
  return Number(text(output.stdout));
}

/**
 * The layers that the log says are, or are not, in force.
 *
 * @param seen what the parent saw
 * @param held which of them
 */
export function layers(seen: Seen, held: "yes" | "no"): string[] {
  const line = /^<6>confinement: (.*)$/m.exec(seen.log)?.[1] ?? "";
  return line.split(", ").map((part) => part.split(" "))
    .filter(([, answer]) => answer === held).map(([layer]) => layer);
}

/** What holds wherever a calf runs. */
export function assertNeverOptional(seen: Seen): void {
  assert.deepEqual(seen.exit, { exitCode: 0 });
  assert.equal(seen.status.Threads, "1");
  assert.equal(seen.status.NoNewPrivs, "1");
  assert.equal(seen.status.Seccomp, "2");
  for (const set of ["CapInh", "CapPrm", "CapEff", "CapAmb"]) {
    assert.equal(BigInt(`0x${seen.status[set]}`), 0n, set);
  }
  for (
    const layer of [
      ...["descriptors", "no-new-privs", "rlimits", "capabilities"],
      ...["no-dump", "parent-death", "permissions", "seccomp"],
    ]
  ) assert(layers(seen, "yes").includes(layer), layer);
}
