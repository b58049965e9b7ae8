/**
 * Tests of check_text.ts.
 *
 * @module
 */
import assert from "node:assert/strict";
import {
  checkLength,
  checkNamedCves,
  checkNamedTests,
  checkNames,
  LINE_LIMIT,
} from "./check_text.ts";

Deno.test("checkLength() reports TypeScript above the limit, unless it is generated", () => {
  const lines = (count: number) => "x\n".repeat(count);
  const files = [
    { path: "a.ts", text: lines(LINE_LIMIT) },
    { path: "b.ts", text: lines(LINE_LIMIT + 1) },
    { path: "schema/kv.capnp.ts", text: lines(9999) },
    { path: "README.md", text: lines(9999) },
  ];
  assert.deepEqual(checkLength(files), ["b.ts: 401 lines, at most 400 are allowed"]);
});

/** Put together here, so that this file passes its own check. */
const host = (...parts: string[]) => parts.join(".");
const path = (...parts: string[]) => ["", ...parts].join("/");

Deno.test("checkNames() reports registries and paths of one machine with their lines", () => {
  for (
    const text of [
      `https://${host("registry", "example", "org")}/x`,
      host("deb", "example", "org"),
      `cp ${path("home", "someone", "x")} .`,
      `"${path("root", "x")}"`,
      path("work", "main"),
    ]
  ) {
    const found = checkNames([{ path: "a.md", text: `one\n${text}\n` }]);
    assert.equal(found.length, 1, text);
    assert.match(found[0], /^a\.md:2: names a /);
  }
});

Deno.test("checkNames() accepts other hosts and paths", () => {
  const text = "https://example.org/work/x /etc/resolv.conf ~/work/x ./home/x npm run x";
  assert.deepEqual(checkNames([{ path: "a.md", text }]), []);
});

Deno.test("checkNamedTests() reports tests that are named and not there", () => {
  const tests = ["priv/a_test.ts", "tests/e2e/cve_x_test.ts"].map((path) => ({ path, text: "" }));
  const text =
    "`priv/a_test.ts`, `tests/e2e/cve_*_test.ts`\n\n`priv/b_test.ts` and `priv/x_*_test.ts`\n";
  assert.deepEqual(checkNamedTests([...tests, { path: "A.md", text }]), [
    "A.md:3: there is no priv/b_test.ts",
    "A.md:3: there is no priv/x_*_test.ts",
  ]);
  assert.deepEqual(checkNamedTests([{ path: "a.ts", text }]), []);
});

Deno.test("checkNamedCves() reports a CVE's test that is named and not there, or is called otherwise", () => {
  const text = 'f("CVE-2020-1, CVE-2020-2: too long"); f(`CVE-2020-3: of ${n} bytes`);';
  const find = (cves: string, titles: string) =>
    checkNamedCves([{ path: "a_test.ts", text }, {
      path: "A.md",
      text: `|  | ${cves} | ${titles} |`,
    }]);
  assert.deepEqual(find("CVE-2020-1, CVE-2020-2", '"too long"'), []);
  assert.deepEqual(find("CVE-2020-3", '"of …"'), []);
  assert.deepEqual(find("CVE-2020-1, CVE-2020-2", '"too long", "too short"'), [
    'A.md:1: there is no test "CVE-2020-1, CVE-2020-2: too short"',
  ]);
  assert.equal(find("CVE-2020-4", '"of …"').length, 1);
});
