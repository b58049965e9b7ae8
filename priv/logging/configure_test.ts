import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { output } from "../../tests/support/process.ts";

Deno.test("configureLog() sends each level where it belongs, and can be called again", async () => {
  const directory = await Deno.realPath(await Deno.makeTempDir());
  const file = `${directory}/log`;
  const script = fileURLToPath(new URL("./configure_fixture.ts", import.meta.url));
  const { code, stdout, stderr } = await output([
    ...[Deno.execPath(), "run", "-A", "--no-check", script, file],
  ]);
  assert.equal(code, 0, stderr);
  assert.deepEqual(JSON.parse(stdout), {
    problems: [[null, "warning", "warning"], ["eth0", "error", "Cannot do it"]],
    isFileOpen: false,
  });
  assert.match(await Deno.readTextFile(file), /^\S+ ERROR priv eth0: Cannot do it\n$/);
  const said = stderr.trimEnd().split("\n").map((line) => line.replace(/^\S+ /, ""));
  const second = [
    'level=warning source=priv msg="warning"',
    'level=error source=priv interface=eth0 msg="Cannot do it" what="do it"',
    'level=info source=calf interface=eth0 untrusted=true msg="info"',
  ];
  assert.deepEqual(said.slice(0, 4), ["ERROR priv eth0: Cannot do it", ...second]);
  // The trouble with the file is told once, on stderr, by the first record that meets it.
  assert.deepEqual(said.slice(4).filter((line) => !line.includes("log file")), second);
  const trouble = said.filter((line) => line.includes("log file"));
  assert.equal(trouble.length, 1);
  assert.match(trouble[0], /msg="Cannot write the log file \S+: ENOTDIR"$/);
  await Deno.remove(directory, { recursive: true });
});
