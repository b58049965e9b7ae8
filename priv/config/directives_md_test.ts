import assert from "node:assert/strict";
import { renderDirectivesMd } from "./directives_md.ts";

const PATH = `${import.meta.dirname}/DIRECTIVES.md`;

Deno.test("renderDirectivesMd() gives what DIRECTIVES.md has", () => {
  const text = renderDirectivesMd();
  if (Deno.env.get("UPDATE") === "1") Deno.writeTextFileSync(PATH, text);
  assert.equal(Deno.readTextFileSync(PATH), text, "UPDATE=1 writes it anew");
});
