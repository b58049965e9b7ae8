import assert from "node:assert/strict";
import { carrierText } from "./link_text.ts";

const DOWN = { up: false, running: false };
const NO_CARRIER = { up: true, running: false };
const RUNNING = { up: true, running: true };

Deno.test("carrierText() calls a carrier lost only when there was one", () => {
  assert.equal(carrierText(RUNNING, NO_CARRIER), "carrier lost");
  assert.equal(carrierText(DOWN, NO_CARRIER), "no carrier");
  assert.equal(carrierText(null, NO_CARRIER), "no carrier");
});

Deno.test("carrierText() tells the other changes, and is silent when there is none", () => {
  assert.equal(carrierText(NO_CARRIER, RUNNING), "carrier up");
  assert.equal(carrierText(DOWN, RUNNING), "carrier up");
  assert.equal(carrierText(RUNNING, DOWN), "interface down");
  assert.equal(carrierText(NO_CARRIER, DOWN), "interface down");
  for (const same of [DOWN, NO_CARRIER, RUNNING]) assert.equal(carrierText(same, same), null);
  assert.equal(carrierText(null, RUNNING), null);
  assert.equal(carrierText(null, DOWN), null); // it is being set up
});
