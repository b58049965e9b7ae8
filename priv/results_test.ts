import assert from "node:assert/strict";
import { HandlerStatistics } from "./metrics/statistics.ts";
import { Results } from "./results.ts";
import { FakeLoop } from "./testing/fake_loop.ts";
import { collectLog } from "./testing/log_lines.ts";

/** Files that may be refused. */
class FakeFiles {
  full = false;
  shown: Record<string, string> = {};
  attempts = 0;

  apply(keys: ReadonlyMap<string, string>): void {
    this.attempts++;
    if (this.full) throw new Error("No space left on device (os error 28)");
    this.shown = Object.fromEntries(keys);
  }

  remove(): void {
    this.shown = {};
    if (this.full) throw new Error("refused");
  }
}

function world(): { loop: FakeLoop; files: FakeFiles; results: Results; log: string[] } {
  const log = collectLog();
  const loop = new FakeLoop();
  const files = new FakeFiles();
  const context = { loop, handlers: new HandlerStatistics(), name: "eth0" };
  return { loop, files, results: new Results(context, files), log };
}

const BOUND = new Map([["/state", "BOUND"]]);

Deno.test("Results.show() tries again with growing pauses when the files are refused", () => {
  const { loop, files, results, log } = world();
  files.full = true;
  results.show(BOUND);
  loop.advance(1_000);
  loop.advance(1_000);
  assert.equal(files.attempts, 2, "the second pause is longer");
  files.full = false;
  loop.advance(1_000);
  assert.deepEqual(files.shown, { "/state": "BOUND" });
  assert.equal(loop.waiting, 0);
  assert.deepEqual([...new Set(log)], [
    "error eth0: Cannot write the results: No space left on device (os error 28)",
  ]);
});

Deno.test("Results.show() forgets what was to be tried again when there is something newer", () => {
  const { loop, files, results } = world();
  files.full = true;
  results.show(BOUND);
  files.full = false;
  results.show(new Map([["/state", "INIT"]]));
  loop.advance(100_000);
  assert.deepEqual(files.shown, { "/state": "INIT" });
});

Deno.test("Results.show() does not wait longer because there is something new again and again", () => {
  const { loop, files, results } = world();
  files.full = true;
  for (let n = 0; n < 10; n++) {
    results.show(new Map([["/state", "BOUND"], ["/lease/time", `${n}`]]));
  }
  files.full = false;
  loop.advance(1_000);
  assert.deepEqual(files.shown, { "/state": "BOUND", "/lease/time": "9" });
  assert.equal(loop.waiting, 0);
});

Deno.test("Results.stop() and remove() end the attempts", () => {
  for (const end of ["stop", "remove"] as const) {
    const { loop, files, results } = world();
    files.full = true;
    results.show(BOUND);
    results[end]();
    files.full = false;
    loop.advance(100_000);
    assert.equal(files.attempts, 1);
    assert.deepEqual(files.shown, {});
  }
});

Deno.test("Results.remove() tries twice, and says when that was in vain", () => {
  for (const [failures, said] of [[1, 0], [2, 1]]) {
    const { files, results, log } = world();
    results.show(BOUND);
    let left = failures;
    files.remove = () => {
      if (left-- > 0) throw new Error("refused");
      files.shown = {};
    };
    results.remove();
    assert.equal(log.length, said);
    assert.deepEqual(files.shown, said === 0 ? {} : { "/state": "BOUND" });
  }
});
