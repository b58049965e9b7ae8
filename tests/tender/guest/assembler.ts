/**
 * A small assembler for guests: the x86-64 instructions that they need (Intel 64 manual, volume 2),
 * each in one encoding, with labels. Instructions are of 64 bits unless their name says otherwise.
 *
 * @module
 */

/** The general registers, in the order of their numbers. */
const REGISTERS = [
  ...["rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi"] as const,
  ...["r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15"] as const,
] as const;

/** A general register. */
export type Register = typeof REGISTERS[number];

/** Conditions, by the number in their opcodes. */
const CONDITIONS = { b: 2, ae: 3, e: 4, ne: 5, be: 6, a: 7, s: 8, ns: 9, l: 12, ge: 13 } as const;

/** Condition of a jump, as in its name: `jb`, `jae` …. */
export type Condition = keyof typeof CONDITIONS;

/** Operations of two operands: opcode with a register, and number with a constant. */
const OPERATIONS = {
  add: [0x01, 0],
  or: [0x09, 1],
  and: [0x21, 4],
  sub: [0x29, 5],
  xor: [0x31, 6],
  cmp: [0x39, 7],
} as const;

/** Operation of two operands. */
export type Operation = keyof typeof OPERATIONS;

/** What has an address of its own: code, data, and memory that begins as zeros. */
export type Section = "text" | "data" | "space";

/** Where a label is, relative to its section. */
interface Place {
  section: Section;
  offset: number;
}

/** Bytes of an instruction that depend on where a label will be. */
interface Fixup {
  at: number;
  kind: "absolute64" | "relative32";
  label: string;
  plus: number;
}

/** What was assembled, before it has addresses. */
export class Assembler {
  readonly #text: number[] = [];
  readonly #data: number[] = [];
  #space = 0;
  readonly #labels = new Map<string, Place>();
  readonly #fixups: Fixup[] = [];
  #unique = 0;

  /** Sizes of the sections so far, in bytes. */
  get sizes(): Record<Section, number> {
    return { text: this.#text.length, data: this.#data.length, space: this.#space };
  }

  /** Names the next instruction. */
  label(name: string): void {
    this.#define(name, { section: "text", offset: this.#text.length });
  }

  /** A name that no other label has. */
  unique(name: string): string {
    return `${name}.${this.#unique++}`;
  }

  /** Bytes in the data, which can be written; aligned to 8. @returns the label */
  data(bytes: Uint8Array | string, name: string = this.unique("data")): string {
    while (this.#data.length % 8 !== 0) this.#data.push(0);
    this.#define(name, { section: "data", offset: this.#data.length });
    this.#data.push(...typeof bytes === "string" ? new TextEncoder().encode(bytes) : bytes);
    return name;
  }

  /** Zeros behind the data, aligned to 8. @returns the label */
  space(size: number, name: string = this.unique("space")): string {
    this.#define(name, { section: "space", offset: this.#space });
    this.#space += Math.ceil(size / 8) * 8;
    return name;
  }

  /** Instructions as bytes, for what has no method. */
  raw(...bytes: number[]): void {
    this.#text.push(...bytes);
  }

  /** `movabs to, value`: a number, or a label's address and `plus` bytes. */
  mov(to: Register, value: number | bigint | string, plus = 0): void {
    const number = numberOf(to);
    this.raw(rex(0, number), 0xb8 | number & 7);
    if (typeof value !== "string") return this.raw(...bytesOf(BigInt(value), 8));
    this.#fixups.push({ at: this.#text.length, kind: "absolute64", label: value, plus });
    this.raw(...bytesOf(0n, 8));
  }

  /** `mov to, from`. */
  copy(to: Register, from: Register): void {
    this.#registers(0x89, from, to);
  }

  /** `mov to, [base + offset]`. */
  load(to: Register, base: Register, offset = 0): void {
    this.raw(rex(numberOf(to), numberOf(base)), 0x8b, ...memory(numberOf(to), base, offset));
  }

  /** `mov to, [base + offset]` of 32 bits; the upper half becomes zero. */
  load32(to: Register, base: Register, offset = 0): void {
    this.raw(...rex32(numberOf(to), numberOf(base)), 0x8b, ...memory(numberOf(to), base, offset));
  }

  /** `movzx to, byte [base + offset]`. */
  load8(to: Register, base: Register, offset = 0): void {
    const number = numberOf(to);
    this.raw(rex(number, numberOf(base)), 0x0f, 0xb6, ...memory(number, base, offset));
  }

  /** `mov [base + offset], from`. */
  store(base: Register, offset: number, from: Register): void {
    this.raw(rex(numberOf(from), numberOf(base)), 0x89, ...memory(numberOf(from), base, offset));
  }

  /** `mov [base + offset], from` of 32 bits. */
  store32(base: Register, offset: number, from: Register): void {
    const number = numberOf(from);
    this.raw(...rex32(number, numberOf(base)), 0x89, ...memory(number, base, offset));
  }

  /** `mov [base + offset], from` of 8 bits. */
  store8(base: Register, offset: number, from: Register): void {
    const number = numberOf(from);
    this.raw(rex(number, numberOf(base), 0), 0x88, ...memory(number, base, offset));
  }

  /** `lea to, [base + offset]`. */
  lea(to: Register, base: Register, offset: number): void {
    this.raw(rex(numberOf(to), numberOf(base)), 0x8d, ...memory(numberOf(to), base, offset));
  }

  /** `operation to, by`: a register, or a number of 32 bits that is extended with its sign. */
  op(operation: Operation, to: Register, by: Register | number): void {
    const [opcode, digit] = OPERATIONS[operation];
    if (typeof by === "string") return this.#registers(opcode, by, to);
    const number = numberOf(to);
    this.raw(rex(0, number), 0x81, 0xc0 | digit << 3 | number & 7, ...bytesOf(BigInt(by), 4));
  }

  /** `test a, b`. */
  test(a: Register, b: Register): void {
    this.#registers(0x85, b, a);
  }

  /** `mul by`: rdx:rax = rax × by. */
  mul(by: Register): void {
    this.#unary(4, by);
  }

  /** `div by`: rax = rdx:rax ÷ by, rdx = the rest. */
  div(by: Register): void {
    this.#unary(6, by);
  }

  /** `bts set, bit`. */
  bts(set: Register, bit: Register): void {
    const [of, number] = [numberOf(set), numberOf(bit)];
    this.raw(rex(number, of), 0x0f, 0xab, 0xc0 | (number & 7) << 3 | of & 7);
  }

  /** `shl register, count`. */
  shl(register: Register, count: number): void {
    const number = numberOf(register);
    this.raw(rex(0, number), 0xc1, 0xe0 | number & 7, count);
  }

  /** `jmp label`. */
  jmp(label: string): void {
    this.raw(0xe9);
    this.#relative(label);
  }

  /** `jCONDITION label`. */
  jcc(condition: Condition, label: string): void {
    this.raw(0x0f, 0x80 | CONDITIONS[condition]);
    this.#relative(label);
  }

  /** `call label`. */
  call(label: string): void {
    this.raw(0xe8);
    this.#relative(label);
  }

  /** `jmp register`. */
  jmpTo(register: Register): void {
    const number = numberOf(register);
    this.raw(...rex32(0, number), 0xff, 0xe0 | number & 7);
  }

  /** `ret`. */
  ret(): void {
    this.raw(0xc3);
  }

  /** `push register`. */
  push(register: Register): void {
    this.raw(...rex32(0, numberOf(register)), 0x50 | numberOf(register) & 7);
  }

  /** `pop register`. */
  pop(register: Register): void {
    this.raw(...rex32(0, numberOf(register)), 0x58 | numberOf(register) & 7);
  }

  /** `out dx, eax`. */
  out(): void {
    this.raw(0xef);
  }

  /** `in eax, dx`. */
  in(): void {
    this.raw(0xed);
  }

  /** `syscall`. */
  syscall(): void {
    this.raw(0x0f, 0x05);
  }

  /** `rdtsc`. */
  rdtsc(): void {
    this.raw(0x0f, 0x31);
  }

  /** `hlt`. */
  hlt(): void {
    this.raw(0xf4);
  }

  /** `ud2`. */
  ud2(): void {
    this.raw(0x0f, 0x0b);
  }

  /** `pause`. */
  pause(): void {
    this.raw(0xf3, 0x90);
  }

  /**
   * Gives everything an address.
   *
   * @param bases address of each section
   * @returns the bytes of code and data, and the address of a label
   * @throws Error for a label that is not there
   */
  link(bases: Record<Section, number>): {
    text: Uint8Array;
    data: Uint8Array;
    address(label: string): number;
  } {
    const address = (label: string): number => {
      const place = this.#labels.get(label);
      if (place === undefined) throw new Error(`Cannot assemble: there is no label ${label}`);
      return bases[place.section] + place.offset;
    };
    const text = Uint8Array.from(this.#text);
    for (const { at, kind, label, plus } of this.#fixups) {
      const target = address(label) + plus;
      if (kind === "absolute64") text.set(bytesOf(BigInt(target), 8), at);
      else text.set(bytesOf(BigInt(target - (bases.text + at + 4)), 4), at);
    }
    return { text, data: Uint8Array.from(this.#data), address };
  }

  #define(name: string, place: Place): void {
    if (this.#labels.has(name)) throw new Error(`Cannot assemble: ${name} is there twice`);
    this.#labels.set(name, place);
  }

  #relative(label: string): void {
    this.#fixups.push({ at: this.#text.length, kind: "relative32", label, plus: 0 });
    this.raw(0, 0, 0, 0);
  }

  #registers(opcode: number, reg: Register, rm: Register): void {
    const [r, m] = [numberOf(reg), numberOf(rm)];
    this.raw(rex(r, m), opcode, 0xc0 | (r & 7) << 3 | m & 7);
  }

  #unary(digit: number, register: Register): void {
    const number = numberOf(register);
    this.raw(rex(0, number), 0xf7, 0xc0 | digit << 3 | number & 7);
  }
}

function numberOf(register: Register): number {
  return REGISTERS.indexOf(register);
}

/** The REX prefix of an instruction with a register and a second one or a base. */
function rex(reg: number, rm: number, wide = 1): number {
  return 0x40 | wide << 3 | (reg >> 3) << 2 | rm >> 3;
}

/** The REX prefix of an instruction of 32 bits, or of one that is of 64 bits anyway, if it needs one. */
function rex32(reg: number, rm: number): number[] {
  const prefix = rex(reg, rm, 0);
  return prefix === 0x40 ? [] : [prefix];
}

/** ModRM, SIB where the base needs one, and an offset of 32 bits. */
function memory(reg: number, base: Register, offset: number): number[] {
  const number = numberOf(base) & 7;
  const sib = number === 4 ? [0x24] : [];
  return [0x80 | (reg & 7) << 3 | number, ...sib, ...bytesOf(BigInt(offset), 4)];
}

function bytesOf(value: bigint, size: number): number[] {
  return Array.from({ length: size }, (_, i) => Number(value >> BigInt(8 * i) & 0xffn));
}
