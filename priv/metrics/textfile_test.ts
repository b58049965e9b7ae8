import assert from "node:assert/strict";
import { FakeLoop } from "../testing/fake_loop.ts";
import { FIRST_MS, INTERVAL_MS, Textfile } from "./textfile.ts";

interface Stage {
  readonly loop: FakeLoop;
  readonly directory: string;
  readonly path: string;
  readonly textfile: Textfile;
  readonly warnings: string[];
}

function onStage(body: (stage: Stage) => void): void {
  const directory = Deno.makeTempDirSync();
  const path = `${directory}/collector/mirage_dhcp.prom`;
  const loop = new FakeLoop();
  const warnings: string[] = [];
  let renders = 0;
  const render = () => `renders ${++renders}\n`;
  const textfile = new Textfile({ loop, path, render, warn: (text) => warnings.push(text) });
  Deno.mkdirSync(`${directory}/collector`);
  try {
    body({ loop, directory, path, textfile, warnings });
  } finally {
    Deno.removeSync(directory, { recursive: true });
  }
}

Deno.test("Textfile writes soon after the start and then at intervals, for everybody to read", () => {
  onStage(({ loop, directory, path, textfile, warnings }) => {
    textfile.start();
    assert.throws(() => Deno.statSync(path), Deno.errors.NotFound);
    loop.advance(FIRST_MS);
    assert.equal(Deno.readTextFileSync(path), "renders 1\n");
    assert.equal(Deno.statSync(path).mode! & 0o777, 0o644);
    loop.advance(INTERVAL_MS);
    assert.equal(Deno.readTextFileSync(path), "renders 2\n");
    const files = [...Deno.readDirSync(`${directory}/collector`)].map(({ name }) => name);
    assert.deepEqual(files, ["mirage_dhcp.prom"]);
    assert.deepEqual(warnings, []);
  });
});

Deno.test("Textfile leaves neither the file nor a timer when it stops", () => {
  onStage(({ loop, path, textfile, warnings }) => {
    textfile.start();
    loop.advance(FIRST_MS);
    textfile.stop();
    assert.throws(() => Deno.statSync(path), Deno.errors.NotFound);
    assert.equal(loop.waiting, 0);
    assert.deepEqual(warnings, []);
  });
});

Deno.test("Textfile tells once of each trouble and of its end, and tries again", () => {
  onStage(({ loop, directory, path, textfile, warnings }) => {
    Deno.removeSync(`${directory}/collector`);
    textfile.start();
    loop.advance(FIRST_MS);
    loop.advance(INTERVAL_MS);
    assert.equal(warnings.length, 1);
    assert.ok(warnings[0].startsWith(`Cannot write the metrics to ${path}: `), warnings[0]);
    Deno.writeTextFileSync(`${directory}/collector`, "");
    loop.advance(INTERVAL_MS);
    assert.equal(warnings.length, 2, "another reason");
    Deno.removeSync(`${directory}/collector`);
    Deno.mkdirSync(`${directory}/collector`);
    loop.advance(INTERVAL_MS);
    loop.advance(INTERVAL_MS);
    assert.deepEqual(warnings.slice(2), [`the metrics are written to ${path} again`]);
    assert.match(Deno.readTextFileSync(path), /^renders/);
  });
});

Deno.test("Textfile says so when it cannot remove the file", () => {
  onStage(({ path, textfile, warnings }) => {
    Deno.mkdirSync(`${path}/full`, { recursive: true });
    textfile.stop();
    assert.equal(warnings.length, 1);
    assert.ok(warnings[0].startsWith(`Cannot remove ${path}: `), warnings[0]);
  });
});
