import assert from "node:assert/strict";
import { configureSync, type LogRecord } from "@logtape/logtape";
import { Results } from "./results.ts";

/** A clock that stands still until it is told to go on, with the timers that wait for it. */
class FakeLoop {
  #now = 0;
  readonly #timers = new Set<{ due: number; run: () => void }>();

  now(): number {
    return this.#now;
  }

  after(delayMs: number, run: () => void): { cancel(): void } {
    const timer = { due: this.#now + delayMs, run };
    this.#timers.add(timer);
    return { cancel: () => this.#timers.delete(timer) };
  }

  get waiting(): number {
    return this.#timers.size;
  }

  advance(ms: number): void {
    this.#now += ms;
    for (const timer of [...this.#timers]) {
      if (timer.due <= this.#now && this.#timers.delete(timer)) timer.run();
    }
  }
}

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
  const log: string[] = [];
  configureSync({
    reset: true,
    sinks: { list: (record: LogRecord) => log.push(record.message.join("")) },
    loggers: [
      { category: ["logtape"], sinks: ["list"], lowestLevel: "error" },
      { category: ["priv"], sinks: ["list"] },
    ],
  });
  const loop = new FakeLoop();
  const files = new FakeFiles();
  return { loop, files, results: new Results(loop, files, "eth0"), log };
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
    "Cannot write the results: No space left on device (os error 28)",
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
