/**
 * Why KVM_RUN has returned: `struct kvm_run` of linux/kvm.h.
 *
 * @module
 */

/** Why a virtual processor has stopped. */
export type VcpuExit =
  /** It writes `count` values of `size` bytes to a port; the first one is `value`. */
  | {
    readonly kind: "out";
    readonly port: number;
    readonly size: number;
    readonly count: number;
    readonly value: number;
  }
  /** It reads from a port. */
  | { readonly kind: "in"; readonly port: number }
  /** It waits for an interrupt (HLT). */
  | { readonly kind: "halt" }
  /** An exception that it could not handle (triple fault). */
  | { readonly kind: "shutdown" }
  /** It uses a physical address that has no memory. */
  | { readonly kind: "mmio"; readonly address: bigint }
  /** The hardware does not take its state. */
  | { readonly kind: "entry failure"; readonly reason: bigint }
  /** KVM cannot go on; 1 = an instruction that it cannot emulate. */
  | { readonly kind: "internal error"; readonly reason: number }
  /** A signal has come. */
  | { readonly kind: "interrupted" }
  /** The call has failed; one line, without "Cannot …". */
  | { readonly kind: "failure"; readonly message: string }
  /** KVM_EXIT_…, which is not expected. */
  | { readonly kind: "other"; readonly reason: number };

/** KVM_EXIT_…; linux/kvm.h. */
const Reason = {
  IO: 2,
  HLT: 5,
  MMIO: 6,
  SHUTDOWN: 8,
  FAIL_ENTRY: 9,
  INTR: 10,
  INTERNAL_ERROR: 17,
} as const;

const EXIT_REASON = 8;
/** Where the union begins; the fields of `io` are behind each other. */
const UNION = 32;
const IO = { direction: UNION, size: 33, port: 34, count: 36, dataOffset: 40 };
const IO_OUT = 1;

/**
 * Reads why KVM_RUN has returned.
 *
 * @param run the whole of the memory that is shared with KVM
 */
export function readExit(run: DataView): VcpuExit {
  const reason = run.getUint32(EXIT_REASON, true);
  switch (reason) {
    case Reason.IO:
      return readIo(run);
    case Reason.HLT:
      return { kind: "halt" };
    case Reason.MMIO:
      return { kind: "mmio", address: run.getBigUint64(UNION, true) };
    case Reason.SHUTDOWN:
      return { kind: "shutdown" };
    case Reason.FAIL_ENTRY:
      return { kind: "entry failure", reason: run.getBigUint64(UNION, true) };
    case Reason.INTR:
      return { kind: "interrupted" };
    case Reason.INTERNAL_ERROR:
      return { kind: "internal error", reason: run.getUint32(UNION, true) };
    default:
      return { kind: "other", reason };
  }
}

function readIo(run: DataView): VcpuExit {
  const port = run.getUint16(IO.port, true);
  if (run.getUint8(IO.direction) !== IO_OUT) return { kind: "in", port };
  const size = run.getUint8(IO.size);
  const at = Number(run.getBigUint64(IO.dataOffset, true));
  const value = size === 4
    ? run.getUint32(at, true)
    : size === 2
    ? run.getUint16(at, true)
    : run.getUint8(at);
  return { kind: "out", port, size, count: run.getUint32(IO.count, true), value };
}
