import assert from "node:assert/strict";

/** Runs code that sees rlimit.ts as `r` under a soft and a hard limit on descriptors. */
function run(soft: number, hard: number, code: string): string {
  const url = JSON.stringify(import.meta.resolve("./rlimit.ts"));
  const limits = `ulimit -Sn ${soft}; ulimit -Hn ${hard}; exec "$@"`;
  const program = `const r = await import(${url}); ${code}`;
  const { stdout, stderr } = new Deno.Command("sh", {
    args: ["-c", limits, "sh", Deno.execPath(), "eval", "--no-check", program],
  }).outputSync();
  return new TextDecoder().decode(stdout) || new TextDecoder().decode(stderr);
}

const SHOW = `/^Max open files +(\\d+) +(\\d+)/m.exec(Deno.readTextFileSync("/proc/self/limits"))`;

Deno.test("raiseLimit() makes the soft limit the hard one", () => {
  const code = `
    r.setLimit(r.Limit.CORE, 0);
    const raised = r.raiseLimit(r.Limit.NOFILE);
    console.log(raised, r.raiseLimit(r.Limit.CORE), ...${SHOW}.slice(1));`;
  assert.equal(run(300, 400, code), "400 0 400 400\n");
});
