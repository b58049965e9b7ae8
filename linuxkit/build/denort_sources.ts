/**
 * Where denort comes from: Deno's own download host, or an npm package.
 *
 * @module
 */
import { tarEntry, zipFirstEntry } from "./archive.ts";
import { cacheFolder } from "./project.ts";
import { join, resolve } from "./paths.ts";
import { Progress } from "./progress.ts";
import { DENORT, ensureRuntime, RuntimeError, runtimeFor, type RuntimeSource } from "./denort.ts";

/** Address of the zip archive with the runtime of a Deno. */
function officialAddress(version: string): string {
  return `https://dl.deno.land/release/v${version}/denort-x86_64-unknown-linux-gnu.zip`;
}

/**
 * A package with programs made by `deno compile` of the same Deno: each is denort followed by the
 * program, so its first bytes are denort. The size is that of the packed package, for progress.
 */
const PACKAGE = { spec: "@vltpkg/cli-linux-x64@0.0.0-18", file: "package/vlt", size: 182_603_487 };

/**
 * Fetches denort unless it is there: DENORT_BIN, the cache, Deno's host, npm, in this order.
 *
 * @returns path of the runtime, and whether it was fetched just now
 * @throws RuntimeError when it is nowhere to be had
 */
export function ensureDenort(): Promise<{ path: string; fetched: boolean }> {
  const pin = runtimeFor(Deno.version.deno);
  return ensureRuntime({
    cache: cacheFolder(),
    sources: [officialSource(officialAddress(pin.version)), ...pin === DENORT ? [npmSource()] : []],
    pin,
    override: ownRuntime(),
  });
}

/**
 * The runtime the user chose with DENORT_BIN.
 *
 * @returns its absolute path, or nothing when DENORT_BIN is not set
 */
export function ownRuntime(): string | undefined {
  const path = Deno.env.get("DENORT_BIN");
  // deno task runs in the repository and tells where the user is.
  return path ? resolve(Deno.env.get("INIT_CWD") ?? ".", path) : undefined;
}

/**
 * The zip archive that `deno compile` itself would fetch.
 *
 * @param url address of the archive
 * @param patienceMs how long to wait for the answer, and then for each next piece, in ms
 * @returns the source
 */
export function officialSource(url: string, patienceMs = 5000): RuntimeSource {
  return {
    name: "Deno's download host",
    async *open(_scratch, signal) {
      const abort = new AbortController();
      signal.addEventListener("abort", () => abort.abort());
      const late = () => abort.abort(new RuntimeError(`no answer within ${patienceMs / 1000} s`));
      let timer = setTimeout(late, patienceMs);
      try {
        const response = await fetch(url, { signal: abort.signal }).catch((error) => {
          // Deno tells an unreachable host at length; an abort carries its own reason.
          throw error instanceof TypeError ? new RuntimeError("it cannot be reached") : error;
        });
        if (!response.ok || response.body === null) {
          throw new RuntimeError(`the host answered ${response.status}`);
        }
        const total = Number(response.headers.get("content-length") ?? 0);
        const progress = new Progress("denort from Deno's download host", total);
        let received = 0;
        const body = response.body.pipeThrough(
          new TransformStream<Uint8Array, Uint8Array>({
            transform(piece, controller) {
              clearTimeout(timer);
              timer = setTimeout(late, 6 * patienceMs);
              progress.update(received += piece.length);
              controller.enqueue(piece);
            },
          }),
        );
        try {
          yield* zipFirstEntry(body, "denort");
        } finally {
          progress.end();
        }
      } finally {
        clearTimeout(timer);
        abort.abort();
      }
    },
  };
}

/**
 * The npm package, fetched by npm itself, so that the user's registry, proxy and certificates
 * apply.
 *
 * @param npm the npm command
 * @returns the source
 */
export function npmSource(npm = "npm"): RuntimeSource {
  return {
    name: `the npm package ${PACKAGE.spec}`,
    async *open(scratch, signal) {
      const archive = await pack(npm, scratch, signal);
      using file = await Deno.open(archive);
      yield* tarEntry(file.readable.pipeThrough(new DecompressionStream("gzip")), PACKAGE.file);
    },
  };
}

/** Runs `npm pack`; gives the path of the packed package. */
async function pack(npm: string, scratch: string, signal: AbortSignal): Promise<string> {
  const cache = join(scratch, "npm");
  // A cache of its own: the user's npm cache need not keep these 180 MB, and its growth shows
  // how far the download is, which npm does not tell.
  const command = new Deno.Command(npm, {
    args: [
      "pack",
      PACKAGE.spec,
      "--ignore-scripts",
      "--no-update-notifier",
      "--json",
      `--cache=${cache}`,
      `--pack-destination=${scratch}`,
    ],
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    signal,
  });
  let child: Deno.ChildProcess;
  try {
    child = command.spawn();
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new RuntimeError(`there is no command ${npm}`);
  }
  const progress = new Progress("denort from npm", PACKAGE.size);
  const poll = setInterval(() => progress.update(folderSize(cache)), 200);
  try {
    const { success, stdout, stderr } = await child.output();
    if (!success) {
      const last = new TextDecoder().decode(stderr).trim().split("\n")
        .filter((line) => /^npm (err!|error)/i.test(line)).slice(0, 3).join("; ");
      throw new RuntimeError(last || "npm pack failed");
    }
    progress.update(PACKAGE.size);
    const [{ filename }] = JSON.parse(new TextDecoder().decode(stdout));
    // npm 8 and older report a scoped package's file name with a slash.
    return join(scratch, filename.replace(/^@/, "").replace("/", "-"));
  } finally {
    clearInterval(poll);
    progress.end();
  }
}

/** Bytes in all files below a folder that something else is writing to. */
function folderSize(folder: string): number {
  let sum = 0;
  try {
    for (const { name, isDirectory } of Deno.readDirSync(folder)) {
      const path = join(folder, name);
      sum += isDirectory ? folderSize(path) : Deno.statSync(path).size;
    }
  } catch {
    // It was moved or removed in between.
  }
  return sum;
}
