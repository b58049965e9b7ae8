import assert from "node:assert/strict";
import { ExitCode, ExitError } from "../exit_code.ts";
import { dhcpClientHelp, readDhcpClientLine } from "./dhcp_client.ts";

function argv(line: string): string {
  const command = readDhcpClientLine(line === "" ? [] : line.split(" "));
  assert.ok(command.kind === "run");
  return command.argv.join(" ");
}

Deno.test("readDhcpClientLine() gives our own command line", () => {
  const lines: [string, string][] = [
    ["", "--oneshot --log-level=warning -- eth0"],
    ["-v", "--oneshot --log-level=info -- eth0"],
    ["-vv", "--oneshot --log-level=debug -- eth0"],
    ["-v --verbose --ethif=eth1", "--oneshot --log-level=debug -- eth1"],
    ["--eth eth1", "--oneshot --log-level=warning -- eth1"],
    ["-e eth1 -q", "--oneshot --log-level=error -- eth1"],
    ["--verbosity=info --path /data", "--oneshot --log-level=info --run-dir=/data -- eth0"],
  ];
  for (const [line, expected] of lines) assert.equal(argv(line), expected, line);
});

Deno.test("readDhcpClientLine() warns of what has no effect", () => {
  const command = readDhcpClientLine(["--color=never"]);
  assert.ok(command.kind === "run");
  assert.equal(command.warnings.length, 1);
});

Deno.test("readDhcpClientLine() knows --help and --version", () => {
  assert.deepEqual(readDhcpClientLine(["--help=plain"]), { kind: "help" });
  assert.deepEqual(readDhcpClientLine(["--vers"]), { kind: "version" });
});

Deno.test("readDhcpClientLine() refuses the rest", () => {
  for (const line of ["eth0", "--cmd=/calf", "--verbosity=loud", "--ver", "--bogus", "-e"]) {
    assert.throws(() => readDhcpClientLine(line.split(" ")), (error) => {
      assert.ok(error instanceof ExitError, line);
      assert.equal(error.code, ExitCode.USAGE);
      assert.doesNotMatch(error.message, /\n/);
      return true;
    });
  }
});

Deno.test("dhcpClientHelp() fits in 80 columns", () => {
  for (const line of dhcpClientHelp().split("\n")) assert.ok(line.length <= 80, line);
});
