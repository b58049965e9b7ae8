/**
 * The kernel's virtual machines (Linux' Documentation/virt/kvm/api.rst, linux/kvm.h): one class for
 * each kind of descriptor.
 *
 * @module
 */

import { check, Errno, errno, ErrnoError, errnoName, LIBC, openLibrary } from "./errno.ts";
import { closeFd, O_RDWR, openFd } from "./fd.ts";
import { readExit, type VcpuExit } from "./kvm_run.ts";
import { type Mapping, mapShared } from "./mapping.ts";
import { fixedMemory } from "./memory.ts";

/** Requests; linux/kvm.h. */
const Request = {
  GET_API_VERSION: 0xae00n,
  CREATE_VM: 0xae01n,
  CHECK_EXTENSION: 0xae03n,
  GET_VCPU_MMAP_SIZE: 0xae04n,
  GET_SUPPORTED_CPUID: 0xc008ae05n,
  CREATE_VCPU: 0xae41n,
  SET_USER_MEMORY_REGION: 0x4020ae46n,
  SET_REGS: 0x4090ae82n,
  SET_SREGS: 0x4138ae84n,
  SET_SIGNAL_MASK: 0x4004ae8bn,
  SET_CPUID2: 0x4008ae90n,
  GET_TSC_KHZ: 0xaea3n,
} as const;

/** The request that lets a virtual processor run; its descriptor needs no other once it is set up. */
export const KVM_RUN = 0xae80n;

const API_VERSION = 12;
const CAP_GET_TSC_KHZ = 61n;
/** `struct kvm_cpuid2`: u32 number of entries, padding; then `struct kvm_cpuid_entry2`. */
const CPUID = { header: 8, entry: 40, firstGuess: 128, most: 4096 };

const onNumbers = openLibrary(LIBC, {
  ioctl: { parameters: ["i32", "usize", "usize"], result: "i32" },
});
const onBuffers = openLibrary(LIBC, {
  ioctl: { parameters: ["i32", "usize", "buffer"], result: "i32" },
});

function ask(fd: number, request: keyof typeof Request, value = 0n): number {
  return check(onNumbers.ioctl(fd, Request[request], value), `KVM_${request}`);
}

function give(fd: number, request: keyof typeof Request, struct: Uint8Array<ArrayBuffer>): void {
  check(onBuffers.ioctl(fd, Request[request], struct), `KVM_${request}`);
}

/** /dev/kvm. */
export class Kvm {
  /** Its descriptor; close-on-exec. */
  readonly fd: number;

  /**
   * Opens it.
   *
   * @throws {ErrnoError} ENOENT, ENXIO, EACCES; EPROTO for an API of another version than 12
   */
  constructor() {
    this.fd = openFd("/dev/kvm", O_RDWR, 0);
    try {
      if (ask(this.fd, "GET_API_VERSION") !== API_VERSION) {
        throw new ErrnoError("speak this version of KVM's API", Errno.EPROTO);
      }
    } catch (error) {
      closeFd(this.fd);
      throw error;
    }
  }

  /** Makes a machine without memory and processors. @throws {ErrnoError} as the kernel says */
  createMachine(): KvmMachine {
    return new KvmMachine(ask(this.fd, "CREATE_VM"), ask(this.fd, "GET_VCPU_MMAP_SIZE"));
  }

  /**
   * What a guest may be told by the CPUID instruction.
   *
   * @returns a `struct kvm_cpuid2` with its entries
   * @throws {ErrnoError} as the kernel says
   */
  supportedCpuid(): Uint8Array<ArrayBuffer> {
    for (let count = CPUID.firstGuess;; count *= 2) {
      const bytes = new Uint8Array(CPUID.header + CPUID.entry * count);
      const words = new Uint32Array(bytes.buffer);
      words[0] = count;
      if (onBuffers.ioctl(this.fd, Request.GET_SUPPORTED_CPUID, bytes) !== -1) return bytes;
      if (errno() !== Errno.E2BIG || count >= CPUID.most) {
        throw new ErrnoError("KVM_GET_SUPPORTED_CPUID", errno());
      }
    }
  }

  /** Whether processors can say how fast their time stamp counter counts. */
  knowsTscFrequency(): boolean {
    return ask(this.fd, "CHECK_EXTENSION", CAP_GET_TSC_KHZ) > 0;
  }
}

/** A virtual machine; it lives as long as one of its descriptors. */
export class KvmMachine {
  /** Its descriptor; close-on-exec. */
  readonly fd: number;
  readonly #mapSize: number;

  /** Takes a descriptor of {@linkcode Kvm.createMachine}. */
  constructor(fd: number, mapSize: number) {
    this.fd = fd;
    this.#mapSize = mapSize;
  }

  /**
   * Gives the machine its memory, from guest-physical address 0 on.
   *
   * @param memory a multiple of 4096 bytes
   * @throws {ErrnoError} as the kernel says
   */
  setMemory({ address, bytes }: Mapping): void {
    // struct kvm_userspace_memory_region { u32 slot, flags; u64 guest_phys_addr, size, userspace_addr; }
    const region = fixedMemory(32);
    const view = new DataView(region.buffer);
    view.setBigUint64(16, BigInt(bytes.length), true);
    view.setBigUint64(24, address, true);
    give(this.fd, "SET_USER_MEMORY_REGION", region);
  }

  /** Makes the machine's processor. @throws {ErrnoError} as the kernel says */
  createVcpu(): KvmVcpu {
    const fd = ask(this.fd, "CREATE_VCPU");
    return new KvmVcpu(fd, mapShared(fd, this.#mapSize));
  }
}

/** A virtual processor. */
export class KvmVcpu {
  /** Its descriptor; close-on-exec. */
  readonly fd: number;
  readonly #run: DataView;

  /** Takes a descriptor of {@linkcode KvmMachine.createVcpu}, and its `struct kvm_run`. */
  constructor(fd: number, { bytes }: Mapping) {
    this.fd = fd;
    this.#run = new DataView(bytes.buffer);
  }

  /** Sets what CPUID says: a `struct kvm_cpuid2`. @throws {ErrnoError} as the kernel says */
  setCpuid(cpuid: Uint8Array<ArrayBuffer>): void {
    give(this.fd, "SET_CPUID2", cpuid);
  }

  /** Sets segments and control registers: a `struct kvm_sregs`. @throws {ErrnoError} EINVAL */
  setSpecialRegisters(sregs: Uint8Array<ArrayBuffer>): void {
    give(this.fd, "SET_SREGS", sregs);
  }

  /** Sets the general registers: a `struct kvm_regs`. @throws {ErrnoError} as the kernel says */
  setGeneralRegisters(regs: Uint8Array<ArrayBuffer>): void {
    give(this.fd, "SET_REGS", regs);
  }

  /**
   * Lets every signal interrupt a run, also one that this thread blocks, which stays pending.
   *
   * @throws {ErrnoError} as the kernel says
   */
  letSignalsInterrupt(): void {
    // struct kvm_signal_mask { u32 len; u8 sigset[8]; }: those that are blocked meanwhile.
    const mask = fixedMemory(12);
    new DataView(mask.buffer).setUint32(0, 8, true);
    give(this.fd, "SET_SIGNAL_MASK", mask);
  }

  /** How fast its time stamp counter counts, in kHz. @throws {ErrnoError} EIO when that changes */
  tscFrequency(): number {
    return ask(this.fd, "GET_TSC_KHZ");
  }

  /** Runs until the guest needs something, or a signal comes. Never throws for the kernel's errors. */
  run(): VcpuExit {
    if (onNumbers.ioctl(this.fd, KVM_RUN, 0n) !== -1) return readExit(this.#run);
    const code = errno();
    if (code === Errno.EINTR || code === Errno.EAGAIN) return { kind: "interrupted" };
    return { kind: "failure", message: `KVM_RUN: ${errnoName(code)} (${code})` };
  }
}
