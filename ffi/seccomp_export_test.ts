import assert from "node:assert/strict";
import { SeccompAction, SeccompFilter } from "./seccomp.ts";

const BPF_JMP_JGT = 0x25; // linux/bpf_common.h: BPF_JMP | BPF_JGT | BPF_K
const BPF_RET = 0x06;

function exportProgram(): void {
  const filter = new SeccompFilter(
    [{
      syscall: "pread64",
      conditions: [{ arg: 3, op: "le", value: 0x1_2345_6789n }],
      reason: "for the test",
    }],
    SeccompAction.KILL_PROCESS,
  );
  const program = filter.export();
  assert.equal(program.length % 8, 0);
  const view = new DataView(program.buffer);
  const found = Array.from({ length: program.length / 8 }, (_, i) => ({
    code: view.getUint16(8 * i, true),
    k: view.getUint32(8 * i + 4, true),
  }));
  assert.equal(found[found.length - 1].code, BPF_RET);
  const limits = found.filter(({ code }) => code === BPF_JMP_JGT).map(({ k }) => k);
  assert(limits.includes(1) && limits.includes(0x2345_6789), "both halves are compared");
  const results = found.filter(({ code }) => code === BPF_RET).map(({ k }) => k);
  assert.deepEqual(new Set(results), new Set([SeccompAction.ALLOW, SeccompAction.KILL_PROCESS]));
  assert.throws(() => filter.export(), /twice/);
  assert.throws(() => filter.load(), /twice/);
}

Deno.test({
  name: "SeccompFilter.export() gives a program, once",
  sanitizeResources: false, // the library stays open
  fn: exportProgram,
});
