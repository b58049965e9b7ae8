import assert from "node:assert/strict";
import { descriptorsNeeded } from "./inherited.ts";

Deno.test("descriptorsNeeded() grows with the interfaces, and is what every process may have", () => {
  assert.ok(descriptorsNeeded(2) > descriptorsNeeded(1));
  assert.ok(descriptorsNeeded(1) < 256);
});
