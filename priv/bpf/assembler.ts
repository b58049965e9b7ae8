/**
 * A small assembler for classic BPF, the language of `SO_ATTACH_FILTER`.
 *
 * A program is a list of named instructions and labels. Jumps name a label further down, so that a
 * program always ends; the kernel demands the same. Everything that the kernel's own checker
 * (`bpf_check_classic()`) would refuse is refused here first, with the instruction's number.
 *
 * The machine has an accumulator A, an index register X and the packet. A load that reaches beyond
 * the packet ends the program with 0, which drops the packet. What `ret` gives is the number of
 * bytes to keep.
 *
 * Sources: `linux/bpf_common.h`, `linux/filter.h`, Documentation/networking/filter.rst.
 *
 * @module
 */

/** Instruction classes, modes and operations (`linux/bpf_common.h`). */
export const BPF = {
  LD: 0x00,
  LDX: 0x01,
  ALU: 0x04,
  JMP: 0x05,
  RET: 0x06,
  MISC: 0x07,
  W: 0x00,
  H: 0x08,
  B: 0x10,
  IMM: 0x00,
  ABS: 0x20,
  IND: 0x40,
  LEN: 0x80,
  MSH: 0xa0,
  ADD: 0x00,
  SUB: 0x10,
  MUL: 0x20,
  DIV: 0x30,
  OR: 0x40,
  AND: 0x50,
  LSH: 0x60,
  RSH: 0x70,
  JA: 0x00,
  JEQ: 0x10,
  JGT: 0x20,
  JGE: 0x30,
  JSET: 0x40,
  K: 0x00,
  A: 0x10,
  TAX: 0x00,
  TXA: 0x80,
} as const;

/** Greatest number of instructions in a program (`BPF_MAXINSNS`). */
export const MAX_INSTRUCTIONS = 4096;
/** Greatest distance of a conditional jump: jt and jf are 8 bits wide. */
export const MAX_CONDITIONAL_JUMP = 255;
/** Size of `struct sock_filter` {u16 code; u8 jt; u8 jf; u32 k} in bytes. */
export const INSTRUCTION_SIZE = 8;
/** Where the kernel's ancillary data begins, as an absolute load (`SKF_AD_OFF`, −0x1000). */
export const ANCILLARY_OFFSET = 0xfffff000;

/** Ancillary data about a packet, for {@link ldAncillary} (`SKF_AD_*`, `linux/filter.h`). */
export const Ancillary = {
  /** PACKET_HOST 0, PACKET_BROADCAST 1, … PACKET_OUTGOING 4 (`linux/if_packet.h`). */
  PACKET_TYPE: 4,
  /** The VLAN tag's 16 bits (priority, DEI, VLAN id) that the kernel took off; 0 without a tag. */
  VLAN_TAG: 44,
} as const;

/** Where the two ways of a conditional jump lead: a label, or (when absent) the next instruction. */
export interface Branches {
  /** The label to go to when the comparison holds. */
  readonly yes?: string;
  /** The label to go to when it does not hold. */
  readonly no?: string;
}

/** One instruction, jumps not yet resolved. */
export interface Instruction {
  /** `sock_filter.code`. */
  readonly code: number;
  /** `sock_filter.k`, 0 to 2^32 − 1. */
  readonly k: number;
  /** The ways of a conditional jump. */
  readonly branches?: Branches;
  /** The target of an unconditional jump. */
  readonly target?: string;
}

/** A name for the instruction that follows. */
export interface Label {
  /** The name, unique in the program. */
  readonly label: string;
}

/** Instructions and labels in order. */
export type Program = readonly (Instruction | Label)[];

/** Names the place of the next instruction. */
export function label(name: string): Label {
  return { label: name };
}

/** A ← the 32-bit word at byte `offset` of the packet (network byte order, as all loads). */
export function ld(offset: number): Instruction {
  return { code: BPF.LD | BPF.W | BPF.ABS, k: packetOffset(offset) };
}

/** A ← the 16-bit half word at byte `offset` of the packet. */
export function ldh(offset: number): Instruction {
  return { code: BPF.LD | BPF.H | BPF.ABS, k: packetOffset(offset) };
}

/** A ← the byte at `offset` of the packet. */
export function ldb(offset: number): Instruction {
  return { code: BPF.LD | BPF.B | BPF.ABS, k: packetOffset(offset) };
}

/** A ← the 32-bit word at byte X + `offset` of the packet. */
export function ldIndexed(offset: number): Instruction {
  return { code: BPF.LD | BPF.W | BPF.IND, k: packetOffset(offset) };
}

/** A ← the 16-bit half word at byte X + `offset` of the packet. */
export function ldhIndexed(offset: number): Instruction {
  return { code: BPF.LD | BPF.H | BPF.IND, k: packetOffset(offset) };
}

/** A ← the byte at X + `offset` of the packet. */
export function ldbIndexed(offset: number): Instruction {
  return { code: BPF.LD | BPF.B | BPF.IND, k: packetOffset(offset) };
}

/** A ← the packet's length in bytes. */
export function ldLength(): Instruction {
  return { code: BPF.LD | BPF.W | BPF.LEN, k: 0 };
}

/** A ← what the kernel knows about the packet, one of {@link Ancillary}. */
export function ldAncillary(field: number): Instruction {
  return { code: BPF.LD | BPF.W | BPF.ABS, k: ANCILLARY_OFFSET + field };
}

/** A ← the constant `k`. */
export function ldImmediate(k: number): Instruction {
  return { code: BPF.LD | BPF.IMM, k };
}

/** X ← 4 × the low four bits of the byte at `offset`: the length of an IPv4 header (ihl). */
export function ldxMsh(offset: number): Instruction {
  return { code: BPF.LDX | BPF.B | BPF.MSH, k: packetOffset(offset) };
}

/** A ← A + `k`. */
export function add(k: number): Instruction {
  return { code: BPF.ALU | BPF.ADD | BPF.K, k };
}

/** A ← A − `k`. */
export function sub(k: number): Instruction {
  return { code: BPF.ALU | BPF.SUB | BPF.K, k };
}

/** A ← A & `k`. */
export function and(k: number): Instruction {
  return { code: BPF.ALU | BPF.AND | BPF.K, k };
}

/** A ← A / `k`, unsigned; a constant 0 is refused by {@link assemble}. */
export function div(k: number): Instruction {
  return { code: BPF.ALU | BPF.DIV | BPF.K, k };
}

/** A ← A << `k`. */
export function lsh(k: number): Instruction {
  return { code: BPF.ALU | BPF.LSH | BPF.K, k };
}

/** A ← A >> `k`, unsigned. */
export function rsh(k: number): Instruction {
  return { code: BPF.ALU | BPF.RSH | BPF.K, k };
}

/** X ← A. */
export function tax(): Instruction {
  return { code: BPF.MISC | BPF.TAX, k: 0 };
}

/** A ← X. */
export function txa(): Instruction {
  return { code: BPF.MISC | BPF.TXA, k: 0 };
}

/** Goes to `target`. */
export function ja(target: string): Instruction {
  return { code: BPF.JMP | BPF.JA, k: 0, target };
}

/** Does A equal `k`? */
export function jeq(k: number, branches: Branches): Instruction {
  return { code: BPF.JMP | BPF.JEQ | BPF.K, k, branches };
}

/** Is A greater than `k` (unsigned)? */
export function jgt(k: number, branches: Branches): Instruction {
  return { code: BPF.JMP | BPF.JGT | BPF.K, k, branches };
}

/** Is A greater than or equal to `k` (unsigned)? */
export function jge(k: number, branches: Branches): Instruction {
  return { code: BPF.JMP | BPF.JGE | BPF.K, k, branches };
}

/** Has A any bit of `k`? */
export function jset(k: number, branches: Branches): Instruction {
  return { code: BPF.JMP | BPF.JSET | BPF.K, k, branches };
}

/** Ends: keep the first `k` bytes of the packet, 0 drops it. */
export function ret(k: number): Instruction {
  return { code: BPF.RET | BPF.K, k };
}

/** Ends: keep the first A bytes of the packet. */
export function retA(): Instruction {
  return { code: BPF.RET | BPF.A, k: 0 };
}

/** What is wrong with a program: "Cannot assemble instruction 3: unknown label drop". */
export class AssemblyError extends Error {
  /** The class's name, as shown by `String(error)`. */
  override readonly name: string = "AssemblyError";
}

/**
 * Turns a program into packed `struct sock_filter`, 8 bytes each, little endian (the byte order of
 * every machine that we run on).
 *
 * Throws {@link AssemblyError} for an empty or too long program, a label that is unknown, doubled,
 * behind the jump or too far away, an operand that is no unsigned 32-bit integer, a constant
 * division by zero, a shift of 32 or more, and a program that does not end in a `ret`.
 */
export function assemble(program: Program): Uint8Array<ArrayBuffer> {
  const { instructions, labels } = layOut(program);
  const bytes = new Uint8Array(instructions.length * INSTRUCTION_SIZE);
  const view = new DataView(bytes.buffer);
  instructions.forEach((instruction, index) => {
    const problem = checkOperand(instruction);
    if (problem !== null) throw at(index, problem);
    let { k } = instruction;
    let jt = 0;
    let jf = 0;
    if (instruction.target !== undefined) {
      k = distance(labels, instruction.target, index);
    }
    if (instruction.branches !== undefined) {
      jt = conditionalDistance(labels, instruction.branches.yes, index);
      jf = conditionalDistance(labels, instruction.branches.no, index);
    }
    const offset = index * INSTRUCTION_SIZE;
    view.setUint16(offset, instruction.code, true);
    view.setUint8(offset + 2, jt);
    view.setUint8(offset + 3, jf);
    view.setUint32(offset + 4, k, true);
  });
  return bytes;
}

/** Separates instructions from labels and checks what concerns the program as a whole. */
function layOut(program: Program): { instructions: Instruction[]; labels: Map<string, number> } {
  const instructions: Instruction[] = [];
  const labels = new Map<string, number>();
  for (const item of program) {
    if (!("label" in item)) {
      instructions.push(item);
    } else if (labels.has(item.label)) {
      throw at(instructions.length, `label ${item.label} is there twice`);
    } else {
      labels.set(item.label, instructions.length);
    }
  }
  for (const [name, index] of labels) {
    if (index === instructions.length && index > 0) {
      throw at(index - 1, `no instruction follows label ${name}`);
    }
  }
  const last = instructions.at(-1);
  if (last === undefined) throw new AssemblyError("Cannot assemble: the program is empty");
  if (instructions.length > MAX_INSTRUCTIONS) {
    throw new AssemblyError(
      `Cannot assemble: ${instructions.length} instructions, at most ${MAX_INSTRUCTIONS}`,
    );
  }
  // Jumps only go forward to existing instructions: if the last one returns, every path does.
  if ((last.code & 0x07) !== BPF.RET) {
    throw at(instructions.length - 1, "the program runs past its end");
  }
  return { instructions, labels };
}

function checkOperand({ code, k }: Instruction): string | null {
  if (!Number.isInteger(k) || k < 0 || k > 0xffffffff) {
    return `operand ${k} is no unsigned 32-bit integer`;
  }
  if (code === (BPF.ALU | BPF.DIV | BPF.K) && k === 0) return "division by zero";
  const shift = code === (BPF.ALU | BPF.LSH | BPF.K) || code === (BPF.ALU | BPF.RSH | BPF.K);
  if (shift && k > 31) return `shift by ${k}`;
  return null;
}

function distance(labels: Map<string, number>, target: string, from: number): number {
  const index = labels.get(target);
  if (index === undefined) throw at(from, `unknown label ${target}`);
  if (index <= from) throw at(from, `label ${target} is behind: jumps only go forward`);
  return index - from - 1;
}

function conditionalDistance(
  labels: Map<string, number>,
  target: string | undefined,
  from: number,
): number {
  if (target === undefined) return 0;
  const steps = distance(labels, target, from);
  if (steps > MAX_CONDITIONAL_JUMP) {
    throw at(from, `label ${target} is ${steps} away, at most ${MAX_CONDITIONAL_JUMP}`);
  }
  return steps;
}

/** A packet offset; the upper half of the numbers means ancillary data to the kernel. */
function packetOffset(offset: number): number {
  if (!Number.isInteger(offset) || offset < 0 || offset > 0x7fffffff) {
    throw new AssemblyError(`Cannot assemble: ${offset} is no offset in a packet`);
  }
  return offset;
}

function at(index: number, problem: string): AssemblyError {
  return new AssemblyError(`Cannot assemble instruction ${index}: ${problem}`);
}
