import assert from "node:assert/strict";
import { seccompTable } from "../../ffi/seccomp_table.ts";
import { CALF_SECCOMP_RULES } from "./seccomp_list.ts";

const PATH = `${import.meta.dirname}/SYSCALLS.md`;

function render(): string {
  return `<!-- Rendered from seccomp_list.ts; syscalls_md_test.ts compares and, with UPDATE=1, writes it. -->

# System calls of a calf that runs in V8

${seccompTable(CALF_SECCOMP_RULES)}
Everything else ends the process (SECCOMP_RET_KILL_PROCESS).
`;
}

Deno.test("SYSCALLS.md has the system calls of a calf", () => {
  const text = render();
  if (Deno.env.get("UPDATE") === "1") Deno.writeTextFileSync(PATH, text);
  assert.equal(Deno.readTextFileSync(PATH), text, "UPDATE=1 writes it anew");
});
