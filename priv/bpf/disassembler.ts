/**
 * Shows an assembled BPF program as text, for audit and logs, in the notation of `tcpdump -d`.
 *
 * @module
 */

import { ANCILLARY_OFFSET, BPF, INSTRUCTION_SIZE } from "./assembler.ts";

const ALU_NAMES: Readonly<Record<number, string>> = {
  [BPF.ADD]: "add",
  [BPF.SUB]: "sub",
  [BPF.MUL]: "mul",
  [BPF.DIV]: "div",
  [BPF.OR]: "or",
  [BPF.AND]: "and",
  [BPF.LSH]: "lsh",
  [BPF.RSH]: "rsh",
};

const JUMP_NAMES: Readonly<Record<number, string>> = {
  [BPF.JEQ]: "jeq",
  [BPF.JGT]: "jgt",
  [BPF.JGE]: "jge",
  [BPF.JSET]: "jset",
};

/**
 * One line per instruction, `(003) jeq #0x800 jt 4 jf 9`. What {@link assemble} never makes is
 * shown as its four numbers. Bytes after the last whole instruction are ignored.
 *
 * @param bytes packed `struct sock_filter`, little endian
 */
export function disassemble(bytes: Uint8Array): string[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const lines: string[] = [];
  for (let index = 0; (index + 1) * INSTRUCTION_SIZE <= bytes.length; index++) {
    const offset = index * INSTRUCTION_SIZE;
    const text = show(
      index,
      view.getUint16(offset, true),
      view.getUint8(offset + 2),
      view.getUint8(offset + 3),
      view.getUint32(offset + 4, true),
    );
    lines.push(`(${String(index).padStart(3, "0")}) ${text}`);
  }
  return lines;
}

function show(index: number, code: number, jt: number, jf: number, k: number): string {
  const hex = `#0x${k.toString(16)}`;
  switch (code) {
    case BPF.LD | BPF.W | BPF.ABS:
      return k >= ANCILLARY_OFFSET ? `ld ancillary[${k - ANCILLARY_OFFSET}]` : `ld [${k}]`;
    case BPF.LD | BPF.H | BPF.ABS:
      return `ldh [${k}]`;
    case BPF.LD | BPF.B | BPF.ABS:
      return `ldb [${k}]`;
    case BPF.LD | BPF.W | BPF.IND:
      return `ld [x + ${k}]`;
    case BPF.LD | BPF.H | BPF.IND:
      return `ldh [x + ${k}]`;
    case BPF.LD | BPF.B | BPF.IND:
      return `ldb [x + ${k}]`;
    case BPF.LD | BPF.W | BPF.LEN:
      return "ld len";
    case BPF.LD | BPF.IMM:
      return `ld ${hex}`;
    case BPF.LDX | BPF.B | BPF.MSH:
      return `ldxb 4*([${k}]&0xf)`;
    case BPF.MISC | BPF.TAX:
      return "tax";
    case BPF.MISC | BPF.TXA:
      return "txa";
    case BPF.RET | BPF.K:
      return `ret #${k}`;
    case BPF.RET | BPF.A:
      return "ret a";
    case BPF.JMP | BPF.JA:
      return `ja ${index + 1 + k}`;
  }
  const operation = code & 0xf0;
  if ((code & 0x0f) === BPF.ALU && operation in ALU_NAMES) {
    return `${ALU_NAMES[operation]} ${hex}`;
  }
  if ((code & 0x0f) === BPF.JMP && operation in JUMP_NAMES) {
    return `${JUMP_NAMES[operation]} ${hex} jt ${index + 1 + jt} jf ${index + 1 + jf}`;
  }
  return `.word ${code}, ${jt}, ${jf}, ${k}`;
}
