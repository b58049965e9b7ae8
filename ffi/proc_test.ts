import assert from "node:assert/strict";
import { Errno, ErrnoError } from "./errno.ts";
import { countProcEntries, readProc } from "./proc.ts";

Deno.test("readProc() gives the whole of a file, however it comes", () => {
  assert.equal(readProc("/proc/self/cmdline"), Deno.readTextFileSync("/proc/self/cmdline"));
  assert.match(
    readProc("/proc/self/status"),
    /^Name:.*\nUmask:[^]*\nnonvoluntary_ctxt_switches:.*\n$/,
  );
});

Deno.test("readProc() says what the kernel says", () => {
  for (const path of ["/proc/0/status", "/proc/self/nothing"]) {
    assert.throws(
      () => readProc(path),
      (error) => error instanceof ErrnoError && error.code === Errno.ENOENT,
    );
  }
});

Deno.test("countProcEntries() counts what a directory has", () => {
  const count = [...Deno.readDirSync("/proc/self/fd")].length;
  assert.equal(countProcEntries("/proc/self/fd"), count);
  const directory = Deno.makeTempDirSync();
  try {
    assert.equal(countProcEntries(directory), 0);
    for (let i = 0; i < 2000; i++) Deno.writeTextFileSync(`${directory}/${i}`, "");
    assert.equal(countProcEntries(directory), 2000);
  } finally {
    Deno.removeSync(directory, { recursive: true });
  }
});
