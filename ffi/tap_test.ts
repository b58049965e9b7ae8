import assert from "node:assert/strict";
import { Namespace } from "../tests/support/namespace.ts";
import { testWith } from "../tests/support/requirements.ts";
import { closeFd, pipe } from "./fd.ts";
import { tapMtu } from "./tap.ts";

Deno.test("tapMtu() gives null for what is no end of a tap interface", () => {
  const ends = pipe();
  try {
    assert.equal(tapMtu(ends[0]), null);
  } finally {
    for (const fd of ends) closeFd(fd);
  }
  assert.throws(() => tapMtu(-1), /EBADF/);
});

testWith(["root", "netns"], "openTap() takes the end of an interface, and makes none", async () => {
  const namespace = await Namespace.create();
  try {
    await namespace.run(..."ip tuntap add dev tap0 mode tap".split(" "));
    await namespace.run(..."ip link set dev tap0 mtu 1400 up".split(" "));
    const fixture = `${import.meta.dirname}/tap_fixture.ts`;
    const said = await namespace.run(Deno.execPath(), "run", "-A", "--no-check", fixture);
    assert.equal(said, "passed\n");
    assert.equal((await namespace.ip<unknown[]>("link", "show")).length, 2);
  } finally {
    await namespace.close();
  }
});
