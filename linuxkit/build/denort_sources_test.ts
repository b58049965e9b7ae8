/**
 * Tests of denort_sources.ts: a server on the loopback interface and an npm made up here.
 *
 * @module
 */
import assert from "node:assert/strict";
import { concat, tgz, zip } from "./archive_fixture.ts";
import { join } from "./paths.ts";
import { npmSource, officialSource } from "./denort_sources.ts";
import type { RuntimeSource } from "./denort.ts";

const BYTES = Uint8Array.from({ length: 3000 }, (_, i) => i % 241);

async function read(source: RuntimeSource, scratch = ""): Promise<Uint8Array> {
  const pieces = source.open(scratch, new AbortController().signal);
  return concat(...await Array.fromAsync(pieces, (piece) => Uint8Array.from(piece)));
}

async function withServer(
  handler: () => Response | Promise<Response>,
  body: (url: string) => Promise<void>,
): Promise<void> {
  const options = { hostname: "127.0.0.1", port: 0, onListen: () => {} };
  const server = Deno.serve(options, handler);
  try {
    await body(`http://127.0.0.1:${server.addr.port}/denort.zip`);
  } finally {
    await server.shutdown();
  }
}

Deno.test("officialSource() gives the file in the archive", () =>
  withServer(
    () => new Response(Uint8Array.from(zip("denort", BYTES))),
    async (url) => assert.deepEqual(await read(officialSource(url)), BYTES),
  ));

Deno.test("officialSource() throws when the host has no such file", () =>
  withServer(
    () => new Response("no", { status: 404 }),
    (url) => assert.rejects(read(officialSource(url)), /answered 404/),
  ));

Deno.test("officialSource() throws when the host does not answer in time", async () => {
  const answer = Promise.withResolvers<Response>();
  await withServer(() => answer.promise, async (url) => {
    await assert.rejects(read(officialSource(url, 20)), /no answer within/);
    answer.resolve(new Response());
  });
});

Deno.test("officialSource() throws when the host cannot be reached", async () => {
  let closed = "";
  await withServer(() => new Response(), async (url) => void (closed = await url));
  await assert.rejects(read(officialSource(closed)), /cannot be reached/);
});

/** A program that does what `npm pack` does. */
async function fakeNpm(folder: string, script: string): Promise<string> {
  const path = join(folder, "npm");
  await Deno.writeTextFile(path, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  return path;
}

async function withFolder(body: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await body(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("npmSource() gives the program in the package that npm packs", () =>
  withFolder(async (folder) => {
    await Deno.writeFile(
      join(folder, "made.tgz"),
      tgz([["package/vlr", BYTES.subarray(9)], ["package/vlt", BYTES]]),
    );
    const npm = await fakeNpm(
      folder,
      `for arg; do case $arg in --pack-destination=*) to=\${arg#*=};; esac; done
       mv "\${0%/*}/made.tgz" "$to/vltpkg-cli-0.tgz"
       echo 'npm warn something' >&2
       echo '[{"filename": "vltpkg-cli-0.tgz"}]'`,
    );
    await Deno.mkdir(join(folder, "scratch"));
    assert.deepEqual(await read(npmSource(npm), join(folder, "scratch")), BYTES);
  }));

Deno.test("npmSource() throws with npm's own words when npm fails", () =>
  withFolder(async (folder) => {
    const npm = await fakeNpm(
      folder,
      `echo 'npm warn old' >&2; echo 'npm error 404 no such package' >&2; exit 1`,
    );
    await assert.rejects(read(npmSource(npm), folder), {
      message: "npm error 404 no such package",
    });
  }));

Deno.test("npmSource() throws when there is no npm", () =>
  withFolder((folder) =>
    assert.rejects(read(npmSource(join(folder, "absent")), folder), /there is no command/)
  ));
