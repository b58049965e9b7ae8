import assert from "node:assert/strict";
import { environmentVariable, isExecutable } from "./environment.ts";

Deno.test("environmentVariable() gives the value when there is one, else null", () => {
  assert.equal(environmentVariable("PATH"), Deno.env.get("PATH"));
  assert.equal(environmentVariable("MIRAGE_DHCP_NO_SUCH_VARIABLE"), null);
});

Deno.test("isExecutable() tells a program from another file and from none", async () => {
  const file = await Deno.makeTempFile();
  try {
    assert.equal(isExecutable(Deno.execPath()), true);
    assert.equal(isExecutable(file), false);
    assert.equal(isExecutable(`${file}.missing`), false);
  } finally {
    await Deno.remove(file);
  }
});
