import assert from "node:assert/strict";
import { holdName } from "./abstract_name.ts";
import { closeFd } from "./fd.ts";
import { getEffectiveUser } from "./process.ts";

const NAME = `mirage-dhcp-test/${crypto.randomUUID()}`;

const libc = Deno.dlopen("libc.so.6", {
  socket: { parameters: ["i32", "i32", "i32"], result: "i32" },
  bind: { parameters: ["i32", "buffer", "u32"], result: "i32" },
}).symbols;

Deno.test("holdName() gives a name to one holder at a time, and says whose it is", () => {
  const first = holdName(NAME);
  assert.ok("fd" in first);
  try {
    assert.deepEqual(holdName(NAME), { holder: getEffectiveUser() });
    assert.deepEqual(holdName(NAME), { holder: getEffectiveUser() });
    const other = holdName(`${NAME}0`);
    assert.ok("fd" in other);
    closeFd(other.fd);
  } finally {
    closeFd(first.fd);
  }
  const next = holdName(NAME);
  assert.ok("fd" in next);
  closeFd(next.fd);
});

Deno.test("holdName() cannot tell the holder when it does not listen", () => {
  const fd = libc.socket(1, 5, 0);
  try {
    const address = new Uint8Array([1, 0, ...new TextEncoder().encode(`\0${NAME}`)]);
    assert.equal(libc.bind(fd, address, address.length), 0);
    assert.deepEqual(holdName(NAME), { holder: null });
  } finally {
    closeFd(fd);
  }
});

Deno.test("holdName() leaves no descriptor open when the name is taken", () => {
  const count = () => [...Deno.readDirSync("/proc/self/fd")].length;
  const first = holdName(NAME);
  assert.ok("fd" in first);
  try {
    const before = count();
    holdName(NAME);
    assert.equal(count(), before);
  } finally {
    closeFd(first.fd);
  }
});

Deno.test("holdName() throws a RangeError when the name is too long", () => {
  assert.throws(() => holdName("x".repeat(108)), RangeError);
});
