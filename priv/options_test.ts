import assert from "node:assert/strict";
import { ExitCode, ExitError } from "./exit_code.ts";
import { helpText } from "./help.ts";
import { OPTION_TABLE, parseCommandLine, type PrivOptions } from "./options.ts";

function options(...argv: string[]): PrivOptions {
  const command = parseCommandLine(argv);
  assert.equal(command.kind, "run");
  return (command as { options: PrivOptions }).options;
}

Deno.test("parseCommandLine() gives the defaults when only an interface is named", () => {
  assert.deepEqual(options("eth0"), {
    interfaces: ["eth0"],
    oneshot: false,
    timeoutMs: 30_000,
    persistent: false,
    runDir: "/var/run/dhcp-client",
    stateDir: "/var/lib/dhcp-client",
    resolvConf: "/etc/resolv.conf",
    logLevel: "info",
  });
});

Deno.test("parseCommandLine() takes every option when it is well formed", () => {
  assert.deepEqual(
    options(
      "--mode=priv",
      "-1",
      "--timeout",
      "5",
      "--persistent",
      "--run-dir=/r/",
      "--state-dir=/s",
      "--resolv-conf=none",
      "--log-level=debug",
      "eth1",
      "eth0",
      "eth1",
    ),
    {
      interfaces: ["eth1", "eth0"],
      oneshot: true,
      timeoutMs: 5_000,
      persistent: true,
      runDir: "/r",
      stateDir: "/s",
      resolvConf: null,
      logLevel: "debug",
    },
  );
});

Deno.test("parseCommandLine() waits for ever when the time-out is 0", () => {
  assert.equal(options("-1", "--timeout=0", "eth0").timeoutMs, null);
});

const REFUSED: readonly (readonly [what: string, argv: readonly string[]])[] = [
  ["an unknown option", ["--frobnicate", "eth0"]],
  ["an unknown short option", ["-9", "eth0"]],
  ["a value for a switch", ["--oneshot=yes", "eth0"]],
  ["a missing value", ["--run-dir"]],
  ["no interface", []],
  ["an interface name with a slash", ["../etc"]],
  ["an interface name of two dots", [".."]],
  ["an interface name of 16 characters", ["abcdefghijklmnop"]],
  ["an interface name with a control character", ["eth\n0"]],
  ["an empty interface name", [""]],
  ["a time-out with a unit", ["-1", "--timeout=5s", "eth0"]],
  ["a negative time-out", ["-1", "--timeout=-5", "eth0"]],
  ["a time-out of more than a day", ["-1", "--timeout=86401", "eth0"]],
  ["a time-out for the daemon", ["--timeout=5", "eth0"]],
  ["a relative directory", ["--run-dir=run", "eth0"]],
  ["an unknown log level", ["--log-level=loud", "eth0"]],
];

for (const [what, argv] of REFUSED) {
  Deno.test(`parseCommandLine() refuses ${what} in one line`, () => {
    assert.throws(() => parseCommandLine(argv), (error) => {
      assert(error instanceof ExitError);
      assert.equal(error.code, ExitCode.USAGE);
      assert.doesNotMatch(error.message, /\n/);
      assert.match(error.message, /--help/);
      return true;
    });
  });
}

Deno.test("helpText() explains every option and every exit code, in 80 columns", () => {
  const text = helpText("1.2.3");
  assert.match(text, /^mirage-dhcp 1\.2\.3 /);
  for (const { name } of OPTION_TABLE) assert(text.includes(`--${name}`), name);
  for (const code of Object.values(ExitCode)) {
    assert.match(text, new RegExp(`^ +${code} +\\w`, "m"));
  }
  for (const line of text.split("\n")) assert(line.length <= 80, line);
});

Deno.test("parseCommandLine() recognizes --help and --version before anything else is checked", () => {
  assert.deepEqual(parseCommandLine(["-h"]), { kind: "help" });
  assert.deepEqual(parseCommandLine(["--version"]), { kind: "version" });
});
