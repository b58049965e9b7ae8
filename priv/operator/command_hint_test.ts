import assert from "node:assert/strict";
import { commandHint } from "./command_hint.ts";

Deno.test("commandHint() knows a slip in a command's name from an interface's", () => {
  assert.equal(commandHint("staus"), " (did you mean the command status?)");
  for (const name of ["eth0", "wlan*", "enp3s0", "br0", "ppp0", "lo"]) {
    assert.equal(commandHint(name), "", name);
  }
});
