import assert from "node:assert/strict";
import { rehearse } from "./rehearsal.ts";

Deno.test("rehearse() says what a calf may say, and ends with its lease", () => {
  const { lease, refused } = rehearse();
  assert.deepEqual(refused, []);
  assert.equal(lease?.origin, "dhcp");
  assert.equal(lease?.leaseSeconds, 3600);
  assert.equal(lease?.nameservers.length, 1);
});
