import assert from "node:assert/strict";
import { dhcpcdHelp } from "./dhcpcd_help.ts";
import { DHCPCD_OPTIONS } from "./dhcpcd_options.ts";

Deno.test("dhcpcdHelp() names every option, in 80 columns", () => {
  const text = dhcpcdHelp("1.2.3");
  assert.match(text, /^dhcpcd - mirage-dhcp 1\.2\.3 /);
  for (const { long } of DHCPCD_OPTIONS) {
    if (long !== "master") assert.ok(text.includes(`--${long}`), long);
  }
  for (const line of text.split("\n")) assert.ok(line.length <= 80, line);
});
