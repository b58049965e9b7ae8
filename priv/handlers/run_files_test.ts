import assert from "node:assert/strict";
import { RESULT_PATHS, resultsOf, RunFiles } from "./run_files.ts";

function inDirectory(run: (directory: string) => void): void {
  const root = Deno.makeTempDirSync();
  try {
    run(`${root}/run/eth0`);
  } finally {
    Deno.removeSync(root, { recursive: true });
  }
}

function isThere(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch {
    return false;
  }
}

Deno.test("RunFiles shows each key as a file and takes it away with its key", () => {
  inDirectory((directory) => {
    const files = new RunFiles(directory, RESULT_PATHS);
    files.apply(new Map([["/ip", "192.0.2.7/24"], ["/lease/time", "120"]]));
    assert.equal(Deno.readTextFileSync(`${directory}/ip`), "192.0.2.7/24\n");
    assert.equal(Deno.readTextFileSync(`${directory}/lease/time`), "120\n");
    assert.equal(Deno.statSync(`${directory}/ip`).mode! & 0o777, 0o644);
    files.apply(new Map([["/lease/time", "240"]]));
    assert.equal(Deno.readTextFileSync(`${directory}/lease/time`), "240\n");
    assert(!isThere(`${directory}/ip`));
    files.remove();
    assert(!isThere(directory));
    files.remove();
  });
});

Deno.test("RunFiles never shows what a calf may only read", () => {
  inDirectory((directory) => {
    const files = new RunFiles(directory, RESULT_PATHS);
    files.apply(new Map([["/seed", "0".repeat(32)], ["/mac", "02:00:00:00:00:01"]]));
    assert.deepEqual([...Deno.readDirSync(directory)], []);
  });
});

Deno.test("RunFiles removes a predecessor's results at the start", () => {
  inDirectory((directory) => {
    new RunFiles(directory, RESULT_PATHS).apply(new Map([["/nameserver/002", "192.0.2.54"]]));
    new RunFiles(directory, RESULT_PATHS);
    assert(!isThere(`${directory}/nameserver/002`));
  });
});

Deno.test("RunFiles leaves the files of anybody else's in its directory alone", () => {
  inDirectory((directory) => {
    const files = new RunFiles(directory, RESULT_PATHS);
    Deno.mkdirSync(`${directory}/other`);
    Deno.writeTextFileSync(`${directory}/other/precious`, "x");
    files.apply(new Map([["/ip", "192.0.2.7/24"]]));
    files.remove();
    assert(!isThere(`${directory}/ip`));
    assert(isThere(`${directory}/other/precious`));
  });
});

Deno.test("RunFiles does what failed when it is asked again", () => {
  inDirectory((directory) => {
    const files = new RunFiles(directory, RESULT_PATHS);
    Deno.writeTextFileSync(`${directory}/lease`, "in the way of a directory");
    const entries = new Map([["/ip", "192.0.2.7/24"], ["/lease/time", "120"], ["/state", "BOUND"]]);
    assert.throws(() => files.apply(entries));
    assert(!isThere(`${directory}/state`), "the state comes last");
    Deno.removeSync(`${directory}/lease`);
    files.apply(entries);
    assert.equal(Deno.readTextFileSync(`${directory}/lease/time`), "120\n");
    assert.equal(Deno.readTextFileSync(`${directory}/state`), "BOUND\n");
  });
});

Deno.test("RunFiles.remove() removes what it can, and the state first, when one file stays", () => {
  inDirectory((directory) => {
    const files = new RunFiles(directory, RESULT_PATHS);
    files.apply(new Map([["/ip", "192.0.2.7/24"], ["/lease/time", "120"], ["/state", "BOUND"]]));
    Deno.removeSync(`${directory}/lease/time`);
    Deno.mkdirSync(`${directory}/lease/time/full`, { recursive: true });
    assert.throws(() => files.remove());
    for (const gone of ["state", "ip"]) assert(!isThere(`${directory}/${gone}`), gone);
  });
});

Deno.test("resultsOf() shows the lease as one object, as long as there is an address", () => {
  const keys = new Map([["/state", "BOUND"], ["/ip", "192.0.2.7/24"], ["/lease/time", "60"]]);
  assert.deepEqual(JSON.parse(resultsOf(keys).get("/lease.json") ?? ""), {
    state: "BOUND",
    ip: "192.0.2.7/24",
    lease: { time: 60 },
  });
  assert.ok(RESULT_PATHS.includes("/lease.json"));
  keys.delete("/ip");
  assert.equal(resultsOf(keys).get("/lease.json"), undefined);
});
