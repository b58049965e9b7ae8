/**
 * The files of the repository, for tasks that look at all of them.
 *
 * @module
 */
import { join } from "../../linuxkit/build/paths.ts";
import { PROJECT } from "../../linuxkit/build/project.ts";

/** A text file of the repository. */
export interface SourceFile {
  /** Path from the top of the repository, e.g. `calf/sdk/clock.ts`. */
  path: string;
  /** Its contents. */
  text: string;
}

/** Files that a program writes; they are as long as they need to be. */
export const GENERATED: readonly string[] = [
  "schema/kv.capnp.ts",
  "schema/KEYS.md",
  "schema/lease.schema.json",
  "deno.lock",
];

const NOT_SOURCE = new Set([".git", "node_modules", "dist", "coverage"]);

/**
 * Lists the files that git tracks or would track; where there is no git, all except what is
 * installed or built.
 *
 * @returns sorted paths from the top of the repository
 */
export async function listFiles(): Promise<string[]> {
  const tracked = await gitFiles() ?? walk("");
  return tracked.filter((path) => isFile(join(PROJECT, path))).sort();
}

/**
 * Reads files.
 *
 * @param paths from the top of the repository
 * @returns the files, in the same order
 */
export function readSources(paths: readonly string[]): SourceFile[] {
  return paths.map((path) => ({ path, text: Deno.readTextFileSync(join(PROJECT, path)) }));
}

/**
 * Whether a file is a test or helps tests: such a file may import anything.
 *
 * @param path from the top of the repository
 */
export function isTestFile(path: string): boolean {
  return path.startsWith("tests/") || /\/testing\/|_(test|fixture|bench)\.ts$/.test(path);
}

async function gitFiles(): Promise<string[] | null> {
  try {
    const { success, stdout } = await new Deno.Command("git", {
      // Another user's clone is fine to read.
      args: ["-c", "safe.directory=*", "ls-files", "-z", "-co", "--exclude-standard"],
      cwd: PROJECT,
      stdin: "null",
      stderr: "null",
    }).output();
    return success ? new TextDecoder().decode(stdout).split("\0").filter((path) => path) : null;
  } catch {
    return null;
  }
}

function walk(folder: string): string[] {
  return [...Deno.readDirSync(join(PROJECT, folder))].flatMap(({ name, isDirectory }) => {
    if (NOT_SOURCE.has(name)) return [];
    const path = folder === "" ? name : `${folder}/${name}`;
    return isDirectory ? walk(path) : [path];
  });
}

function isFile(path: string): boolean {
  try {
    return Deno.lstatSync(path).isFile;
  } catch {
    return false; // removed, but still in git's index
  }
}
