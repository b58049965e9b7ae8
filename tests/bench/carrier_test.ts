/**
 * Tests of carrier.ts.
 *
 * @module
 */

import assert from "node:assert/strict";
import { darkness } from "./carrier.ts";

Deno.test("darkness() spreads over two to twelve seconds, whatever the number of rounds", () => {
  assert.equal(darkness(0, 1), 7000);
  assert.deepEqual([0, 1, 2, 3].map((round) => darkness(round, 4)), [3250, 5750, 8250, 10750]);
});
