/**
 * Interprets the instructions that the assembler writes, so that hvt guests can be tried where there
 * is no KVM. A strict processor: what it does not know is a fault.
 *
 * @module
 */

/** What a guest may do with a page: a sum of 1 (execute), 2 (write) and 4 (read), as in ELF. */
export type Permissions = (address: number) => number;

/** What an instruction can do wrong. */
export type FaultReason = "bad opcode" | "division" | "page fault";

/** Why the processor stopped. */
export type Exit =
  | { kind: "out"; port: number; value: number; size: 1 | 2 | 4 }
  | { kind: "in"; port: number; size: 1 | 2 | 4 }
  | { kind: "halt" }
  | { kind: "fault"; reason: FaultReason }
  | { kind: "tired" };

/** Thrown inside; becomes an exit. */
class Fault extends Error {
  constructor(readonly reason: FaultReason) {
    super(reason);
  }
}

const [EXECUTE, WRITE, READ] = [1, 2, 4];
const [RAX, RDX, RSP] = [0, 2, 4];
const MASK64 = 2n ** 64n - 1n;

/** A processor with its registers. */
export class Processor {
  /** RAX to R15, by their numbers. */
  readonly registers: BigUint64Array = new BigUint64Array(16);
  /** Where the next instruction is. */
  rip = 0;
  /** What RDTSC gives; 1000 more with each instruction. */
  cycles = 0n;
  readonly #memory: DataView;
  readonly #permissions: Permissions;
  #zero = false;
  #sign = false;
  #carry = false;
  #overflow = false;

  /** Makes one that works on `memory`, whose first byte is at 0. */
  constructor(memory: Uint8Array, permissions: Permissions) {
    this.#memory = new DataView(memory.buffer, memory.byteOffset, memory.byteLength);
    this.#permissions = permissions;
  }

  /** Goes on, for so many instructions at most. */
  run(most: number): Exit {
    for (let i = 0; i < most; i++) {
      const at = this.rip;
      try {
        const exit = this.#step();
        if (exit !== null) return exit;
      } catch (error) {
        if (!(error instanceof Fault)) throw error;
        this.rip = at;
        return { kind: "fault", reason: error.reason };
      }
    }
    return { kind: "tired" };
  }

  #step(): Exit | null {
    this.cycles += 1000n;
    let opcode = this.#fetch();
    let [narrow, repeat, rex] = [false, false, 0];
    if (opcode === 0x66) [narrow, opcode] = [true, this.#fetch()];
    if (opcode === 0xf3) [repeat, opcode] = [true, this.#fetch()];
    if (opcode >> 4 === 4) [rex, opcode] = [opcode, this.#fetch()];
    const wide = (rex & 8) !== 0;
    const low = opcode & 7 | (rex & 1) << 3;
    const port = Number(this.registers[RDX] & 0xffffn);
    const value = Number(this.registers[RAX] & 0xffffffffn);
    if (narrow && opcode !== 0xef || repeat && opcode !== 0x90) throw new Fault("bad opcode");
    if (opcode === 0x0f) return this.#twoBytes(rex);
    switch (opcode) {
      case 0x01:
      case 0x09:
      case 0x21:
      case 0x29:
      case 0x31:
      case 0x39: {
        const [reg, rm] = this.#direct(rex);
        this.#operate(opcode >> 3, rm, this.registers[reg]);
        return null;
      }
      case 0x81: {
        const [, rm, digit] = this.#direct(rex);
        this.#operate(digit, rm, BigInt.asUintN(64, BigInt(this.#immediate())));
        return null;
      }
      case 0x85: {
        const [reg, rm] = this.#direct(rex);
        this.#setFlags(this.registers[reg] & this.registers[rm], false, false);
        return null;
      }
      case 0x88:
      case 0x89:
      case 0x8b:
      case 0x8d:
        this.#move(opcode, rex, wide);
        return null;
      case 0xc1: {
        const [, rm, digit] = this.#direct(rex);
        if (digit !== 4) throw new Fault("bad opcode");
        this.registers[rm] <<= BigInt(this.#fetch() & 63);
        return null;
      }
      case 0xf7: {
        const [, rm, digit] = this.#direct(rex);
        this.#multiplyOrDivide(digit, this.registers[rm]);
        return null;
      }
      case 0xff: {
        const [, rm, digit] = this.#direct(rex);
        if (digit !== 4) throw new Fault("bad opcode");
        this.#jump(this.registers[rm]);
        return null;
      }
      case 0xe8: {
        const offset = this.#immediate();
        this.#push(BigInt(this.rip));
        this.rip += offset;
        return null;
      }
      case 0xe9: {
        const offset = this.#immediate();
        this.rip += offset;
        return null;
      }
      case 0xc3:
        this.#jump(this.#pop());
        return null;
      case 0x90:
        return null;
      case 0xf4:
        return { kind: "halt" };
      case 0xee:
        return { kind: "out", port, value: value & 0xff, size: 1 };
      case 0xef:
        return narrow
          ? { kind: "out", port, value: value & 0xffff, size: 2 }
          : { kind: "out", port, value, size: 4 };
      case 0xed:
        return { kind: "in", port, size: 4 };
    }
    if (opcode >> 3 === 0xb8 >> 3 && wide) {
      this.registers[low] = this.#data(this.rip, 8, EXECUTE).getBigUint64(0, true);
      this.rip += 8;
    } else if (opcode >> 3 === 0x50 >> 3) this.#push(this.registers[low]);
    else if (opcode >> 3 === 0x58 >> 3) this.registers[low] = this.#pop();
    else throw new Fault("bad opcode");
    return null;
  }

  #twoBytes(rex: number): null {
    const opcode = this.#fetch();
    if (opcode >> 4 === 8) {
      const offset = this.#immediate();
      if (this.#holds(opcode & 15)) this.rip += offset;
      return null;
    }
    switch (opcode) {
      case 0x31:
        this.registers[RAX] = this.cycles & 0xffffffffn;
        this.registers[RDX] = this.cycles >> 32n;
        return null;
      case 0xab: {
        const [reg, rm] = this.#direct(rex);
        this.registers[rm] |= 1n << (this.registers[reg] & 63n);
        return null;
      }
      case 0xb6: {
        const [reg, address] = this.#indirect(rex);
        this.registers[reg] = BigInt(this.#data(address, 1, READ).getUint8(0));
        return null;
      }
      default:
        throw new Fault("bad opcode");
    }
  }

  #move(opcode: number, rex: number, wide: boolean): void {
    const { registers } = this;
    if (opcode === 0x89 && this.#data(this.rip, 1, EXECUTE).getUint8(0) >= 0xc0) {
      const [reg, rm] = this.#direct(rex);
      registers[rm] = registers[reg];
      return;
    }
    const [reg, address] = this.#indirect(rex);
    if (opcode === 0x8d) registers[reg] = address;
    else if (opcode === 0x88) {
      this.#data(address, 1, WRITE).setUint8(0, Number(registers[reg] & 0xffn));
    } else if (opcode === 0x89 && wide) {
      this.#data(address, 8, WRITE).setBigUint64(0, registers[reg], true);
    } else if (opcode === 0x89) {
      this.#data(address, 4, WRITE).setUint32(0, Number(registers[reg] & 0xffffffffn), true);
    } else if (wide) registers[reg] = this.#data(address, 8, READ).getBigUint64(0, true);
    else registers[reg] = BigInt(this.#data(address, 4, READ).getUint32(0, true));
  }

  /** Operations of 64 bits: 0 add, 1 or, 4 and, 5 sub, 6 xor, 7 cmp. */
  #operate(operation: number, to: number, b: bigint): void {
    const a = this.registers[to];
    const signed = (value: bigint) => BigInt.asIntN(64, value);
    const differs = (value: bigint) => signed(value & MASK64) !== value;
    if (operation === 0) {
      this.#setFlags(a + b & MASK64, a + b > MASK64, differs(signed(a) + signed(b)));
    } else if (operation === 5 || operation === 7) {
      this.#setFlags(a - b & MASK64, a < b, differs(signed(a) - signed(b)));
    } else if (operation !== 1 && operation !== 4 && operation !== 6) throw new Fault("bad opcode");
    const result = [a + b, a | b, 0n, 0n, a & b, a - b, a ^ b, a][operation] & MASK64;
    if (operation === 1 || operation === 4 || operation === 6) this.#setFlags(result, false, false);
    this.registers[to] = result;
  }

  #multiplyOrDivide(digit: number, by: bigint): void {
    const { registers } = this;
    const number = registers[RDX] << 64n | registers[RAX];
    if (digit === 4) {
      const product = registers[RAX] * by;
      [registers[RAX], registers[RDX]] = [product & MASK64, product >> 64n];
    } else if (digit === 6) {
      if (by === 0n || number / by > MASK64) throw new Fault("division");
      [registers[RAX], registers[RDX]] = [number / by, number % by];
    } else throw new Fault("bad opcode");
  }

  #setFlags(result: bigint, carry: boolean, overflow: boolean): void {
    [this.#zero, this.#sign] = [result === 0n, result >> 63n !== 0n];
    [this.#carry, this.#overflow] = [carry, overflow];
  }

  /** Whether a condition, by its number, holds. */
  #holds(condition: number): boolean {
    const all = [
      this.#overflow,
      this.#carry,
      this.#zero,
      this.#carry || this.#zero,
      this.#sign,
      false, // parity, which nobody asks for
      this.#sign !== this.#overflow,
      this.#zero || this.#sign !== this.#overflow,
    ];
    return all[condition >> 1] !== ((condition & 1) === 1);
  }

  #push(value: bigint): void {
    this.registers[RSP] -= 8n;
    this.#data(this.registers[RSP], 8, WRITE).setBigUint64(0, value, true);
  }

  #pop(): bigint {
    const value = this.#data(this.registers[RSP], 8, READ).getBigUint64(0, true);
    this.registers[RSP] += 8n;
    return value;
  }

  #jump(to: bigint): void {
    this.rip = Number(to);
  }

  /** ModRM of two registers: their numbers, and the digit that may stand for the first. */
  #direct(rex: number): [reg: number, rm: number, digit: number] {
    const byte = this.#fetch();
    if (byte < 0xc0) throw new Fault("bad opcode");
    const digit = byte >> 3 & 7;
    return [digit | (rex & 4) << 1, byte & 7 | (rex & 1) << 3, digit];
  }

  /** ModRM of a register and memory with an offset of 32 bits. */
  #indirect(rex: number): [reg: number, address: bigint] {
    const byte = this.#fetch();
    if (byte >> 6 !== 2) throw new Fault("bad opcode");
    if ((byte & 7) === RSP && this.#fetch() !== 0x24) throw new Fault("bad opcode");
    const base = this.registers[byte & 7 | (rex & 1) << 3];
    return [byte >> 3 & 7 | (rex & 4) << 1, base + BigInt(this.#immediate()) & MASK64];
  }

  #fetch(): number {
    return this.#data(this.rip++, 1, EXECUTE).getUint8(0);
  }

  /** 32 bits with a sign. */
  #immediate(): number {
    const value = this.#data(this.rip, 4, EXECUTE).getInt32(0, true);
    this.rip += 4;
    return value;
  }

  /** Bytes of memory that may be used so. @throws Fault when they may not */
  #data(address: number | bigint, size: number, use: number): DataView {
    const at = Number(address);
    if (at + size > this.#memory.byteLength) throw new Fault("page fault");
    for (const each of [at, at + size - 1]) {
      if ((this.#permissions(each) & use) === 0) throw new Fault("page fault");
    }
    return new DataView(this.#memory.buffer, this.#memory.byteOffset + at, size);
  }
}
