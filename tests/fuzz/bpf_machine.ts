/**
 * A machine for classic BPF, written from Documentation/networking/filter.rst, to be compared with the
 * kernel's. It runs what the kernel's checker lets through and nothing else.
 *
 * @module
 */

/** Bytes of a `struct sock_filter`. */
const INSTRUCTION = 8;
/** Offsets from here on are the kernel's own data about a packet (`SKF_AD_OFF`); all are 0 for us. */
const ANCILLARY = 0xfffff000;
/** Offsets from here on, below the ancillary ones, lie in other headers, which no packet has here. */
const NEGATIVE = 0x80000000;
const SCRATCH_WORDS = 16;

/** A load beyond the packet's end. */
class OutOfPacket extends Error {}

/** The state of a run. */
class Machine {
  a = 0;
  x = 0;
  readonly scratch = new Uint32Array(SCRATCH_WORDS);
  readonly #packet: DataView;

  constructor(packet: Uint8Array) {
    this.#packet = new DataView(packet.buffer, packet.byteOffset, packet.length);
  }

  get length(): number {
    return this.#packet.byteLength;
  }

  load(offset: number, size: number): number {
    if (offset >= NEGATIVE || offset + size > this.length) throw new OutOfPacket();
    if (size === 4) return this.#packet.getUint32(offset);
    return size === 2 ? this.#packet.getUint16(offset) : this.#packet.getUint8(offset);
  }

  /** `A op operand`; null for a division by zero, which ends a program. */
  arithmetic(operation: number, operand: number): number | null {
    const { a } = this;
    switch (operation) {
      case 0x00:
        return (a + operand) >>> 0;
      case 0x10:
        return (a - operand) >>> 0;
      case 0x20:
        return Math.imul(a, operand) >>> 0;
      case 0x30:
        return operand === 0 ? null : Math.floor(a / operand) >>> 0;
      case 0x40:
        return (a | operand) >>> 0;
      case 0x50:
        return (a & operand) >>> 0;
      case 0x60: // the kernel, as x86 does, looks at five bits of the distance
        return (a << (operand & 31)) >>> 0;
      case 0x70:
        return a >>> (operand & 31);
      case 0x80:
        return -a >>> 0;
      case 0x90:
        return operand === 0 ? null : a % operand;
      case 0xa0:
        return (a ^ operand) >>> 0;
      default:
        throw new Error(`Cannot compute: operation ${operation}`);
    }
  }

  holds(condition: number, operand: number): boolean {
    const { a } = this;
    switch (condition) {
      case 0x10:
        return a === operand;
      case 0x20:
        return a > operand;
      case 0x30:
        return a >= operand;
      case 0x40:
        return (a & operand) !== 0;
      default:
        throw new Error(`Cannot compare: condition ${condition}`);
    }
  }
}

const SIZES: Readonly<Record<number, number>> = { 0x00: 4, 0x08: 2, 0x10: 1 };

/** What a load into A gives. */
function loaded(machine: Machine, code: number, k: number): number {
  const size = SIZES[code & 0x18];
  switch (code & 0xe0) {
    case 0x00:
      return k;
    case 0x20:
      return k >= ANCILLARY ? 0 : machine.load(k, size);
    case 0x40:
      return machine.load((machine.x + k) >>> 0, size);
    case 0x60:
      return machine.scratch[k];
    case 0x80:
      return machine.length;
    default:
      throw new Error(`Cannot load: code ${code}`);
  }
}

/** What a load into X gives. */
function loadedIndex(machine: Machine, code: number, k: number): number {
  switch (code & 0xe0) {
    case 0x00:
      return k;
    case 0x60:
      return machine.scratch[k];
    case 0x80:
      return machine.length;
    case 0xa0:
      return 4 * (machine.load(k, 1) & 0x0f);
    default:
      throw new Error(`Cannot load: code ${code}`);
  }
}

function run(machine: Machine, program: DataView): number {
  for (let at = 0;; at += INSTRUCTION) {
    const code = program.getUint16(at, true);
    const k = program.getUint32(at + 4, true);
    const operand = (code & 0x08) === 0 ? k : machine.x;
    switch (code & 0x07) {
      case 0:
        machine.a = loaded(machine, code, k);
        break;
      case 1:
        machine.x = loadedIndex(machine, code, k);
        break;
      case 2:
        machine.scratch[k] = machine.a;
        break;
      case 3:
        machine.scratch[k] = machine.x;
        break;
      case 4: {
        const result = machine.arithmetic(code & 0xf0, operand);
        if (result === null) return 0;
        machine.a = result;
        break;
      }
      case 5: {
        const isAlways = (code & 0xf0) === 0;
        const way = isAlways || machine.holds(code & 0xf0, operand) ? 2 : 3;
        at += INSTRUCTION * (isAlways ? k : program.getUint8(at + way));
        break;
      }
      case 6:
        return (code & 0x18) === 0x10 ? machine.a : k;
      default:
        if ((code & 0xf8) === 0x80) machine.a = machine.x;
        else machine.x = machine.a;
    }
  }
}

/**
 * Runs a program that the kernel takes.
 *
 * @param program packed `struct sock_filter`, little endian
 * @param packet the packet; whatever the kernel knows about it besides is 0
 * @returns how many bytes of the packet are kept, 0 when it is dropped
 */
export function runBpf(program: Uint8Array, packet: Uint8Array): number {
  const machine = new Machine(packet);
  try {
    const kept = run(machine, new DataView(program.buffer, program.byteOffset, program.length));
    return Math.min(kept, packet.length);
  } catch (error) {
    if (error instanceof OutOfPacket) return 0;
    throw error;
  }
}
