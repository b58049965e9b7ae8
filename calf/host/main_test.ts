import assert from "node:assert/strict";
import { CALF, run, test } from "./testing/run_calf.ts";

for (const layer of ["descriptors", "no-new-privs", "capabilities", "seccomp"]) {
  test(`runCalf() ends with 69 and one line when the kernel refuses ${layer}`, () => {
    const seen = run([{ frame: 60 }], [], { failing: [layer] });
    assert.deepEqual(seen.exit, { exitCode: 69 });
    const why = "Cannot do it: ENOSYS (38)";
    assert.equal(seen.log, `<3>Cannot confine the calf: no ${layer}: ${why}\n`);
  });
}

const REFUSAL = "mirage-dhcp: Cannot run a calf by hand: priv starts it (see --help)\n";

test("runCalf() refuses to run by hand with 64 and one line, before it gives anything up", () => {
  const byHand = new Deno.Command(CALF, { args: ["calf"] }).outputSync();
  const decoder = new TextDecoder();
  assert.deepEqual([byHand.code, byHand.signal], [64, null]);
  assert.equal(decoder.decode(byHand.stderr), REFUSAL);
  assert.equal(decoder.decode(byHand.stdout), "");
});

test("runCalf() refuses to run by hand with files for descriptors", () => {
  const path = Deno.makeTempFileSync();
  try {
    for (const channels of ["", "3<>/dev/null", "3<>/dev/null 4<>/dev/null", "3>&- 4>&-"]) {
      const script = `exec "$0" calf ${channels} 2>"$1"`;
      const { code, signal } = new Deno.Command("sh", { args: ["-c", script, CALF, path] })
        .outputSync();
      assert.deepEqual([code, signal], [64, null], channels);
      assert.equal(Deno.readTextFileSync(path), REFUSAL, channels);
    }
  } finally {
    Deno.removeSync(path);
  }
});

for (const missing of ["net", "ctl"] as const) {
  test(`runCalf() refuses to run when only the ${missing} channel is missing`, () => {
    const seen = run([], [], { missing });
    assert.deepEqual([seen.exit, seen.log], [{ exitCode: 64 }, REFUSAL]);
  });
}
