import assert from "node:assert/strict";
import fc from "fast-check";
import { DIRECTIVES } from "../config/directives.ts";
import { ExitCode, ExitError } from "../exit_code.ts";
import { DHCPCD_OPTIONS } from "./dhcpcd_options.ts";
import { DHCPCD_CONF, type DhcpcdLine, readDhcpcdLine } from "./dhcpcd_line.ts";

function read(line: string, isThere: (path: string) => boolean = () => false): DhcpcdLine {
  return readDhcpcdLine(line === "" ? [] : line.split(" "), isThere);
}

/** Directives as lines of a file. */
function directives(line: string): string[] {
  return read(line).directives.map(({ name, text }) => `${name} ${text}`.trim());
}

Deno.test("readDhcpcdLine() reads LinuxKit's line", () => {
  const line = read("--nobackground -f /dhcpcd.conf -1");
  assert.deepEqual(line, {
    command: null,
    options: ["--config=/dhcpcd.conf"],
    interfaces: [],
    directives: [{ name: "oneshot", text: "", line: 4 }],
    foreground: true,
    staysAfterTimeout: true,
    quiet: false,
  });
});

Deno.test("readDhcpcdLine() makes directives of what the file has too", () => {
  const lines: [string, string[]][] = [
    ["-4 eth0", ["ipv4only"]],
    ["-t 5 --time=7", ["timeout 5", "timeout 7"]],
    ["-AGLp", ["noarp", "nogateway", "noipv4ll", "persistent"]],
    ["-h box -I 01:02 -m 9", ["hostname box", "clientid 01:02", "metric 9"]],
    ["--hostname --clientid --duid=ll -D", ["hostname", "clientid", "duid ll", "duid"]],
    ["-o ntp_servers -O routers -Q 3", ["option ntp_servers", "nooption routers", "require 3"]],
    ["-z eth* -Z eth9", ["allowinterfaces eth*", "denyinterfaces eth9"]],
    ["-w --waitip=4", ["waitip", "waitip 4"]],
    ["-S routers=192.0.2.1", ["static routers=192.0.2.1"]],
    ["-C resolv.conf -c /x -e A=b", ["nohook resolv.conf", "script /x", "env A=b"]],
    ["-b", ["background"]],
    ["--fallback=home --anonymous", ["fallback home", "anonymous"]],
    ["-d -q -M -B", []],
  ];
  for (const [line, expected] of lines) assert.deepEqual(directives(line), expected, line);
});

Deno.test("readDhcpcdLine() knows which file is meant", () => {
  const there = (path: string): boolean => path === DHCPCD_CONF;
  const config = (line: string, isThere = there) => read(line, isThere).options[0];
  assert.equal(config(""), "--config=/etc/dhcpcd.conf");
  assert.equal(config("", () => false), "--config=none");
  assert.equal(config("-f /x.conf"), "--config=/x.conf");
  assert.equal(config("-f/dev/null"), "--config=none");
});

Deno.test("readDhcpcdLine() knows how much is logged", () => {
  const levels: [string, string | undefined, boolean][] = [
    ["", undefined, false],
    ["-d", "debug", false],
    ["-q", "warning", true],
    ["-qq", "error", true],
    ["-qd", "debug", false],
    ["-ddq", "warning", true],
    ["-dd", "debug", false],
  ];
  for (const [line, level, quiet] of levels) {
    const { options, quiet: isQuiet } = read(line);
    assert.equal(options[1], level === undefined ? undefined : `--log-level=${level}`, line);
    assert.equal(isQuiet, quiet, line);
  }
});

Deno.test("readDhcpcdLine() knows where the daemon runs, and what it does when the time is over", () => {
  assert.equal(read("eth0").foreground, false);
  assert.equal(read("-b eth0").foreground, false);
  assert.equal(read("-B eth0").foreground, true);
  assert.equal(read("-1 eth0").foreground, true);
  assert.equal(read("eth0").staysAfterTimeout, false);
  assert.equal(read("-M eth0").staysAfterTimeout, true);
  assert.equal(read("--master eth0").staysAfterTimeout, true);
  assert.equal(read("eth0 eth1").staysAfterTimeout, true);
});

Deno.test("readDhcpcdLine() knows commands, and which one counts", () => {
  const commands: [string, string | null][] = [
    ["eth0", null],
    ["-k eth0", "release"],
    ["-x", "exit"],
    ["-n", "rebind"],
    ["-N", "renew"],
    ["-g", "reconfigure"],
    ["-U4 eth0", "dumplease"],
    ["-V", "variables"],
    ["--version", "version"],
    ["-?", "help"],
    ["-nx", "exit"],
    ["-x --help", "help"],
    ["-T --help", "help"],
  ];
  for (const [line, command] of commands) assert.equal(read(line).command, command, line);
});

Deno.test("readDhcpcdLine() gives a line or one line of complaint, whatever the words", () => {
  const options = DHCPCD_OPTIONS.flatMap((
    { long, short },
  ) => [`--${long}`, `-${short ?? long[0]}`]);
  const word = fc.oneof(
    fc.string(),
    fc.constantFrom(...options),
    fc.constantFrom("eth0", "--", ""),
  );
  fc.assert(fc.property(fc.array(word, { maxLength: 8 }), (words) => {
    try {
      const { directives } = readDhcpcdLine(words, () => false);
      for (const { name, line } of directives) {
        assert.ok(DIRECTIVES.has(name), name);
        assert.ok(line >= 1 && line <= words.length);
      }
    } catch (error) {
      assert.ok(error instanceof ExitError, String(error));
      assert.equal(error.code, ExitCode.USAGE);
    }
  }));
});

Deno.test("readDhcpcdLine() refuses what it would do otherwise than asked", () => {
  for (const line of ["-T eth0", "--test", "-P", "-6", "-46"]) {
    assert.throws(() => read(line), ExitError, line);
  }
});
