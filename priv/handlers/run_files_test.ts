import assert from "node:assert/strict";
import { RunFiles } from "./run_files.ts";

Deno.test("RunFiles shows each key as a file and takes it away with its key", () => {
  const root = Deno.makeTempDirSync();
  try {
    const directory = `${root}/run/eth0`;
    const files = new RunFiles(directory);
    files.apply(new Map([["/ip", "192.0.2.7/24"], ["/lease/time", "120"]]));
    assert.equal(Deno.readTextFileSync(`${directory}/ip`), "192.0.2.7/24\n");
    assert.equal(Deno.readTextFileSync(`${directory}/lease/time`), "120\n");
    assert.equal(Deno.statSync(`${directory}/ip`).mode! & 0o777, 0o644);
    files.apply(new Map([["/lease/time", "240"]]));
    assert.equal(Deno.readTextFileSync(`${directory}/lease/time`), "240\n");
    assert.throws(() => Deno.statSync(`${directory}/ip`), Deno.errors.NotFound);
    files.remove();
    assert.throws(() => Deno.statSync(directory), Deno.errors.NotFound);
    files.remove();
  } finally {
    Deno.removeSync(root, { recursive: true });
  }
});
