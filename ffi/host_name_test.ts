import assert from "node:assert/strict";
import { ErrnoError } from "./errno.ts";
import { getHostName, setHostName } from "./host_name.ts";

// A namespace of its own keeps the machine's name; an ordinary user gets one with a user namespace.
const UNSHARE = Deno.uid() === 0 ? ["--uts"] : ["--user", "--map-root-user", "--uts"];
const INSIDE = "host_name_test_inside";

function unshare(...argv: string[]): string {
  try {
    const { success, stdout, stderr } = new Deno.Command("unshare", {
      args: [...UNSHARE, ...argv],
      env: { [INSIDE]: "1" },
    }).outputSync();
    return success ? "" : new TextDecoder().decode(stderr) + new TextDecoder().decode(stdout);
  } catch (error) {
    return String(error);
  }
}

if (Deno.env.get(INSIDE) === "1") {
  Deno.test("setHostName() sets what getHostName() and the kernel tell", () => {
    const name = "a".repeat(60) + ".org";
    for (const each of ["box", name, ""]) {
      setHostName(each);
      assert.equal(getHostName(), each);
      assert.equal(Deno.readTextFileSync("/proc/sys/kernel/hostname"), `${each}\n`);
    }
    assert.throws(
      () => setHostName(name + "x"),
      (error) => error instanceof ErrnoError && error.code === 22,
    );
  });
} else {
  const missing = unshare("true");
  const skip = missing !== "" && Deno.env.get("REQUIRE_ROOT") !== "1";
  Deno.test({
    name: "setHostName() sets the name of its namespace only" +
      (skip ? ` [skip: no UTS namespace: ${missing.trim()}]` : ""),
    ignore: skip,
    fn: () => {
      const before = getHostName();
      const file = new URL(import.meta.url).pathname;
      assert.equal(unshare(Deno.execPath(), "test", "--allow-all", "--no-check", file), "");
      assert.equal(getHostName(), before);
    },
  });
}
