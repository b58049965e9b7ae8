/**
 * Tests of denort.ts, without network: small runtimes and sources made up here.
 *
 * @module
 */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import {
  DENORT,
  ensureRuntime,
  RuntimeError,
  runtimeFor,
  runtimePath,
  type RuntimeSource,
} from "./denort.ts";
import { join } from "./paths.ts";
import { isBuildVersion } from "./project.ts";

const BYTES = Uint8Array.from({ length: 5000 }, (_, i) => i % 253);
const PIN = {
  version: "2.4.2",
  machine: "x86_64",
  size: 4000,
  sha256: createHash("sha256").update(BYTES.subarray(0, 4000)).digest("hex"),
};

/** A source that counts how often it was asked. */
class FakeSource implements RuntimeSource {
  name = "a test";
  opened = 0;

  constructor(private readonly bytes: Uint8Array, private readonly error?: Error) {}

  async *open(scratch: string): AsyncGenerator<Uint8Array> {
    this.opened += 1;
    await Deno.writeTextFile(join(scratch, "download"), "something big");
    for (let at = 0; at < this.bytes.length; at += 999) yield this.bytes.subarray(at, at + 999);
    if (this.error !== undefined) throw this.error;
  }
}

async function withCache(body: (cache: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await body(join(folder, "cache"));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function ensure(cache: string, ...sources: RuntimeSource[]) {
  return ensureRuntime({ cache, sources, pin: PIN, say: () => {} });
}

function filesIn(cache: string): string[] {
  return [...Deno.readDirSync(cache)].map(({ name }) => name).sort();
}

Deno.test("ensureRuntime() keeps the first bytes of the source, executable", () =>
  withCache(async (cache) => {
    const { path, fetched } = await ensure(cache, new FakeSource(BYTES));
    assert.equal(fetched, true);
    assert.equal(path, runtimePath(cache, PIN));
    assert.deepEqual(await Deno.readFile(path), BYTES.slice(0, 4000));
    assert.equal((await Deno.stat(path)).mode! & 0o777, 0o755);
    assert.deepEqual(filesIn(cache), [path.slice(cache.length + 1), "lock"]);
  }));

Deno.test("ensureRuntime() uses the cache the second time", () =>
  withCache(async (cache) => {
    await ensure(cache, new FakeSource(BYTES));
    const source = new FakeSource(BYTES);
    assert.equal((await ensure(cache, source)).fetched, false);
    assert.equal(source.opened, 0);
  }));

Deno.test("ensureRuntime() refuses and forgets what has another hash", () =>
  withCache(async (cache) => {
    const wrong = BYTES.with(3999, 0);
    await assert.rejects(ensure(cache, new FakeSource(wrong)), RuntimeError);
    assert.deepEqual(filesIn(cache), ["lock"]);
  }));

Deno.test("ensureRuntime() refuses and forgets a truncated download", () =>
  withCache(async (cache) => {
    await assert.rejects(ensure(cache, new FakeSource(BYTES.subarray(0, 3999))), RuntimeError);
    assert.deepEqual(filesIn(cache), ["lock"]);
  }));

Deno.test("ensureRuntime() tries the next source when one fails, and says why", () =>
  withCache(async (cache) => {
    const lines: string[] = [];
    const good = new FakeSource(BYTES);
    await ensureRuntime({
      cache,
      sources: [new FakeSource(BYTES.subarray(0, 10), new Error("line cut")), good],
      pin: PIN,
      say: (line) => lines.push(line),
    });
    assert.equal(good.opened, 1);
    assert.deepEqual(lines, ["denort: not from a test: line cut"]);
  }));

Deno.test("ensureRuntime() replaces a cached file that is damaged", () =>
  withCache(async (cache) => {
    const { path } = await ensure(cache, new FakeSource(BYTES));
    await Deno.writeFile(path, BYTES.slice(1, 4001));
    assert.equal((await ensure(cache, new FakeSource(BYTES))).fetched, true);
    assert.deepEqual(await Deno.readFile(path), BYTES.slice(0, 4000));
  }));

Deno.test("ensureRuntime() removes what an earlier process left unfinished", () =>
  withCache(async (cache) => {
    await Deno.mkdir(join(cache, "unfinished/npm"), { recursive: true });
    await Deno.writeTextFile(join(cache, "unfinished/npm/part"), "x");
    const { path } = await ensure(cache, new FakeSource(BYTES));
    assert.deepEqual(filesIn(cache), [path.slice(cache.length + 1), "lock"]);
  }));

Deno.test("ensureRuntime() fetches once when called twice at the same time", () =>
  withCache(async (cache) => {
    const sources = [new FakeSource(BYTES), new FakeSource(BYTES)];
    const results = await Promise.all(sources.map((source) => ensure(cache, source)));
    assert.equal(sources[0].opened + sources[1].opened, 1);
    assert.deepEqual(results.map(({ fetched }) => fetched).sort(), [false, true]);
  }));

Deno.test("ensureRuntime() takes DENORT_BIN as it is, and only if it exists", () =>
  withCache(async (cache) => {
    const own = await Deno.makeTempFile();
    const source = new FakeSource(BYTES);
    const options = { cache, sources: [source], pin: PIN };
    assert.deepEqual(await ensureRuntime({ ...options, override: own }), {
      path: own,
      fetched: false,
    });
    await Deno.remove(own);
    await assert.rejects(ensureRuntime({ ...options, override: own }), /DENORT_BIN/);
    assert.equal(source.opened, 0);
  }));

Deno.test("ensureRuntime() takes all that there is of a version that is not pinned, once", () =>
  withCache(async (cache) => {
    const program = BYTES.slice();
    program.set([0x7f, 0x45, 0x4c, 0x46]);
    const source = new FakeSource(program);
    const pin = runtimeFor("99.0.0");
    const options = { cache, sources: [source], pin, say: () => {} };
    const { path } = await ensureRuntime(options);
    assert.deepEqual(await Deno.readFile(path), program);
    assert.match(path, /denort-99\.0\.0-x86_64$/);
    assert.deepEqual(await ensureRuntime(options), { path, fetched: false });
    assert.equal(source.opened, 1);
    const cutOff = new FakeSource(program, new Error("cut off"));
    for (const bad of [cutOff, new FakeSource(BYTES), new FakeSource(new Uint8Array(0))]) {
      const other = { ...options, sources: [bad], pin: runtimeFor("99.0.1") };
      await assert.rejects(ensureRuntime(other), RuntimeError);
    }
    assert.ok(!filesIn(cache).some((name) => name.includes("99.0.1")));
  }));

Deno.test("runtimeFor() pins the one version", () => {
  assert.equal(runtimeFor(DENORT.version), DENORT);
  assert.equal(runtimeFor("2.9.6").sha256, undefined);
});

Deno.test("isBuildVersion() compares numbers", () => {
  for (const version of ["2.4.2", "2.4.10", "2.10.0", "3.0.0", "2.5.0-rc.1", "2.4.3+abc"]) {
    assert.equal(isBuildVersion(version), true, version);
  }
  for (const version of ["2.4.1", "2.3.99", "1.46.3", "2.4.0+x"]) {
    assert.equal(isBuildVersion(version), false, version);
  }
});
