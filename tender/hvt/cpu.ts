/**
 * How the processor of an hvt guest begins (hvt_abi.h of Solo5; structures of asm/kvm.h for x86-64):
 * 64-bit mode, paging on, no interrupts, no table of handlers, so that an exception that the guest does
 * not handle ends it.
 *
 * @module
 */

import { PML4 } from "./page_tables.ts";

/** Where the descriptors of the segments are. */
const GDT = 0x1000;
const [CODE, DATA] = [1, 2];

/** PE, NE, WP, PG. */
const CR0 = 0x8001_0021n;
/** PAE, OSFXSR, OSXMMEXCPT. */
const CR4 = 0x620n;
/** LME, LMA. */
const EFER = 0x500n;
/**
 * NXE. Solo5's own tender leaves it off and so cannot keep data from being executed. Guests of Solo5
 * neither read EFER nor make page tables, so that they do not see the difference.
 */
const EFER_NXE = 0x800n;
/** Bit 1 is always set; interrupts are off. */
const RFLAGS = 2n;

/** What a segment register holds (Intel SDM volume 3A, segment descriptors). */
interface SegmentRegister {
  readonly selector: number;
  readonly limit: number;
  readonly type: number;
  /** Code or data, not of the system. */
  readonly s: number;
  readonly present: number;
  /** 32-bit. */
  readonly db: number;
  /** 64-bit code. */
  readonly l: number;
  /** The limit is in pages. */
  readonly g: number;
  readonly unusable: number;
}

const NONE: SegmentRegister = {
  ...{ selector: 0, limit: 0, type: 0, s: 0, present: 0, db: 0, l: 0, g: 0, unusable: 1 },
};
const FLAT = { limit: 0xffff_ffff, s: 1, present: 1, g: 1, unusable: 0 };
/** Execute only, accessed. */
const CODE_SEGMENT: SegmentRegister = { ...FLAT, selector: CODE * 8, type: 9, db: 0, l: 1 };
/** Read and write, accessed. */
const DATA_SEGMENT: SegmentRegister = { ...FLAT, selector: DATA * 8, type: 3, db: 1, l: 0 };
/** 64-bit TSS, busy. */
const TASK: SegmentRegister = { ...NONE, type: 11, present: 1, unusable: 0 };

/** `struct kvm_sregs` and `struct kvm_segment`. */
const SREGS = { size: 312, gdt: 192, cr0: 224, cr3: 240, cr4: 248, efer: 264 };
const SEGMENT_SIZE = 24;
/** cs, ds, es, fs, gs, ss, tr, ldt. */
const SEGMENTS = [
  CODE_SEGMENT,
  ...[DATA_SEGMENT, DATA_SEGMENT, DATA_SEGMENT, DATA_SEGMENT, DATA_SEGMENT],
  TASK,
  NONE,
];
/** `struct kvm_regs`. */
const REGS = { size: 144, rdi: 40, rsp: 48, rip: 128, rflags: 136 };

/**
 * Writes the global descriptor table.
 *
 * @param memory the guest's
 */
export function writeGdt(memory: Uint8Array<ArrayBuffer>): void {
  const view = new DataView(memory.buffer, memory.byteOffset + GDT, 24);
  view.setBigUint64(0, 0n, true);
  view.setBigUint64(8 * CODE, descriptor(CODE_SEGMENT), true);
  view.setBigUint64(8 * DATA, descriptor(DATA_SEGMENT), true);
}

/** Base 0, privilege level 0. */
function descriptor({ limit, type, s, present, db, l, g }: SegmentRegister): bigint {
  const pages = limit >>> 12;
  const high = type << 8 | s << 12 | present << 15 | (pages & 0xf0000) | l << 21 | db << 22 |
    g << 23;
  return BigInt(high >>> 0) << 32n | BigInt(pages & 0xffff);
}

/**
 * The special registers.
 *
 * @param noExecute whether the processor knows pages that cannot be executed
 * @returns a `struct kvm_sregs`
 */
export function specialRegisters(noExecute: boolean): Uint8Array<ArrayBuffer> {
  const view = new DataView(new ArrayBuffer(SREGS.size));
  SEGMENTS.forEach((segment, i) => {
    const at = i * SEGMENT_SIZE; // u64 base, which stays 0
    view.setUint32(at + 8, segment.limit, true);
    view.setUint16(at + 12, segment.selector, true);
    view.setUint8(at + 14, segment.type);
    view.setUint8(at + 15, segment.present);
    view.setUint8(at + 17, segment.db); // behind dpl, which stays 0
    view.setUint8(at + 18, segment.s);
    view.setUint8(at + 19, segment.l);
    view.setUint8(at + 20, segment.g);
    view.setUint8(at + 22, segment.unusable);
  });
  view.setBigUint64(SREGS.gdt, BigInt(GDT), true);
  view.setUint16(SREGS.gdt + 8, 3 * 8 - 1, true);
  view.setBigUint64(SREGS.cr0, CR0, true);
  view.setBigUint64(SREGS.cr3, BigInt(PML4), true);
  view.setBigUint64(SREGS.cr4, CR4, true);
  view.setBigUint64(SREGS.efer, noExecute ? EFER | EFER_NXE : EFER, true);
  return new Uint8Array(view.buffer);
}

/** Where a guest begins. */
export interface EntryState {
  /** Its first instruction. */
  readonly entry: number;
  /** Its stack, downwards. */
  readonly stack: number;
  /** Its only argument: the address of the boot info. */
  readonly bootInfo: number;
}

/**
 * The general registers.
 *
 * @param state where the guest begins
 * @returns a `struct kvm_regs`
 */
export function generalRegisters({ entry, stack, bootInfo }: EntryState): Uint8Array<ArrayBuffer> {
  const view = new DataView(new ArrayBuffer(REGS.size));
  view.setBigUint64(REGS.rip, BigInt(entry), true);
  view.setBigUint64(REGS.rsp, BigInt(stack), true);
  view.setBigUint64(REGS.rdi, BigInt(bootInfo), true);
  view.setBigUint64(REGS.rflags, RFLAGS, true);
  return new Uint8Array(view.buffer);
}

const EXTENDED_FEATURES = 0x8000_0001;
const NX_BIT = 1 << 20;

/**
 * Whether a processor knows pages that cannot be executed (CPUID 0x80000001, EDX bit 20).
 *
 * @param cpuid a `struct kvm_cpuid2` with its entries (linux/kvm.h)
 */
export function knowsNoExecute(cpuid: Uint8Array<ArrayBuffer>): boolean {
  const view = new DataView(cpuid.buffer, cpuid.byteOffset, cpuid.length);
  const count = view.getUint32(0, true);
  for (let at = 8; at + 40 <= view.byteLength && at < 8 + 40 * count; at += 40) {
    if (view.getUint32(at, true) !== EXTENDED_FEATURES) continue;
    return (view.getUint32(at + 24, true) & NX_BIT) !== 0; // function, index, flags, eax, ebx, ecx
  }
  return false;
}
