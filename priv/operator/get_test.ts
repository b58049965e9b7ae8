import assert from "node:assert/strict";
import { ExitError } from "../exit_code.ts";
import { prefixOf, targetOf } from "./target.ts";
import { run, withDirectory } from "./testing/command.ts";
import { FakeDaemon } from "./testing/fake_daemon.ts";
import { placed, SELECTING, TREE } from "./testing/keys_fixture.ts";

function codeOf(body: () => unknown): number {
  try {
    body();
  } catch (error) {
    assert.ok(error instanceof ExitError, String(error));
    return error.code;
  }
  return 0;
}

Deno.test("targetOf() finds what is meant when it is a key", () => {
  const both = ["eth0", "eth1"];
  const expected: [string, string[], string | null, string][] = [
    ["eth0/ip", both, "eth0", "/ip"],
    ["eth0/lease/", both, "eth0", "/lease"],
    ["eth0", both, "eth0", "/"],
    ["/interface/eth0/ip", both, "eth0", "/ip"],
    ["/interface/eth9/ip", both, "eth9", "/ip"],
    ["/daemon/version", both, null, "/version"],
    ["/daemon", both, null, "/"],
    ["ip", ["eth0"], "eth0", "/ip"],
    ["/lease/time", ["eth0"], "eth0", "/lease/time"],
    ["nameserver", ["eth0"], "eth0", "/nameserver"],
    ["ip", ["ip", "eth0"], "ip", "/"], // an interface of that name
  ];
  for (const [text, names, interfaceName, key] of expected) {
    assert.deepEqual(targetOf(text, names), { interfaceName, key }, text);
  }
});

Deno.test("targetOf() throws when it is ambiguous, unknown or malformed", () => {
  assert.equal(codeOf(() => targetOf("ip", ["eth0", "eth1"])), 64);
  assert.equal(codeOf(() => targetOf("ip", [])), 64);
  assert.equal(codeOf(() => targetOf("eth9/ip", ["eth0"])), 66);
  assert.equal(codeOf(() => targetOf("eth0/a/b/c/d/e/f", ["eth0"])), 64);
  for (const bad of ["", "/", "no-such", "eth0 /ip", "eth0/\x1b", "eth0/".padEnd(80, "x")]) {
    assert.equal(codeOf(() => targetOf(bad, ["eth0"])), 64, bad);
  }
});

Deno.test("prefixOf() gives the path to subscribe to when there is one", () => {
  const expected: [string | undefined, string][] = [
    [undefined, "/"],
    ["/", "/"],
    ["eth0", "/interface/eth0"],
    ["eth0/lease", "/interface/eth0/lease"],
    ["/daemon", "/daemon"],
    ["/daemon/audit", "/daemon/audit"],
    ["/interface", "/interface"],
  ];
  for (const [text, path] of expected) assert.equal(prefixOf(text), path);
  for (const bad of ["eth0/no-such", "/eth0", "eth0/\n"]) {
    assert.equal(codeOf(() => prefixOf(bad)), 64, bad);
  }
});

Deno.test("get prints a value, or a line for each key below", async () => {
  await withDirectory(async (directory) => {
    using daemon = new FakeDaemon(`${directory}/:control`, TREE);
    const get = (key: string) => run("get", key, `--run-dir=${directory}`);
    assert.deepEqual(await get("eth0/ip"), { code: 0, stdout: "192.0.2.7/24\n", stderr: "" });
    assert.deepEqual(await get("/daemon/version"), { code: 0, stdout: "0.1.0\n", stderr: "" });
    const lease = await get("eth0/lease");
    assert.equal(
      lease.stdout,
      "eth0/lease/server 192.0.2.1\neth0/lease/time 3600\neth0/lease/t1 1800\neth0/lease/t2 3150\n",
    );
    assert.deepEqual(await get("eth0/wpad"), {
      code: 66,
      stdout: "",
      stderr: "mirage-dhcp: Cannot get eth0/wpad: not set\n",
    });
    assert.deepEqual(await get("eth0/seed"), {
      code: 77,
      stdout: "",
      stderr: "mirage-dhcp: Cannot get eth0/seed: it may not be read\n",
    });
    assert.equal((await get("eth0/no-such")).code, 64);
    assert.equal((await get("ip")).code, 64, "two interfaces");
    daemon.commit(Object.fromEntries(
      Object.keys(placed("eth1", SELECTING)).map((path) => [path, null]),
    ));
    assert.equal((await get("ip")).stdout, "192.0.2.7/24\n", "one interface");
  });
});
