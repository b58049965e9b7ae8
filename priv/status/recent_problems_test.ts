import assert from "node:assert/strict";
import { KvStore } from "../kv/store.ts";
import { MAX_PROBLEMS, RecentProblems } from "./recent_problems.ts";

function below(store: KvStore): string[] {
  return [...store.snapshot()].filter(([path]) => path.startsWith("/error/")).map(([, text]) =>
    text
  );
}

Deno.test("RecentProblems keeps the last ones, the latest first", () => {
  const store = new KvStore();
  let now = 0;
  const problems = new RecentProblems(store, () => now++);
  for (let n = 1; n <= MAX_PROBLEMS + 2; n++) problems.add(`trouble ${n}`);
  const lines = below(store);
  assert.equal(lines.length, MAX_PROBLEMS);
  assert.equal(lines[0], "1970-01-01T00:00:00.009Z trouble 10");
  assert.equal(lines.at(-1), "1970-01-01T00:00:00.002Z trouble 3");
});

Deno.test("RecentProblems counts the same trouble once, with its last time", () => {
  const store = new KvStore();
  let now = 0;
  const problems = new RecentProblems(store, () => now++);
  for (const text of ["a", "b", "b", "b"]) problems.add(text);
  assert.deepEqual(below(store), ["1970-01-01T00:00:00.003Z b", "1970-01-01T00:00:00.000Z a"]);
});

Deno.test("RecentProblems escapes and cuts what is said", () => {
  const store = new KvStore();
  new RecentProblems(store, () => 0).add(`x\n\x1b[31m${"y".repeat(1000)}`);
  const [line] = below(store);
  assert.equal(line.length, 512);
  assert.ok(line.startsWith("1970-01-01T00:00:00.000Z x\\x0a\\x1b[31myyy"));
});
