import assert from "node:assert/strict";
import { findProgram, testWith } from "../../support/requirements.ts";
import { Assembler } from "./assembler.ts";
import { disassemble } from "./disassembler.ts";

/** Each method, with low and high registers, and what objdump(1) makes of it. */
const INSTRUCTIONS: readonly (readonly [text: string, emit: (a: Assembler) => void])[] = [
  ["movabs rax,0x5", (a) => a.mov("rax", 5)],
  ["movabs r15,0xffffffffffffffff", (a) => a.mov("r15", -1)],
  ["movabs rsi,0x8000000000000001", (a) => a.mov("rsi", 0x8000000000000001n)],
  ["mov rbx,rdi", (a) => a.copy("rbx", "rdi")],
  ["mov r8,rsp", (a) => a.copy("r8", "rsp")],
  ["mov rax,QWORD PTR [rdi+0x10]", (a) => a.load("rax", "rdi", 16)],
  ["mov r9,QWORD PTR [r12+0x0]", (a) => a.load("r9", "r12")],
  ["mov rcx,QWORD PTR [rsp-0x8]", (a) => a.load("rcx", "rsp", -8)],
  ["mov edx,DWORD PTR [rbp+0x20]", (a) => a.load32("rdx", "rbp", 32)],
  ["mov r10d,DWORD PTR [r13+0x4]", (a) => a.load32("r10", "r13", 4)],
  ["movzx rax,BYTE PTR [rsi+0x0]", (a) => a.load8("rax", "rsi")],
  ["movzx r11,BYTE PTR [r14+0x1]", (a) => a.load8("r11", "r14", 1)],
  ["mov QWORD PTR [rbx+0x8],rax", (a) => a.store("rbx", 8, "rax")],
  ["mov QWORD PTR [rsp+0x0],r15", (a) => a.store("rsp", 0, "r15")],
  ["mov DWORD PTR [rdx+0x0],ecx", (a) => a.store32("rdx", 0, "rcx")],
  ["mov BYTE PTR [rdi+0x0],sil", (a) => a.store8("rdi", 0, "rsi")],
  ["mov BYTE PTR [r8+0x0],r9b", (a) => a.store8("r8", 0, "r9")],
  ["lea rsi,[r15+0x68]", (a) => a.lea("rsi", "r15", 0x68)],
  ["add rax,rbx", (a) => a.op("add", "rax", "rbx")],
  ["or r8,rax", (a) => a.op("or", "r8", "rax")],
  ["and rcx,r15", (a) => a.op("and", "rcx", "r15")],
  ["sub rdx,rsi", (a) => a.op("sub", "rdx", "rsi")],
  ["xor rdi,rdi", (a) => a.op("xor", "rdi", "rdi")],
  ["cmp rax,r9", (a) => a.op("cmp", "rax", "r9")],
  ["add rbx,0x7f", (a) => a.op("add", "rbx", 0x7f)],
  ["or r12,0x1", (a) => a.op("or", "r12", 1)],
  ["and rcx,0xfffffffffffffff0", (a) => a.op("and", "rcx", -16)],
  ["sub r10,0x1", (a) => a.op("sub", "r10", 1)],
  ["xor rdx,0x2", (a) => a.op("xor", "rdx", 2)],
  ["cmp rdi,0xffffffffffffffff", (a) => a.op("cmp", "rdi", -1)],
  ["test rax,rax", (a) => a.test("rax", "rax")],
  ["test r8,rcx", (a) => a.test("r8", "rcx")],
  ["mul rcx", (a) => a.mul("rcx")],
  ["div r11", (a) => a.div("r11")],
  ["bts rbx,rcx", (a) => a.bts("rbx", "rcx")],
  ["bts r12,r8", (a) => a.bts("r12", "r8")],
  ["shl rdx,0x20", (a) => a.shl("rdx", 32)],
  ["jmp 0x3000", (a) => a.jmp("target")],
  ["jb 0x3000", (a) => a.jcc("b", "target")],
  ["jae 0x3000", (a) => a.jcc("ae", "target")],
  ["je 0x3000", (a) => a.jcc("e", "target")],
  ["jne 0x3000", (a) => a.jcc("ne", "target")],
  ["jbe 0x3000", (a) => a.jcc("be", "target")],
  ["ja 0x3000", (a) => a.jcc("a", "target")],
  ["js 0x3000", (a) => a.jcc("s", "target")],
  ["jns 0x3000", (a) => a.jcc("ns", "target")],
  ["jl 0x3000", (a) => a.jcc("l", "target")],
  ["jge 0x3000", (a) => a.jcc("ge", "target")],
  ["call 0x3000", (a) => a.call("target")],
  ["movabs rdi,0x3008", (a) => a.mov("rdi", "target", 8)],
  ["jmp rax", (a) => a.jmpTo("rax")],
  ["jmp r14", (a) => a.jmpTo("r14")],
  ["ret", (a) => a.ret()],
  ["push rdi", (a) => a.push("rdi")],
  ["push r9", (a) => a.push("r9")],
  ["pop rax", (a) => a.pop("rax")],
  ["pop r15", (a) => a.pop("r15")],
  ["out dx,eax", (a) => a.out()],
  ["in eax,dx", (a) => a.in()],
  ["syscall", (a) => a.syscall()],
  ["rdtsc", (a) => a.rdtsc()],
  ["hlt", (a) => a.hlt()],
  ["ud2", (a) => a.ud2()],
  ["pause", (a) => a.pause()],
];

testWith(["binutils"], "Assembler encodes as objdump(1) decodes", async () => {
  assert.ok(findProgram("objdump"));
  const a = new Assembler();
  a.space(1, "target");
  for (const [, emit] of INSTRUCTIONS) emit(a);
  const { text } = a.link({ text: 0x1000, data: 0x2000, space: 0x3000 });
  const lines = await disassemble(text, 0x1000);
  assert.deepEqual(lines, INSTRUCTIONS.map(([line]) => line));
});

Deno.test("Assembler links data, zeros and code", () => {
  const a = new Assembler();
  const first = a.data("abc");
  const second = a.data(Uint8Array.of(1));
  const zeros = a.space(3);
  const more = a.space(8);
  a.label("here");
  a.jmp("here");
  const bases = { text: 0x1000, data: 0x2000, space: 0x3000 };
  const { text, data, address } = a.link(bases);
  assert.deepEqual(text, Uint8Array.of(0xe9, 0xfb, 0xff, 0xff, 0xff));
  assert.deepEqual(data, Uint8Array.of(97, 98, 99, 0, 0, 0, 0, 0, 1));
  assert.deepEqual([first, second, zeros, more].map(address), [0x2000, 0x2008, 0x3000, 0x3008]);
  assert.deepEqual(a.sizes, { text: 5, data: 9, space: 16 });
});

Deno.test("Assembler refuses labels that are not there, or there twice", () => {
  const a = new Assembler();
  a.label("one");
  assert.throws(() => a.label("one"), /one is there twice/);
  a.jmp("two");
  assert.throws(() => a.link({ text: 0, data: 0, space: 0 }), /no label two/);
});
