/**
 * System call filters through libseccomp.so.2: a list of rules in, a filter in the kernel out.
 *
 * libseccomp returns −errno.
 *
 * @module
 */

import { ErrnoError, openLibrary } from "./errno.ts";
import { closeFd, pipe, readFd } from "./fd.ts";
import { cString } from "./memory.ts";

/** What happens to a call that no rule allows; linux/seccomp.h. */
export const SeccompAction = {
  KILL_PROCESS: 0x8000_0000,
  LOG: 0x7ffc_0000,
  ALLOW: 0x7fff_0000,
} as const;

/** One test of one argument of a system call. */
export interface SeccompCondition {
  /** Which argument, 0–5. */
  readonly arg: number;
  /** `eq`: argument = value; `le`: argument ≤ value, unsigned; `masked_eq`: (argument & mask) = value. */
  readonly op: "eq" | "le" | "masked_eq";
  /** What to compare with, 64 bits. */
  readonly value: bigint;
  /** For `masked_eq`; 0xffffffff for an `int`, whose upper half a caller may leave undefined. */
  readonly mask?: bigint;
}

/** One system call that is allowed, when all conditions hold. */
export interface SeccompRule {
  /** Name of the system call. */
  readonly syscall: string;
  /** All must hold; none = always allowed. At most one for each argument. */
  readonly conditions?: readonly SeccompCondition[];
  /** Why the program needs it. */
  readonly reason: string;
}

// enum scmp_compare and enum scmp_filter_attr of seccomp.h
const SCMP_CMP = { le: 3, eq: 4, masked_eq: 7 } as const;
const SCMP_FLTATR_ACT_BADARCH = 2;
const SCMP_FLTATR_API_TSKIP = 5;
/** What a tracer makes of a call that it skips; the kernel knows no such call (ptrace(2)). */
const SKIPPED_CALL = -1;
/** struct scmp_arg_cmp { unsigned arg; enum op; uint64_t datum_a, datum_b; } */
const CONDITION_SIZE = 24;
/** Bytes of the largest filter: BPF_MAXINSNS of linux/bpf_common.h, 8 each. A pipe takes so many at once. */
const MAX_PROGRAM = 4096 * 8;

const LIBSECCOMP = {
  seccomp_init: { parameters: ["u32"], result: "pointer" },
  seccomp_release: { parameters: ["pointer"], result: "void" },
  seccomp_attr_set: { parameters: ["pointer", "i32", "u32"], result: "i32" },
  seccomp_syscall_resolve_name: { parameters: ["buffer"], result: "i32" },
  seccomp_rule_add_array: {
    parameters: ["pointer", "u32", "i32", "u32", "buffer"],
    result: "i32",
  },
  seccomp_load: { parameters: ["pointer"], result: "i32" },
  seccomp_export_bpf: { parameters: ["pointer", "i32"], result: "i32" },
} as const;

/** Throws for a negative result. */
function requireOk(result: number, operation: string): void {
  if (result < 0) throw new ErrnoError(operation, -result);
}

function encode(conditions: readonly SeccompCondition[]): Uint8Array {
  const bytes = new Uint8Array(conditions.length * CONDITION_SIZE);
  const view = new DataView(bytes.buffer);
  conditions.forEach(({ arg, op, value, mask }, i) => {
    const at = i * CONDITION_SIZE;
    const masked = op === "masked_eq";
    if (masked !== (mask !== undefined)) {
      throw new TypeError("Cannot build a filter: a mask belongs to masked_eq, and only to it");
    }
    view.setUint32(at, arg, true);
    view.setUint32(at + 4, SCMP_CMP[op], true);
    view.setBigUint64(at + 8, mask ?? value, true);
    view.setBigUint64(at + 16, masked ? value : 0n, true);
  });
  return bytes;
}

/**
 * A filter that is built while libraries can still be opened, and loaded once everything else is
 * done.
 */
export class SeccompFilter {
  readonly #library;
  #context: Deno.PointerValue;

  /**
   * Builds the filter; nothing is restricted yet.
   *
   * @param rules what is allowed
   * @param defaultAction one of {@linkcode SeccompAction}, for everything else
   * @throws {MissingLibraryError} when libseccomp.so.2 is not installed
   * @throws {ErrnoError} EINVAL for a rule that libseccomp refuses
   * @throws {TypeError} for a system call that has no such name, or a wrong condition
   */
  constructor(rules: readonly SeccompRule[], defaultAction: number) {
    const library = openLibrary("libseccomp.so.2", LIBSECCOMP);
    this.#library = library;
    this.#context = library.seccomp_init(defaultAction);
    if (this.#context === null) throw new ErrnoError("seccomp_init", 12);
    try {
      // A call of another architecture (int 0x80) is not looked at rule by rule.
      requireOk(
        library.seccomp_attr_set(this.#context, SCMP_FLTATR_ACT_BADARCH, defaultAction),
        "seccomp_attr_set",
      );
      for (const rule of rules) this.#allow(rule);
    } catch (error) {
      this.#release();
      throw error;
    }
  }

  #allow(rule: SeccompRule): void {
    const conditions = rule.conditions ?? [];
    const number = this.#library.seccomp_syscall_resolve_name(cString(rule.syscall, "rule"));
    if (number < 0) throw new TypeError(`Cannot allow ${rule.syscall}: no such system call`);
    requireOk(
      this.#library.seccomp_rule_add_array(
        this.#context,
        SeccompAction.ALLOW,
        number,
        conditions.length,
        encode(conditions),
      ),
      `allow ${rule.syscall}`,
    );
  }

  /**
   * Lets a tracer skip calls, as `strace --inject` does: without one, such a call fails with ENOSYS.
   *
   * @throws {ErrnoError} EOPNOTSUPP before libseccomp 2.4
   */
  allowSkippedCalls(): void {
    const library = this.#library;
    requireOk(
      library.seccomp_attr_set(this.#context, SCMP_FLTATR_API_TSKIP, 1),
      "seccomp_attr_set",
    );
    requireOk(
      library.seccomp_rule_add_array(
        this.#context,
        SeccompAction.ALLOW,
        SKIPPED_CALL,
        0,
        new Uint8Array(0),
      ),
      "allow skipped calls",
    );
  }

  /**
   * Puts the filter in force for this thread and what it starts, for good. Sets no_new_privs.
   *
   * @throws {ErrnoError} EACCES, EINVAL or others when the kernel refuses; ECANCELED when the filter
   *   cannot be made
   */
  load(): void {
    if (this.#context === null) throw new TypeError("Cannot load a filter twice");
    const result = this.#library.seccomp_load(this.#context);
    this.#release();
    requireOk(result, "load the seccomp filter");
  }

  /**
   * The filter as a program, to be put in force by somebody else; it cannot be loaded here any more.
   *
   * @returns packed `struct sock_filter`, 8 bytes each (linux/filter.h)
   * @throws {ErrnoError} when it cannot be made
   */
  export(): Uint8Array {
    if (this.#context === null) throw new TypeError("Cannot export a filter twice");
    const [reading, writing] = pipe();
    try {
      requireOk(
        this.#library.seccomp_export_bpf(this.#context, writing),
        "make the seccomp filter",
      );
      const program = new Uint8Array(MAX_PROGRAM);
      const length = readFd(reading, program);
      if (length < 0) throw new ErrnoError("read the seccomp filter", -length);
      return program.slice(0, length);
    } finally {
      this.#release();
      closeFd(reading);
      closeFd(writing);
    }
  }

  #release(): void {
    this.#library.seccomp_release(this.#context);
    this.#context = null;
  }
}

/**
 * Builds a filter and puts it in force at once.
 *
 * @param rules what is allowed
 * @param defaultAction one of {@linkcode SeccompAction}, for everything else
 * @throws {MissingLibraryError | ErrnoError | TypeError} as {@linkcode SeccompFilter} does
 */
export function loadSeccomp(rules: readonly SeccompRule[], defaultAction: number): void {
  new SeccompFilter(rules, defaultAction).load();
}
