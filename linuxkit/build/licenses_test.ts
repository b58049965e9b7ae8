/**
 * Tests of licenses.ts.
 *
 * @module
 */
import assert from "node:assert/strict";
import { licenses } from "./licenses.ts";
import { LIBRARIES } from "./static/libraries.ts";

Deno.test("licenses() names every library the executable carries, and has their texts", async () => {
  const text = await licenses();
  for (const name of new Set(LIBRARIES.map((library) => library.package))) {
    assert.ok(text.includes(`\n${name} (Debian)\n`), name);
  }
  assert.match(text, /GNU LESSER GENERAL PUBLIC LICENSE\s+Version 2\.1, February 1999/);
  assert.match(text, /GCC RUNTIME LIBRARY EXCEPTION/i);
  assert.match(text, /Copyright 2018-\d+ the Deno authors/);
});

Deno.test("licenses() names a license that is missing", async () => {
  await assert.rejects(
    licenses("/absent"),
    /the license of libc6 \(Debian\) is not there: \/absent/,
  );
});
