import assert from "node:assert/strict";
import { renderDhcpcdOptionsMd } from "./dhcpcd_options_md.ts";

const PATH = `${import.meta.dirname}/DHCPCD_OPTIONS.md`;

Deno.test("renderDhcpcdOptionsMd() gives what DHCPCD_OPTIONS.md has", () => {
  const text = renderDhcpcdOptionsMd();
  if (Deno.env.get("UPDATE") === "1") Deno.writeTextFileSync(PATH, text);
  assert.equal(Deno.readTextFileSync(PATH), text, "UPDATE=1 writes it anew");
});
