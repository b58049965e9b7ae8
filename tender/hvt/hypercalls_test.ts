import assert from "node:assert/strict";
import fc from "fast-check";
import { HYPERCALL_PORT, type HypercallHost, Hypercalls, Result } from "./hypercalls.ts";
import { GuestFault, GuestMemory } from "./memory.ts";

const SIZE = 2 ** 21;
const LOW = 0x100000;
const [STRUCT, DATA] = [0x101000, 0x102000];
const CAPACITY = 4096n;

/** A host that notes what it is asked, and fills buffers with 7. */
class NotingHost implements HypercallHost {
  readonly notes: unknown[] = [];
  readonly nets: HypercallHost["nets"];
  readonly blocks: HypercallHost["blocks"];
  /** What a network device gives. */
  received = 60;

  constructor() {
    const note = (...what: unknown[]) => this.notes.push(what);
    this.nets = new Map([[1n, {
      read: (buffer: Uint8Array<ArrayBuffer>) => {
        note("receive", buffer.byteOffset, buffer.length);
        buffer.fill(7);
        return this.received;
      },
      write: (frame: Uint8Array<ArrayBuffer>) => {
        note("send", frame.byteOffset, frame.length);
        return Result.AGAIN;
      },
    }]]);
    const move = (what: string) => (offset: bigint, buffer: Uint8Array<ArrayBuffer>) => {
      note(what, offset, buffer.byteOffset, buffer.length);
      return Result.UNSPECIFIED;
    };
    this.blocks = new Map([[2n, { capacity: CAPACITY, read: move("read"), write: move("write") }]]);
  }

  wallTime(): bigint {
    return 0x1122334455667788n;
  }

  print(text: Uint8Array<ArrayBuffer>): void {
    this.notes.push(["print", text.byteOffset, text.length]);
  }

  wait(timeout: bigint): bigint {
    this.notes.push(["wait", timeout]);
    return timeout === 0n ? 0n : 1n << 63n;
  }
}

function setUp() {
  const memory = new GuestMemory(new Uint8Array(SIZE));
  const host = new NotingHost();
  const hypercalls = new Hypercalls(memory, host);
  const view = new DataView(memory.all.buffer, STRUCT);
  const call = (number: number, ...fields: (number | bigint)[]) => {
    fields.forEach((field, i) => view.setBigUint64(8 * i, BigInt(field), true));
    return hypercalls.call(HYPERCALL_PORT + number, STRUCT);
  };
  const u64 = (at: number) => view.getBigUint64(at, true);
  const i32 = (at: number) => view.getInt32(at, true);
  return { memory, host, hypercalls, call, u64, i32 };
}

Deno.test("call() answers each hypercall where its structure says (hvt_abi.h)", () => {
  const { host, call, u64, i32 } = setUp();
  assert.equal(call(1), null);
  assert.equal(u64(0), 0x1122334455667788n);
  assert.equal(call(2, DATA, 5), null);
  call(3, 12345n, 0, 0);
  assert.deepEqual([u64(8), i32(16)], [1n << 63n, 1]);
  call(3, 0n, 99, 99);
  assert.deepEqual([u64(8), i32(16)], [0n, 0]);
  call(4, 2, 512, DATA, 1024, 99);
  assert.equal(i32(32), Result.UNSPECIFIED);
  call(5, 2, 3584, DATA, 512, 99);
  assert.equal(i32(32), Result.UNSPECIFIED);
  call(6, 1, DATA, 100, 99);
  assert.equal(i32(24), Result.AGAIN);
  call(7, 1, DATA, 1514, 99);
  assert.deepEqual([u64(16), i32(24)], [60n, Result.OK]);
  host.received = -Result.AGAIN;
  call(7, 1, DATA, 1514, 99);
  assert.deepEqual([u64(16), i32(24)], [1514n, Result.AGAIN]);
  assert.equal(call(8, 0, 3), 3);
  assert.equal(call(8, 0, 0xffff_ffff), -1);
  assert.deepEqual(host.notes, [
    ["print", DATA, 5],
    ["wait", 12345n],
    ["wait", 0n],
    ["write", 512n, DATA, 1024],
    ["read", 3584n, DATA, 512],
    ["send", DATA, 100],
    ["receive", DATA, 1514],
    ["receive", DATA, 1514],
  ]);
});

Deno.test("call() refuses blocks that are not all inside, without overflow", () => {
  const { host, call, i32 } = setUp();
  const cases: [offset: bigint, length: bigint][] = [
    [CAPACITY, 0n],
    [CAPACITY, 512n],
    [CAPACITY - 512n, 513n],
    [0n, CAPACITY + 1n],
    [2n ** 63n, 512n],
    [2n ** 64n - 512n, 512n],
    [2n ** 64n - 1n, 1n],
  ];
  for (const [offset, length] of cases) {
    for (const number of [4, 5]) {
      call(number, 2, offset, DATA, length, 99);
      assert.equal(i32(32), Result.INVALID, `${offset} ${length}`);
    }
  }
  assert.deepEqual(host.notes, []);
});

Deno.test("call() ends a guest, or changes nothing but what it points at", () => {
  const { memory, hypercalls, host } = setUp();
  const end = BigInt(SIZE);
  const edge = fc.constantFrom(0n, 1n, 2n, BigInt(LOW), BigInt(DATA), end, CAPACITY, 2n ** 64n - 1n)
    .chain((base) => fc.bigInt(-40n, 40n).map((more) => BigInt.asUintN(64, base + more)));
  const field = fc.oneof(edge, fc.bigInt(0n, 2n ** 64n - 1n));
  const address = fc.oneof(edge.map((each) => Number(each & 0xffff_ffffn)), fc.constant(STRUCT));
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 10 }),
      address,
      fc.array(field, { minLength: 5, maxLength: 5 }),
      (number, at, fields) => {
        const { all } = memory;
        all.fill(1, 0, LOW);
        const isInside = at >= LOW && at + 40 <= SIZE;
        const view = new DataView(all.buffer);
        if (isInside) fields.forEach((each, i) => view.setBigUint64(at + 8 * i, each, true));
        host.notes.length = 0;
        try {
          const status = hypercalls.call(HYPERCALL_PORT + number, at);
          assert.equal(status !== null, number === 8);
        } catch (error) {
          if (!(error instanceof GuestFault)) throw error;
          assert.deepEqual(host.notes, [], "nothing is done for it");
          assert.match(error.message, /^it [ -~]+$/);
        }
        assert(all.subarray(0, LOW).every((byte) => byte === 1), "below it nothing changes");
      },
    ),
    { numRuns: 300 },
  );
});
