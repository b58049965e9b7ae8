/**
 * Tests of check_imports.ts.
 *
 * @module
 */
import assert from "node:assert/strict";
import { checkImports } from "./check_imports.ts";

function check(path: string, text: string): string[] {
  return checkImports([{ path, text }]);
}

const ALLOWED: [path: string, specifier: string][] = [
  ["schema/values.ts", "./keys.ts"],
  ["schema/kv.capnp.ts", "capnp-es"],
  ["schema/generate.ts", "capnp-es/compiler"],
  ["ffi/fd.ts", "./errno.ts"],
  ["calf/sdk/clock.ts", "./host.ts"],
  ["calf/sdk/kv.ts", "../../schema/keys.ts"],
  ["calf/dhcp4/client.ts", "../sdk/udp.ts"],
  ["calf/host/v8.ts", "../../ffi/fd.ts"],
  ["calf/host/v8.ts", "../dhcp4/client.ts"],
  ["calf/host/v8.ts", "portable"],
  ["priv/log.ts", "@logtape/logtape"],
  ["priv/kv/store.ts", "../../schema/keys.ts"],
  ["tender/hvt.ts", "../ffi/fd.ts"],
  ["main.ts", "./priv/main.ts"],
  ["tests/e2e/lease_test.ts", "../../priv/log.ts"],
  ["linuxkit/build/bundle.ts", "esbuild"],
  ["calf/sdk/clock_test.ts", "fast-check"],
  ["ffi/netlink_fixture.ts", "../tests/support/wait.ts"],
];

const VIOLATIONS: [path: string, specifier: string][] = [
  ["schema/values.ts", "../ffi/fd.ts"],
  ["ffi/fd.ts", "../schema/keys.ts"],
  ["ffi/fd.ts", "npm:capnp-es"],
  ["calf/sdk/clock.ts", "../dhcp4/client.ts"],
  ["calf/sdk/clock.ts", "../host/v8.ts"],
  ["calf/sdk/clock.ts", "../../ffi/time.ts"],
  ["calf/sdk/clock.ts", "node:util"],
  ["calf/sdk/clock.ts", "portable"],
  ["calf/dhcp4/client.ts", "../host/v8.ts"],
  ["calf/dhcp4/client.ts", "../../priv/log.ts"],
  ["calf/host/v8.ts", "../../priv/log.ts"],
  ["calf/host/v8.ts", "@logtape/logtape"],
  ["priv/log.ts", "../calf/sdk/clock.ts"],
  ["priv/log.ts", "../tender/hvt.ts"],
  ["priv/log.ts", "portable"],
  ["priv/log.ts", "../ffi/netlink_fixture.ts"],
  ["tender/hvt.ts", "../priv/log.ts"],
  ["main.ts", "./tests/support/wait.ts"],
  ["main.ts", "./linuxkit/build/main.ts"],
  ["priv/log.ts", "https://example.org/x.ts"],
];

Deno.test("checkImports() accepts what the table allows", () => {
  for (const [path, specifier] of ALLOWED) {
    assert.deepEqual(check(path, `import { x } from "${specifier}";\nx();`), [], path);
  }
});

Deno.test("checkImports() reports what the table forbids, in every form of import", () => {
  for (const [path, specifier] of VIOLATIONS) {
    for (
      const text of [
        `import { x } from "${specifier}";`,
        `import "${specifier}";`,
        `import type { X } from "${specifier}";`,
        `export * from "${specifier}";`,
        `const x = await import("${specifier}");`,
        `let x: import("${specifier}").X;`,
      ]
    ) {
      const found = check(path, `// first line\n${text}`);
      assert.equal(found.length, 1, `${path}: ${text}`);
      assert.match(found[0], /^\S+:2: .* may not import /);
      assert.ok(found[0].endsWith(specifier));
    }
  }
});

Deno.test("checkImports() reports an import that is known only at run time", () => {
  assert.equal(check("priv/log.ts", "await import(name);").length, 1);
});

Deno.test("checkImports() reports clocks, randomness and the system in portable code", () => {
  for (
    const use of ["Deno.pid", "Date.now()", "new Date()", "Math.random()", "performance.now()"]
  ) {
    for (const path of ["calf/sdk/clock.ts", "calf/dhcp4/client.ts"]) {
      assert.equal(check(path, `const x = ${use};`).length, 1, use);
    }
    assert.deepEqual(check("calf/host/v8.ts", `const x = ${use};`), []);
    assert.deepEqual(check("calf/sdk/clock_test.ts", `const x = ${use};`), []);
  }
  assert.equal(check("calf/sdk/clock.ts", "setTimeout(f, 1);").length, 1);
});

Deno.test("checkImports() tells names from what they look like", () => {
  const text = `// Deno.pid and Date
    const s = "Date.now()"; x.Date = 1; class A { Date: i32 = 0; performance(): void {} }
    const n = Math.imul(3, 4);`;
  assert.deepEqual(check("calf/sdk/clock.ts", text), []);
});

Deno.test("checkImports() reports a library opened outside of ffi/", () => {
  const text = `Deno.dlopen("libc.so.6", {});`;
  assert.deepEqual(check("ffi/fd.ts", text), []);
  assert.equal(check("priv/log.ts", text).length, 1);
  assert.equal(check("calf/host/v8.ts", text).length, 1);
});
