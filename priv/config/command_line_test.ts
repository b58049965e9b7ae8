/**
 * Directives of a command line, over and below those of a file.
 *
 * @module
 */

import assert from "node:assert/strict";
import { ExitCode, ExitError } from "../exit_code.ts";
import { interfaceOptions } from "../interface_options.ts";
import { type CommandLine, joinOptions, type PrivOptions, readCommandLine } from "../options.ts";
import { readConfiguration } from "./file.ts";
import type { Directive } from "./parse.ts";
import { reloadOptions } from "./reload.ts";
import { withFile } from "./testing/temporary_file.ts";
import { LINUXKIT_CONF } from "./testing/config_text.ts";

/** `NAME VALUE` each, as words of a command line. */
function directives(lines: readonly string[]): Directive[] {
  return lines.map((text, i) => {
    const [name, ...rest] = text.split(" ");
    return { name, text: rest.join(" "), line: i + 1 };
  });
}

function lineOf(
  words: readonly string[],
  over: readonly string[],
  below: readonly string[] = [],
): CommandLine {
  const line = readCommandLine(words);
  const dhcpcd = { directives: directives(over), defaults: directives(below), marksReady: false };
  return { ...line, dhcpcd };
}

/** What a file with `text` and a command line with these directives decide. */
function decide(
  text: string,
  line: CommandLine,
  body: (options: PrivOptions, path: string) => void,
): void {
  withFile(text, (path) => body(joinOptions(line, readConfiguration(line, path)), path));
}

Deno.test("readConfiguration() lets the command line count before the file and its blocks", () => {
  const text = "metric 5\nhostname box\ninterface eth1\nmetric 6\nnohook mtu\n";
  decide(text, lineOf(["eth0", "eth1"], ["metric 7", "oneshot", "timeout 9"]), (options) => {
    assert.equal(options.metric, 7);
    assert.equal(options.oneshot, true);
    assert.equal(options.timeoutMs, 9_000);
    assert.equal(interfaceOptions(options, "eth1").metric, 7);
    assert.equal(options.dhcp.hostName, "box");
  });
});

Deno.test("readConfiguration() adds to lists that the file has", () => {
  const text = "nooption ntp_servers\ninterface eth1\nnooption routers\n";
  const line = lineOf(["eth0", "eth1"], ["nooption domain_name", "require routers"]);
  decide(text, line, (options) => {
    const given = (name: string) => options.layers.blocks[0].settings.get(name)?.value;
    const all = options.layers.file.get("nooption")?.value;
    assert.equal(all, "ntp_servers domain_name");
    assert.match(String(given("nooption")), /routers.* domain_name$/);
  });
});

Deno.test("readConfiguration() lets the file count before the defaults", () => {
  const below = ["syslog local", "metric 3"];
  decide("metric 5", lineOf(["eth0"], [], below), (options) => {
    assert.equal(options.metric, 5);
    assert.equal(options.services.log.syslog, "local");
  });
});

Deno.test("joinOptions() takes all interfaces by dhcpcd's command line, unless some are named", () => {
  const names = (text: string, words: readonly string[], over: readonly string[] = []) => {
    let found: readonly string[] = [];
    decide(text, lineOf(words, over), ({ interfaces }) => void (found = interfaces));
    return found;
  };
  assert.deepEqual(names("", []), ["*"]);
  assert.deepEqual(names("interface eth1\nmetric 4\n", []), ["*"]);
  assert.deepEqual(names(LINUXKIT_CONF, []), ["eth*"]);
  assert.deepEqual(names(LINUXKIT_CONF, ["eth1"]), ["eth1"]);
  assert.deepEqual(names("", [], ["allowinterfaces en*,eth*"]), ["en*", "eth*"]);
});

Deno.test("readConfiguration() denies what file and command line deny", () => {
  decide("denyinterfaces veth*", lineOf([], ["denyinterfaces eth9"]), ({ interfaces, denied }) => {
    assert.deepEqual([interfaces, denied], [["*"], ["veth*", "eth9"]]);
  });
});

Deno.test("readConfiguration() needs no file, and there is none then", () => {
  const line = lineOf(["eth0"], ["noarp", "script /x"]);
  const options = joinOptions(line, readConfiguration(line, null));
  assert.equal(options.configFile, null);
  assert.equal(options.dhcp.acd, "off");
  assert.equal(options.warnings.length, 1);
  assert.match(options.warnings[0], /^command line:2: script is not done: /);
});

Deno.test("readConfiguration() refuses a wrong option by its place on the command line", () => {
  for (const over of ["metric x", "reject routers", "whitelist 192.0.2.1", "ipv6only"]) {
    const line = lineOf(["eth0"], ["noarp", over]);
    assert.throws(() => readConfiguration(line, null), (error) => {
      assert.ok(error instanceof ExitError);
      assert.equal(error.code, ExitCode.USAGE);
      assert.match(error.message, /^command line:2: /);
      return true;
    });
  }
});

Deno.test("reloadOptions() goes on with the command line's directives", () => {
  withFile("metric 5\nhostname box", (path) => {
    const line = lineOf(["-f", path, "eth0"], ["metric 7"]);
    const options = joinOptions(line, readConfiguration(line, path));
    Deno.writeTextFileSync(path, "metric 6\nhostname crate\n");
    const result = reloadOptions(options, options);
    assert(result.ok);
    assert.equal(result.options.metric, 7);
    assert.equal(result.options.dhcp.hostName, "crate");
  });
});
