import assert from "node:assert/strict";
import { parseYaml } from "./yaml.ts";

Deno.test("parseYaml() reads mappings, sequences, scalars and comments", () => {
  const text = `
# a comment
kernel:
  image: linuxkit/kernel:6.12.59 # another
  cmdline: "console=tty0 # none"
list:
- a:b
- 'c': d
`;
  assert.throws(() => parseYaml(text), /line 8/, "quoted keys are not needed here");
  assert.deepEqual(parseYaml(text.replace("'c': d", "c: d")), {
    kernel: { image: "linuxkit/kernel:6.12.59", cmdline: "console=tty0 # none" },
    list: ["a:b", { c: "d" }],
  });
});

Deno.test("parseYaml() reads sequences of mappings with sequences in them", () => {
  const text = `onboot:
  - name: dhcpcd
    command: ["/sbin/dhcpcd", "-1"]
    env:
     - A=b
    readonly: true
  - name: next
`;
  assert.deepEqual(parseYaml(text), {
    onboot: [
      { name: "dhcpcd", command: ["/sbin/dhcpcd", "-1"], env: ["A=b"], readonly: true },
      { name: "next" },
    ],
  });
});

Deno.test("parseYaml() refuses what it does not know", () => {
  for (const text of ["a: |\n  b", "a: {b: c}", "a: b\na: c", "a: b\n   c: d", "a"]) {
    assert.throws(() => parseYaml(text), /^Error: Cannot read line/, text);
  }
});
