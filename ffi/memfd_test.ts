import assert from "node:assert/strict";
import { closeFd, writeFd } from "./fd.ts";
import { Errno } from "./errno.ts";
import { programInMemory } from "./memfd.ts";

Deno.test("programInMemory() makes a file that nobody can change", () => {
  const fd = programInMemory("test", Uint8Array.of(1, 2, 3));
  try {
    assert.deepEqual([...Deno.readFileSync(`/proc/self/fd/${fd}`)], [1, 2, 3]);
    assert.equal(writeFd(fd, Uint8Array.of(4), 1), -Errno.EPERM);
    assert.throws(() => Deno.writeFileSync(`/proc/self/fd/${fd}`, Uint8Array.of(4)));
  } finally {
    closeFd(fd);
  }
});

Deno.test("programInMemory() refuses a name with a zero byte", () => {
  assert.throws(() => programInMemory("a\0b", Uint8Array.of(1)), TypeError);
});
