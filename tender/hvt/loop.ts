/**
 * Runs an hvt guest until it ends: from one exit of its processor to the next.
 *
 * @module
 */

import type { VcpuExit } from "../../ffi/kvm_run.ts";
import type { Hypercalls } from "./hypercalls.ts";
import { GuestFault } from "./memory.ts";

/** A processor. */
export interface Vcpu {
  /** Runs the guest until it needs something. */
  run(): VcpuExit;
}

/** How a guest has ended. */
export interface GuestEnd {
  /** Exit code for the tender. */
  readonly code: number;
  /** One line; null when the guest has ended by itself and well enough. */
  readonly message: string | null;
}

/** Exit codes; those of Solo5's tender, where a fault of the guest is like its own abort. */
const REFUSED = 1;
const ABORTED = 255;

/** Thrown to end a guest from within a hypercall: somebody has asked the tender to end. */
export class Interrupted extends Error {
  /** Always `Interrupted`. */
  override readonly name: string = "Interrupted";
}

/**
 * Runs a guest.
 *
 * @param vcpu its processor
 * @param hypercalls what answers it
 * @param interruption asked after an interrupted run: the signal that ends the guest, or null to go on
 * @returns how it has ended
 */
export function runGuestLoop(
  vcpu: Vcpu,
  hypercalls: Hypercalls,
  interruption: () => string | null,
): GuestEnd {
  try {
    for (;;) {
      const exit = vcpu.run();
      if (exit.kind === "out" && exit.size === 4 && exit.count === 1) {
        const status = hypercalls.call(exit.port, exit.value);
        if (status === null) continue;
        const code = status & 0xff;
        return { code, message: code === ABORTED ? "The guest has aborted" : null };
      }
      if (exit.kind === "interrupted") {
        const signal = interruption();
        if (signal !== null) return ended(signal);
        continue;
      }
      return faultOf(exit);
    }
  } catch (error) {
    if (error instanceof GuestFault) return cannot(error.message, REFUSED);
    if (error instanceof Interrupted) return ended(error.message);
    throw error;
  }
}

function ended(signal: string): GuestEnd {
  return { code: REFUSED, message: `The guest is ended: ${signal}` };
}

function cannot(reason: string, code: number): GuestEnd {
  return { code, message: `Cannot go on with the guest: ${reason}` };
}

const hex = (number: number | bigint) => `0x${number.toString(16)}`;

/** For every exit that ends a guest. */
function faultOf(exit: VcpuExit): GuestEnd {
  switch (exit.kind) {
    case "out":
    case "in":
      return cannot(`it uses port ${hex(exit.port)}`, REFUSED);
    case "halt":
      return cannot("it has halted its processor", ABORTED);
    case "shutdown":
      return cannot("a fault that it does not handle", ABORTED);
    case "mmio":
      return cannot(`it uses memory at ${hex(exit.address)}, where there is none`, ABORTED);
    case "entry failure":
      return cannot(`the processor does not take it: ${hex(exit.reason)}`, REFUSED);
    case "internal error":
      return cannot(
        `KVM cannot run an instruction of it, or another internal error: ${exit.reason}`,
        REFUSED,
      );
    case "failure":
      return cannot(exit.message, REFUSED);
    default:
      return cannot(`exit ${exit.kind === "other" ? exit.reason : 0} of KVM`, REFUSED);
  }
}
