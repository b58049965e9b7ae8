import assert from "node:assert/strict";
import { CASES } from "./netlink_fixture.ts";
import { NetlinkError } from "./netlink.ts";

// A namespace of its own makes changes harmless; an ordinary user gets one together with a user
// namespace, where the system permits that.
const UNSHARE = Deno.uid() === 0 ? ["--net"] : ["--user", "--map-root-user", "--net"];

function run(command: string, args: string[]): string {
  try {
    const output = new Deno.Command(command, { args }).outputSync();
    return output.success ? "" : new TextDecoder().decode(output.stderr) || `exit ${output.code}`;
  } catch (error) {
    return String(error);
  }
}

const missing = run("unshare", [...UNSHARE, "ip", "-Version"]);
const skip = missing !== "" && Deno.env.get("REQUIRE_ROOT") !== "1";
if (skip) console.log(`SKIP netlink tests: no network namespace: ${missing.trim()}`);

for (const name of Object.keys(CASES)) {
  Deno.test({
    name: name + (skip ? " [skip: no network namespace]" : ""),
    ignore: skip,
    fn: () => {
      const fixture = new URL("./netlink_fixture.ts", import.meta.url).pathname;
      // The flags of the compiled program.
      const flags = ["--allow-all", "--no-check", "--v8-flags=--single-threaded,--jitless"];
      const error = run("unshare", [
        ...UNSHARE,
        Deno.execPath(),
        "run",
        ...flags,
        fixture,
        name,
      ]);
      assert.equal(error, "");
    },
  });
}

Deno.test("NetlinkError names what failed and why", () => {
  const error = new NetlinkError("add route 0.0.0.0/0", 6, "object exists");
  assert.equal(error.message, "Cannot add route 0.0.0.0/0: object exists (NLE_EXIST 6)");
  assert.equal(new NetlinkError("x", 99, "y").message, "Cannot x: y (NLE_? 99)");
});
