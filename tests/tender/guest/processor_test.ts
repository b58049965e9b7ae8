import assert from "node:assert/strict";
import { FuzzRandom } from "../../fuzz/random.ts";
import type { Abi } from "../../../tender/guest/guest.ts";
import type { Assembler, Condition, Operation, Register } from "./assembler.ts";
import { runBare } from "./bare_process.ts";
import { guest, type GuestPlan } from "./guest.ts";
import { runMachine } from "./machine.ts";

const REGISTERS: readonly Register[] = [
  ...["rax", "rcx", "rdx", "rbx", "rbp", "rsi", "rdi"] as const,
  ...["r8", "r9", "r10", "r11", "r12", "r13", "r14"] as const,
];
const OPERATIONS: readonly Operation[] = ["add", "or", "and", "sub", "xor", "cmp"];
const CONDITIONS: readonly Condition[] = [
  ...["b", "ae", "e", "ne", "be", "a", "s", "ns", "l", "ge"] as const,
];

/** Computes with random numbers, and prints what is in the registers then. */
function computes(abi: Abi, seed: number): GuestPlan {
  return {
    abi,
    code: (a, calls) => {
      const random = new FuzzRandom(seed);
      const number = () => BigInt(random.word()) << 32n | BigInt(random.word());
      const buffer = a.space(8 * REGISTERS.length);
      for (const each of REGISTERS) a.mov(each, random.below(4) === 0 ? random.below(3) : number());
      for (let i = 0; i < 300; i++) compute(a, random);
      a.push("rax");
      a.mov("rax", buffer);
      for (const [i, each] of REGISTERS.entries()) if (i > 0) a.store("rax", 8 * i, each);
      a.pop("rcx");
      a.store("rax", 0, "rcx");
      a.copy("rsi", "rax");
      a.mov("rdx", 8 * REGISTERS.length);
      calls.puts();
      calls.exit(0);
    },
  };
}

function compute(a: Assembler, random: FuzzRandom): void {
  const [to, by] = [random.pick(REGISTERS), random.pick(REGISTERS)];
  const operation = random.pick(OPERATIONS);
  switch (random.below(9)) {
    case 0:
      a.shl(to, random.below(64));
      break;
    case 1:
      a.mul(to);
      break;
    case 2:
      a.bts(to, by);
      break;
    case 3:
      a.mov("rdx", 0);
      a.op("or", "rcx", 1);
      a.div("rcx");
      break;
    case 4:
      a.lea(to, by, random.below(2 ** 31) - 2 ** 30);
      break;
    case 5:
      a.push(to);
      a.load32(by, "rsp");
      a.load8(to, "rsp", 3);
      a.store8("rsp", 1, by);
      a.store32("rsp", 4, to);
      a.pop(by);
      break;
    case 6:
      a.op(operation, to, random.below(2) === 0 ? random.below(9) - 4 : 2 ** 31 - 1);
      break;
    default:
      a.op(operation, to, by);
  }
  if (random.below(2) === 0) a.test(to, by);
  else a.op("cmp", to, by);
  const skip = a.unique("skip");
  a.jcc(random.pick(CONDITIONS), skip);
  a.op("add", random.pick(REGISTERS), 1);
  a.label(skip);
}

Deno.test("Processor computes as this machine's processor does", async () => {
  for (let seed = 1; seed <= 20; seed++) {
    const here = await runBare(guest(computes("spt", seed)));
    const there = runMachine(guest(computes("hvt", seed)));
    assert.deepEqual([there.end, here.code], [0, 0], `seed ${seed}`);
    const words = (bytes: Uint8Array) => [...new BigUint64Array(bytes.slice().buffer)];
    assert.deepEqual(words(there.printed), words(here.printed), `seed ${seed}`);
  }
});
