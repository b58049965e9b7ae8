import assert from "node:assert/strict";
import { timeoutText } from "./timeout_text.ts";

Deno.test("timeoutText() tells what is not there from what has no lease", () => {
  assert.equal(timeoutText(["eth0", "eth1"], []), "no lease in time for eth0, eth1");
  assert.equal(timeoutText(["eth7"], ["eth7"]), "eth7 did not appear");
  assert.equal(
    timeoutText(["eth0", "eth7", "usb*"], ["eth7", "usb*"]),
    "no lease in time for eth0; eth7, usb* did not appear",
  );
});
