/**
 * A guest's calls as hypercalls of hvt: the address of a struct is put out to a port.
 *
 * @module
 */
import type { Assembler } from "./assembler.ts";
import type { Buffer, Calls } from "./calls.ts";

/** Numbers of the hypercalls (hvt_abi.h). */
export const Hypercall = {
  ...{ WALLTIME: 1, PUTS: 2, POLL: 3, BLOCK_WRITE: 4, BLOCK_READ: 5 },
  ...{ NET_WRITE: 6, NET_READ: 7, HALT: 8 },
} as const;

/** Port of hypercall 0. */
export const PORT = 0x500;

const CYCLE_FREQUENCY = 16;

/** See the module's description. */
export class HvtCalls implements Calls {
  readonly #a: Assembler;

  /** Writes calls with `a`. */
  constructor(a: Assembler) {
    this.#a = a;
  }

  /** A hypercall with the struct at RAX. */
  hypercall(number: number): void {
    this.#a.mov("rdx", PORT + number);
    this.#a.out();
  }

  /** A hypercall with a struct of its own, which begins with `fields`; R8 = its address, as before. */
  with(number: number, size: number, fields: () => void): void {
    this.#a.mov("r8", this.#a.space(size));
    fields();
    this.#a.copy("rax", "r8");
    this.hypercall(number);
  }

  puts(): void {
    this.with(Hypercall.PUTS, 16, () => {
      this.#a.store("r8", 0, "rsi");
      this.#a.store("r8", 8, "rdx");
    });
  }

  exit(status: number): void {
    const a = this.#a;
    this.with(Hypercall.HALT, 16, () => {
      a.mov("rax", 0);
      a.store("r8", 0, "rax");
      a.mov("rax", status);
      a.store32("r8", 8, "rax");
    });
    a.hlt(); // the tender does not come back
  }

  monotonic(): void {
    const a = this.#a;
    a.rdtsc();
    a.shl("rdx", 32);
    a.op("or", "rax", "rdx");
    a.mov("rcx", 1_000_000_000);
    a.mul("rcx");
    a.load("rcx", "r15", CYCLE_FREQUENCY);
    a.div("rcx");
  }

  wall(): void {
    this.with(Hypercall.WALLTIME, 8, () => {});
    this.#a.load("rax", "r8");
  }

  yield(): void {
    this.with(Hypercall.POLL, 24, () => this.#a.store("r8", 0, "rax"));
    this.#a.load("rax", "r8", 8);
  }

  netRead(handle: number, { label, size }: Buffer): void {
    const a = this.#a;
    const [done, failed] = [a.unique("done"), a.unique("failed")];
    this.with(Hypercall.NET_READ, 32, () => {
      a.mov("rdx", size);
      this.#netFields(handle, label);
    });
    a.load32("rax", "r8", 24);
    a.test("rax", "rax");
    a.jcc("ne", failed);
    a.load("rax", "r8", 16);
    a.jmp(done);
    a.label(failed);
    a.mov("rax", -1);
    a.label(done);
  }

  netWrite(handle: number, { label }: Buffer): void {
    this.with(Hypercall.NET_WRITE, 32, () => this.#netFields(handle, label));
    this.#a.load32("rax", "r8", 24);
  }

  block(action: "read" | "write", handle: number, { label, size }: Buffer): void {
    const a = this.#a;
    this.with(action === "read" ? Hypercall.BLOCK_READ : Hypercall.BLOCK_WRITE, 40, () => {
      a.mov("rax", handle);
      a.store("r8", 0, "rax");
      a.store("r8", 8, "rdx");
      a.mov("rax", label);
      a.store("r8", 16, "rax");
      a.mov("rax", size);
      a.store("r8", 24, "rax");
    });
    a.load32("rax", "r8", 32);
  }

  /** Handle, address, and RDX as the length. */
  #netFields(handle: number, label: string): void {
    const a = this.#a;
    a.mov("rax", handle);
    a.store("r8", 0, "rax");
    a.mov("rax", label);
    a.store("r8", 8, "rax");
    a.store("r8", 16, "rdx");
  }
}
