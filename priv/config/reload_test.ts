import assert from "node:assert/strict";
import { parseCommandLine, type PrivOptions } from "../options.ts";
import { readConfigFile } from "./file.ts";
import { changedInterfaces } from "../interface_changes.ts";
import { reloadOptions } from "./reload.ts";
import { optionsOf } from "./testing/config_text.ts";
import { withFile } from "./testing/temporary_file.ts";

/** Starts with one text, and reads the file again when it has another. */
function reload(
  before: string,
  after: string | null,
  body: (result: ReturnType<typeof reloadOptions>, previous: PrivOptions, path: string) => void,
  argv: readonly string[] = ["eth0"],
): void {
  withFile(before, (path) => {
    const line = ["-f", path, ...argv];
    const command = parseCommandLine(line, readConfigFile(path));
    assert(command.kind === "run");
    if (after === null) Deno.removeSync(path);
    else Deno.writeTextFileSync(path, after);
    body(reloadOptions(command.options, command.options), command.options, path);
  });
}

Deno.test("reloadOptions() gives what the file says now", () => {
  reload("noarp", "hostname box\nmetric 4\nlog-level debug\nfrob", (result, _, path) => {
    assert(result.ok);
    const { dhcp, metric, services } = result.options;
    assert.deepEqual([dhcp.acd, dhcp.hostName, metric], ["after", "box", 4]);
    assert.equal(services.log.level, "debug");
    assert.deepEqual(result.warnings, [`${path}:4: unknown directive frob`]);
  });
});

Deno.test("reloadOptions() lets the command line count before the file as at the start", () => {
  reload("metric 4", "metric 5", (result) => {
    assert(result.ok);
    assert.equal(result.options.metric, 1);
  }, ["--metric=1", "eth0"]);
});

for (
  const [what, after, reason] of [
    ["is gone", null, /^Cannot read .*: no such file$/],
    ["has an error", "metric x", /test\.conf:1: Cannot use metric x/],
    ["contradicts itself", "release\npersistent", /test\.conf:2: /],
  ] as const
) {
  Deno.test(`reloadOptions() says why the former options go on when the file ${what}`, () => {
    reload("noarp", after, (result) => {
      assert(!result.ok);
      assert.match(result.reason, reason);
      assert.doesNotMatch(result.reason, /\n/);
    });
  });
}

Deno.test("reloadOptions() refuses a file that names no interface any more", () => {
  reload("allowinterfaces eth0", "noarp", (result) => assert(!result.ok), []);
});

Deno.test("reloadOptions() keeps what cannot change while the daemon runs, and says so", () => {
  const fixed = [
    ...["oneshot", "run-dir /r", "state-dir /s", "resolv-conf /x", "apply-hostname never"],
    ...["nowait", "no-control", "metrics none", "audit-log /a", "user root", "log-file /l/x"],
  ];
  reload(
    "audit-keep 1",
    [...fixed, "audit-keep 2", "metrics-textfile /m.prom", "log-format kv"].join("\n"),
    (
      result,
      previous,
    ) => {
      assert(result.ok);
      const { services, ...rest } = result.options;
      for (const name of ["oneshot", "timeoutMs", "runDir", "stateDir", "resolvConf"] as const) {
        assert.equal(rest[name], previous[name], name);
      }
      assert.equal(rest.applyHostName, "auto");
      assert.deepEqual(services, {
        ...previous.services,
        log: { ...previous.services.log, format: "kv" },
      });
      assert.deepEqual(
        result.warnings.map((text) => text.split(" ")[0]),
        [
          ...["oneshot", "timeout", "run-dir", "state-dir", "resolv-conf", "apply-hostname"],
          ...[
            "user",
            "nowait",
            "no-control",
            "metrics",
            "metrics-textfile",
            "audit-log",
            "audit-keep",
          ],
          "log-file",
        ],
      );
    },
  );
});

Deno.test("reloadOptions() lets a log file come, go and move where one could be at the start", () => {
  reload("log-file /l/a\nstate-dir /s", "log-file /l/b\nstate-dir /s", (result) => {
    assert(result.ok);
    assert.equal(result.options.services.log.file, "/l/b");
    assert.deepEqual(result.warnings, []);
  });
  reload("state-dir /s", "log-file /s/b\nstate-dir /s", (result) => {
    assert(result.ok);
    assert.equal(result.options.services.log.file, "/s/b");
  });
  reload("log-file /l/a", "", (result) => {
    assert(result.ok);
    assert.equal(result.options.services.log.file, null);
  });
});

Deno.test("changedInterfaces() names those for which something is different", () => {
  const names = ["eth0", "eth1"];
  const changed = (before: string, after: string) =>
    changedInterfaces(optionsOf(before, ...names), optionsOf(after, ...names), names);
  assert.deepEqual(
    changed("noarp\ninterface eth0\nnohook mtu", "acd off\ninterface eth0\nnohook 10-mtu"),
    [],
  );
  assert.deepEqual(changed("", "interface eth1\nnogateway"), ["eth1"]);
  assert.deepEqual(changed("", "interface eth0\nmetric 5"), ["eth0"]);
  assert.deepEqual(changed("metric 4", "metric 5"), names);
  assert.deepEqual(
    changed("metric 4\ninterface eth0\nmetric 1", "metric 5\ninterface eth0\nmetric 1"),
    [
      "eth1",
    ],
  );
  assert.deepEqual(changed("", "userclass x"), names);
});
