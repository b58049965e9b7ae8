import assert from "node:assert/strict";
import { Snapshot } from "./snapshot.ts";

Deno.test("Snapshot sorts what it is told by interface", () => {
  const snapshot = new Snapshot([
    { path: "/daemon/pid", text: "1" },
    { path: "/interface/eth0/ip", text: "a" },
    { path: "/interface/eth1/lease/time", text: "b" },
    { path: "/elsewhere/ip", text: "c" },
    { path: "/interface/../ip", text: "d" },
    { path: "/interface", text: "e" },
    { path: "/", text: "f" },
  ]);
  assert.deepEqual([...snapshot.daemon], [["/pid", "1"]]);
  assert.deepEqual([...snapshot.interfaces].map(([name, keys]) => [name, ...keys]), [
    ["eth0", ["/ip", "a"]],
    ["eth1", ["/lease/time", "b"]],
  ]);
  assert.equal(snapshot.get({ interfaceName: "eth0", key: "/ip" }), "a");
  assert.equal(snapshot.get({ interfaceName: "eth9", key: "/ip" }), null);
});

Deno.test("Snapshot forgets an interface when its last key is deleted", () => {
  const snapshot = new Snapshot([{ path: "/interface/eth0/ip", text: "a" }]);
  snapshot.apply([{ path: "/interface/eth0/ip", text: null }, { path: "/daemon/x", text: null }]);
  assert.equal(snapshot.interfaces.size, 0);
});

Deno.test("Snapshot takes a value with a control character for none", () => {
  const snapshot = new Snapshot([{ path: "/interface/eth0/ip", text: "a" }]);
  for (const text of ["a\nb", "\x1b[2J", "\x7f", "\x80", ""]) {
    snapshot.apply([{ path: "/interface/eth0/ip", text: "a" }]);
    snapshot.apply([{ path: "/interface/eth0/ip", text }]);
    assert.equal(snapshot.interfaces.size, 0, JSON.stringify(text));
  }
});
