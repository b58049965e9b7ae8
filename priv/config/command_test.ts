import assert from "node:assert/strict";
import { ExitCode } from "../exit_code.ts";
import { checkConfig, runConfigCommand } from "./command.ts";
import { LINUXKIT_CONF } from "./testing/config_text.ts";
import { withFile } from "./testing/temporary_file.ts";

Deno.test("checkConfig() is content with LinuxKit's file", () => {
  withFile(LINUXKIT_CONF, (path) => {
    assert.deepEqual(checkConfig(path), { exitCode: ExitCode.OK, stdout: "", stderr: "" });
  });
});

Deno.test("checkConfig() lists all that is wrong, warnings too", () => {
  withFile("hostnme\nmetric x\n\nbootp\x1b", (path) => {
    const { exitCode, stdout } = checkConfig(path);
    assert.equal(exitCode, ExitCode.CONFIG);
    assert.deepEqual(stdout.split("\n"), [
      `${path}:1: warning: unknown directive hostnme (did you mean "hostname"?)`,
      `${path}:2: Cannot use metric x: not a number from 0 to 4294967295`,
      `${path}:4: warning: unknown directive bootp\\x1b (did you mean "bootp"?)`,
      "",
    ]);
  });
});

Deno.test("checkConfig() finds directives that contradict each other", () => {
  withFile("release\npersistent\n", (path) => {
    const { exitCode, stdout } = checkConfig(path);
    assert.equal(exitCode, ExitCode.CONFIG);
    assert.equal(stdout, `${path}:2: Cannot use --release with --persistent\n`);
  });
});

Deno.test("checkConfig() has nothing to check when there is no file", () => {
  assert.equal(checkConfig(null).exitCode, ExitCode.USAGE);
  const { exitCode, stderr } = checkConfig("/nowhere/x.conf");
  assert.equal(exitCode, ExitCode.NOINPUT);
  assert.equal(stderr, "mirage-dhcp: Cannot read /nowhere/x.conf: no such file\n");
});

Deno.test("runConfigCommand() prints what a daemon with these options would have", () => {
  withFile("noarp\nfrob\n", (path) => {
    const printed = runConfigCommand(["--print", "-f", path, "--metric=3", "eth0"]);
    assert.equal(printed.exitCode, ExitCode.OK);
    assert.match(printed.stdout, new RegExp(`^acd off +# ${path}:1$`, "m"));
    assert.match(printed.stdout, /^metric 3 +# command line$/m);
    assert.equal(printed.stderr, `mirage-dhcp: ${path}:2: unknown directive frob\n`);
    const json = runConfigCommand(["--print", "--json", "-f", path]);
    assert.deepEqual(JSON.parse(json.stdout).settings.acd, { value: "off", origin: `${path}:1` });
  });
});

Deno.test("runConfigCommand() fails as the daemon would", () => {
  const { exitCode, stdout, stderr } = runConfigCommand(["--print", "--config=none", "--acd=x"]);
  assert.equal(exitCode, ExitCode.USAGE);
  assert.equal(stdout, "");
  assert.match(stderr, /^mirage-dhcp: Cannot use --acd "x": .*\n$/);
});
