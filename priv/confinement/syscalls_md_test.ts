import assert from "node:assert/strict";
import { seccompTable } from "../../ffi/seccomp_table.ts";
import { privSeccompRules } from "./seccomp_list.ts";

const PATH = `${import.meta.dirname}/SYSCALLS.md`;

function render(): string {
  const always = privSeccompRules({ hostName: false, group: null });
  const all = privSeccompRules({ hostName: true, group: 4711 });
  return `<!-- Rendered from seccomp_list.ts; syscalls_md_test.ts compares and, with UPDATE=1, writes it. -->

# System calls of priv

${seccompTable(always)}
Only where the configuration needs them (a host that may be named, \`--control-group\` with the number 4711 here):

${seccompTable(all.slice(always.length))}
Everything else ends the process (SECCOMP_RET_KILL_PROCESS).
`;
}

Deno.test("SYSCALLS.md has the system calls of priv", () => {
  const text = render();
  if (Deno.env.get("UPDATE") === "1") Deno.writeTextFileSync(PATH, text);
  assert.equal(Deno.readTextFileSync(PATH), text, "UPDATE=1 writes it anew");
});
