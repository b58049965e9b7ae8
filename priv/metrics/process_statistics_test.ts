import assert from "node:assert/strict";
import { closeFd, pipe } from "../../ffi/fd.ts";
import { parseMaxFds, parseResident, parseStat, ProcessReader } from "./process_statistics.ts";

Deno.test("parseStat() finds the fields behind a name that holds anything", () => {
  const fields = Array.from({ length: 50 }, (_, index) => String(index + 3));
  const text = `7 (a) b (c) ${fields.join(" ")}\n`;
  assert.deepEqual(parseStat(text, 1_000_000, 400_000), {
    residentBytes: 24 * 4096,
    virtualBytes: 23,
    cpuSeconds: (14 + 15) / 100,
    startTimeSeconds: 600 + 22 / 100,
  });
});

Deno.test("parseMaxFds() reads the soft limit", () => {
  const limits = (soft: string) =>
    `Limit                     Soft Limit           Hard Limit           Units     
Max processes             95000                95000                processes 
Max open files            ${soft.padEnd(20)} 1048576              files     
`;
  assert.equal(parseMaxFds(limits("1024")), 1024);
  assert.equal(parseMaxFds(limits("unlimited")), Infinity);
});

Deno.test("parseResident() reads the second number", () => {
  assert.equal(parseResident("2500 100 80 1 0 60 0\n"), 409_600);
});

Deno.test("ProcessReader reads this process and others, and leaves out what has ended", () => {
  const begin = Date.now();
  const reader = new ProcessReader();
  const child = new Deno.Command("true").outputSync();
  assert.ok(child.success);
  const calves = new Map([["eth0", Deno.pid], ["eth1", 0x7ffffffe]]);
  const { self, calfResidentBytes } = reader.read(calves);
  assert.ok(self !== null);
  const { rss } = Deno.memoryUsage();
  assert.ok(self.residentBytes > rss / 2 && self.residentBytes < rss * 2);
  assert.ok(self.virtualBytes > self.residentBytes);
  assert.ok(self.cpuSeconds > 0);
  assert.ok(self.startTimeSeconds * 1000 < begin && self.startTimeSeconds > 0);
  assert.ok(self.maxFds > self.openFds);
  assert.deepEqual([...calfResidentBytes.keys()], ["eth0"]);
  const ends = pipe();
  assert.equal(reader.read(new Map()).self?.openFds, self.openFds + 2);
  ends.forEach(closeFd);
});
