import assert from "node:assert/strict";
import { commandHint, mistakenCommand } from "./command_hint.ts";

Deno.test("commandHint() knows a slip in a command's name from an interface's", () => {
  assert.equal(commandHint("staus"), " (did you mean the command status?)");
  for (const name of ["eth0", "wlan*", "enp3s0", "br0", "ppp0", "lo"]) {
    assert.equal(commandHint(name), "", name);
  }
});

Deno.test("mistakenCommand() refuses what is rather a command, unless there is such an interface", () => {
  const none = () => false;
  for (const word of ["statu", "version", "restart", "licences"]) {
    assert.match(
      mistakenCommand([word], none) ?? "",
      /^Cannot use \w+: there is neither such a command/,
    );
    assert.equal(mistakenCommand([word], () => true), null, word);
    assert.equal(mistakenCommand(["--", word], none), null, word);
  }
  for (const argv of [["eth0"], ["--oneshot", "statu"], ["eth*"], [], ["wlan0", "stop"]]) {
    assert.equal(mistakenCommand(argv, none), null, argv.join(" "));
  }
});
