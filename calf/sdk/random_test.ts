import assert from "node:assert/strict";
import fc from "fast-check";
import { multiplyU32, Random } from "./random.ts";
import { ascii } from "./sdk_fixture.ts";

const u32Value = fc.nat(0xffffffff);

/** The published C code of xoshiro128**, in 32-bit arithmetic on BigInt. */
function* reference(...seed: number[]): Generator<number> {
  const s = BigUint64Array.from(seed, BigInt);
  const low = (v: bigint) => v & 0xffffffffn;
  const rotl = (v: bigint, k: bigint) => low(v << k) | (v >> (32n - k));
  while (true) {
    yield Number(low(rotl(low(s[1] * 5n), 7n) * 9n));
    const t = low(s[1] << 9n);
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotl(s[3], 11n);
  }
}

Deno.test("Random.next() gives the published numbers for the seed 1 2 3 4", () => {
  const random = new Random();
  random.seed(1, 2, 3, 4);
  const numbers = Array.from({ length: 4 }, () => random.next());
  assert.deepEqual(numbers, [11520, 0, 5927040, 70819200]);
});

Deno.test("Random.next() is xoshiro128** for any seed", () => {
  fc.assert(fc.property(u32Value, u32Value, u32Value, u32Value, (a, b, c, d) => {
    fc.pre((a | b | c | d) !== 0);
    const random = new Random();
    random.seed(a, b, c, d);
    const expected = reference(a, b, c, d);
    for (let i = 0; i < 20; i++) assert.equal(random.next(), expected.next().value);
  }));
});

Deno.test("Random.next() does not stay at zero when the seed is zero or missing", () => {
  const unseeded = new Random();
  const zero = new Random();
  zero.seed(0, 0, 0, 0);
  for (const random of [unseeded, zero]) {
    const numbers = new Set(Array.from({ length: 100 }, () => random.next()));
    assert.ok(numbers.size > 95);
  }
});

Deno.test("Random.seedHex() seeds from 32 hexadecimal digits only", () => {
  const fromHex = new Random();
  const fromNumbers = new Random();
  const text = "00000001deadbeef7fffffff0000000A";
  assert.equal(fromHex.seedHex(ascii(` ${text}`), 1, 32), true);
  fromNumbers.seed(1, 0xdeadbeef, 0x7fffffff, 10);
  assert.equal(fromHex.next(), fromNumbers.next());
  assert.equal(fromHex.seedHex(ascii(text), 0, 31), false);
  assert.equal(fromHex.seedHex(ascii(text.replace("A", "g")), 0, 32), false);
  assert.equal(fromHex.next(), fromNumbers.next());
});

Deno.test("Random.below() is below its limit, and 0 when the limit is 0", () => {
  const random = new Random();
  fc.assert(fc.property(u32Value, u32Value, (seed, n) => {
    random.seed(seed, 1, 2, 3);
    const r = random.below(n);
    assert.ok(n === 0 ? r === 0 : r >= 0 && r < n);
  }));
});

Deno.test("Random.below() gives each of three numbers about as often", () => {
  const random = new Random();
  random.seed(5, 6, 7, 8);
  const counts = [0, 0, 0];
  for (let i = 0; i < 3000; i++) counts[random.below(3)]++;
  for (const count of counts) assert.ok(count > 900 && count < 1100, String(counts));
});

Deno.test("multiplyU32() is the product modulo 2^32", () => {
  fc.assert(fc.property(u32Value, u32Value, (a, b) => {
    assert.equal(multiplyU32(a, b), Number((BigInt(a) * BigInt(b)) & 0xffffffffn));
  }));
});
