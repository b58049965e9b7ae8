/**
 * The tender with an interpreted processor in place of KVM, for machines that have none: a build of
 * its own, which is otherwise the same.
 *
 * @module
 */
import { O_RDWR, openFd } from "../../../ffi/fd.ts";
import { mapMemory } from "../../../ffi/mapping.ts";
import type { MachineMaker } from "../../../tender/hvt/machine.ts";
import { runTender } from "../../../tender/main.ts";
import { CYCLE_FREQUENCY, InterpretedVcpu } from "../guest/hvt_machine.ts";

function openInterpreted(): MachineMaker {
  return {
    make: (memorySize, load) => {
      const memory = mapMemory(memorySize).bytes;
      const state = load(memory, { cycleFrequency: CYCLE_FREQUENCY, noExecute: true });
      const fd = openFd("/dev/null", O_RDWR, 0); // stands for the processor's descriptor
      return { vcpu: new InterpretedVcpu(memory, state), fd, memory, isInterruptible: true };
    },
  };
}

Deno.exit(runTender(Deno.args, null, openInterpreted));
