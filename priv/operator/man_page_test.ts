import assert from "node:assert/strict";
import { testWith } from "../../tests/support/requirements.ts";
import { OPTION_TABLE } from "../option_table.ts";
import { COMMAND_TABLE } from "./command_table.ts";
import { REASON_TABLE } from "./hooks/hook_event.ts";
import { LEASE_VARIABLES } from "./hooks/hook_variables.ts";
import { manPage } from "./man_page.ts";

Deno.test("manPage() has every option, command, variable and reason", () => {
  const page = manPage("0.1.0");
  const text = page.replaceAll("\\-", "-").replace(/\\f[BIR]/g, "");
  for (const { name, options } of COMMAND_TABLE) {
    assert.ok(text.includes(`.SS "${name}`), name);
    for (const option of options) assert.ok(text.includes(`--${option.name}`), option.name);
  }
  for (const { name } of OPTION_TABLE) assert.ok(text.includes(`--${name}`), name);
  for (const { name } of LEASE_VARIABLES) assert.ok(text.includes(`.B "${name}"`), name);
  for (const { reason } of REASON_TABLE) assert.ok(text.includes(`.B "${reason}"`), reason);
  for (const title of ["EXIT STATUS", "SIGNALS", "ENVIRONMENT", "FILES", "EXAMPLES"]) {
    assert.ok(text.includes(`.SH "${title}"`), title);
  }
  assert.equal(page, manPage("0.1.0"), "the same for the same version");
});

testWith(
  ["mandoc"],
  "mandoc finds nothing wrong with the manual page but its missing date",
  async () => {
    const file = await Deno.makeTempFile({ suffix: ".8" });
    try {
      await Deno.writeTextFile(file, manPage("0.1.0"));
      const { stdout, stderr } = await new Deno.Command("mandoc", { args: ["-Tlint", file] })
        .output();
      const decoder = new TextDecoder();
      const found = (decoder.decode(stdout) + decoder.decode(stderr)).split("\n")
        // Equal sources give equal bytes, so there is no date.
        .filter((line) => line !== "" && !line.includes("missing date"));
      assert.deepEqual(found, []);
      const shown = await new Deno.Command("mandoc", { args: ["-Tascii", file] }).output();
      const plain = decoder.decode(shown.stdout).replace(/.[\b]/g, "");
      assert.match(plain, /--resolv-conf=FILE/);
      assert.match(plain, /`mirage-dhcp watch --exec SCRIPT`/);
    } finally {
      await Deno.remove(file);
    }
  },
);
