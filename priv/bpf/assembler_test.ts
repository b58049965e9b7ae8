import assert from "node:assert/strict";
import fc from "fast-check";
import {
  add,
  Ancillary,
  and,
  assemble,
  AssemblyError,
  div,
  type Instruction,
  ja,
  jeq,
  jge,
  jgt,
  jset,
  label,
  ld,
  ldAncillary,
  ldb,
  ldbIndexed,
  ldh,
  ldhIndexed,
  ldImmediate,
  ldIndexed,
  ldLength,
  ldxMsh,
  lsh,
  MAX_INSTRUCTIONS,
  type Program,
  ret,
  retA,
  rsh,
  sub,
  tax,
  txa,
} from "./assembler.ts";
import { disassemble } from "./disassembler.ts";

/** `struct sock_filter` numbers of one instruction. */
function numbers(bytes: Uint8Array, index: number): number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset + index * 8, 8);
  return [
    view.getUint16(0, true),
    view.getUint8(2),
    view.getUint8(3),
    view.getUint32(4, true),
  ];
}

// What `tcpdump -dd` prints for the same instructions.
const ENCODINGS: [string, Instruction, [number, number]][] = [
  ["ld [26]", ld(26), [0x20, 26]],
  ["ldh [12]", ldh(12), [0x28, 12]],
  ["ldb [23]", ldb(23), [0x30, 23]],
  ["ld [x + 16]", ldIndexed(16), [0x40, 16]],
  ["ldh [x + 16]", ldhIndexed(16), [0x48, 16]],
  ["ldb [x + 16]", ldbIndexed(16), [0x50, 16]],
  ["ldxb 4*([14]&0xf)", ldxMsh(14), [0xb1, 14]],
  ["ld len", ldLength(), [0x80, 0]],
  ["ld ancillary[4]", ldAncillary(Ancillary.PACKET_TYPE), [0x20, 0xfffff004]],
  ["ld #0x7", ldImmediate(7), [0x00, 7]],
  ["add #0x7", add(7), [0x04, 7]],
  ["sub #0x7", sub(7), [0x14, 7]],
  ["div #0x7", div(7), [0x34, 7]],
  ["and #0x7", and(7), [0x54, 7]],
  ["lsh #0x7", lsh(7), [0x64, 7]],
  ["rsh #0x7", rsh(7), [0x74, 7]],
  ["tax", tax(), [0x07, 0]],
  ["txa", txa(), [0x87, 0]],
  ["ret #1514", ret(1514), [0x06, 1514]],
  ["ret a", retA(), [0x16, 0]],
];

Deno.test("assemble() encodes every instruction as the kernel's headers say", () => {
  for (const [text, instruction, [code, k]] of ENCODINGS) {
    const bytes = assemble([instruction, ret(0)]);
    assert.equal(bytes.length, 16);
    assert.deepEqual(numbers(bytes, 0), [code, 0, 0, k], text);
    assert.equal(disassemble(bytes)[0], `(000) ${text}`);
  }
});

Deno.test("assemble() resolves labels to distances from the next instruction", () => {
  const bytes = assemble([
    jeq(1, { yes: "a", no: "b" }),
    jgt(2, { yes: "b" }),
    jge(3, { no: "b" }),
    label("a"),
    jset(4, {}),
    ja("b"),
    ret(5),
    label("b"),
    ret(6),
  ]);
  assert.deepEqual(
    [0, 1, 2, 3, 4].map((index) => numbers(bytes, index)),
    [[0x15, 2, 5, 1], [0x25, 4, 0, 2], [0x35, 0, 3, 3], [0x45, 0, 0, 4], [0x05, 0, 0, 1]],
  );
  assert.deepEqual(disassemble(bytes), [
    "(000) jeq #0x1 jt 3 jf 6",
    "(001) jgt #0x2 jt 6 jf 2",
    "(002) jge #0x3 jt 3 jf 6",
    "(003) jset #0x4 jt 4 jf 4",
    "(004) ja 6",
    "(005) ret #5",
    "(006) ret #6",
  ]);
});

function nothing(count: number): Program {
  return Array.from({ length: count }, () => tax());
}

Deno.test("assemble() accepts conditional jumps of 255 and refuses 256", () => {
  const jump = (between: number) => [jeq(0, { yes: "end" }), ...nothing(between), label("end")];
  assert.equal(numbers(assemble([...jump(255), ret(0)]), 0)[1], 255);
  assert.throws(() => assemble([...jump(256), ret(0)]), /instruction 0: label end is 256 away/);
});

Deno.test("assemble() lets an unconditional jump go further", () => {
  const bytes = assemble([ja("end"), ...nothing(300), label("end"), ret(0)]);
  assert.equal(numbers(bytes, 0)[3], 300);
});

Deno.test("assemble() accepts 4096 instructions and refuses 4097", () => {
  assert.equal(assemble([...nothing(MAX_INSTRUCTIONS - 1), ret(0)]).length, 8 * 4096);
  assert.throws(() => assemble([...nothing(MAX_INSTRUCTIONS), ret(0)]), /4097 instructions/);
});

Deno.test("assemble() refuses a malformed program and says where", () => {
  const wrong: [Program, RegExp][] = [
    [[], /the program is empty/],
    [[label("a")], /the program is empty/],
    [[ldh(0)], /instruction 0: the program runs past its end/],
    [[ret(0), jeq(0, {})], /instruction 1: the program runs past its end/],
    [[jeq(0, { no: "x" }), ret(0)], /instruction 0: unknown label x/],
    [[ja("x"), ret(0)], /instruction 0: unknown label x/],
    [[ret(0), label("a"), ret(1), label("a"), ret(2)], /instruction 2: label a is there twice/],
    [[label("a"), tax(), ja("a"), ret(0)], /instruction 1: label a is behind/],
    [[label("a"), ja("a"), ret(0)], /instruction 0: label a is behind/],
    [[jeq(0, { yes: "a" }), ret(0), label("a")], /instruction 1: no instruction follows label a/],
    [[div(0), ret(0)], /instruction 0: division by zero/],
    [[lsh(32), ret(0)], /instruction 0: shift by 32/],
    [[rsh(32), ret(0)], /instruction 0: shift by 32/],
    [[ret(-1)], /operand -1 is no unsigned/],
    [[ret(2 ** 32)], /operand 4294967296 is no unsigned/],
    [[jeq(0.5, {}), ret(0)], /operand 0.5 is no unsigned/],
    [[and(NaN), ret(0)], /operand NaN is no unsigned/],
  ];
  for (const [program, message] of wrong) {
    assert.throws(() => assemble(program), (error) => {
      assert.ok(error instanceof AssemblyError);
      assert.match(error.message, message);
      return true;
    });
  }
});

Deno.test("ldh() refuses an offset that the kernel takes for ancillary data", () => {
  for (const offset of [-1, 2 ** 31, 0xfffff004, 1.5]) {
    assert.throws(() => ldh(offset), AssemblyError);
    assert.throws(() => ldxMsh(offset), AssemblyError);
  }
});

Deno.test("disassemble() shows unknown instructions as numbers and ignores a broken tail", () => {
  const bytes = Uint8Array.of(0xff, 0xff, 1, 2, 3, 0, 0, 0, 6, 0, 0);
  assert.deepEqual(disassemble(bytes), ["(000) .word 65535, 1, 2, 3"]);
});

Deno.test("disassemble() gives one line per instruction for any bytes", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
    assert.equal(disassemble(bytes).length, Math.floor(bytes.length / 8));
  }));
});
