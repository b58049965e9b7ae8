/**
 * Where things are in this repository, for the tasks that build and check it.
 *
 * @module
 */
import { fromFileUrl, isAbsolute, join } from "./paths.ts";
import { homedir } from "node:os";

/** Absolute path of the repository, without a slash at its end. */
export const PROJECT: string = fromFileUrl(new URL("../..", import.meta.url)).replace(/\/$/, "");

/** The oldest Deno that builds this repository, and the one it is tested with throughout. */
export const DENO_VERSION = "2.4.2";

/**
 * Whether a Deno is new enough to build with.
 *
 * @param version three numbers with dots between them, and perhaps more behind
 */
export function isBuildVersion(version: string): boolean {
  const [a, b] = [version, DENO_VERSION].map((text) => text.split(/[.+-]/).slice(0, 3).map(Number));
  const at = a.findIndex((number, i) => number !== b[i]);
  return at === -1 || a[at] > b[at];
}

/** The part of deno.json the tasks read. */
export interface ProjectConfig {
  /** Version of mirage-dhcp, e.g. `0.1.0`. */
  version: string;
  /** The import map: specifier to `npm:` specifier or to a path that starts with `./`. */
  imports: Record<string, string>;
}

/**
 * Reads deno.json.
 *
 * @returns version and import map
 * @throws Deno.errors.NotFound, SyntaxError when the file is missing or no JSON
 */
export function readConfig(): ProjectConfig {
  return JSON.parse(Deno.readTextFileSync(join(PROJECT, "deno.json")));
}

/**
 * The folder for downloads that outlive a clone: `$XDG_CACHE_HOME/mirage-dhcp`, or
 * `~/.cache/mirage-dhcp` (XDG Base Directory Specification: a relative path is ignored).
 *
 * @returns absolute path; the folder may not exist yet
 */
export function cacheFolder(): string {
  const base = Deno.env.get("XDG_CACHE_HOME") ?? "";
  return join(isAbsolute(base) ? base : join(homedir(), ".cache"), "mirage-dhcp");
}

/**
 * The environment for a child process that fetches packages or files with Deno: it then also
 * trusts the machine's own certificate authorities, not only those built into Deno.
 *
 * @returns variables to add to the child's environment
 */
export function downloadEnvironment(): Record<string, string> {
  return { DENO_TLS_CA_STORE: Deno.env.get("DENO_TLS_CA_STORE") ?? "system,mozilla" };
}
