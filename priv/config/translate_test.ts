import assert from "node:assert/strict";
import fc from "fast-check";
import { ExitCode, ExitError } from "../exit_code.ts";
import { interfaceOptions } from "../interface_options.ts";
import { NAMES } from "./directives.ts";
import { MAX_PROBLEMS } from "./parse.ts";
import { LINUXKIT_CONF, optionsOf, problemsOf } from "./testing/config_text.ts";
import { translate } from "./translate.ts";

Deno.test("translate() makes of LinuxKit's file what it says, without a problem", () => {
  assert.deepEqual(problemsOf(LINUXKIT_CONF), []);
  const byDefault = optionsOf("", "eth*");
  const options = optionsOf(LINUXKIT_CONF);
  assert.deepEqual({ ...options, layers: null }, {
    ...byDefault,
    layers: null,
    interfaces: ["eth*"],
    persistent: true,
    dhcp: { ...byDefault.dhcp, acd: "off", require: [54] },
    configFile: "/c",
  });
  const own = interfaceOptions(options, "eth0");
  const alike = interfaceOptions(optionsOf("require 54", "--acd=off", "eth0"), "eth0");
  assert.deepEqual(own, alike);
  assert(own.dhcp.rapidCommit && own.dhcp.classlessRoutes && own.apply.mtu && own.apply.ntp);
});

Deno.test("translate() makes of LinuxKit's command line what it says", () => {
  const options = optionsOf(LINUXKIT_CONF, "-1");
  assert.equal(options.oneshot, true);
  assert.equal(options.timeoutMs, 30_000);
});

const WRONG: readonly (readonly [text: string, problems: readonly string[]])[] = [
  ["hostnme x", ['1 warning: unknown directive hostnme (did you mean "hostname"?)']],
  ["frobnicate\x1b[31m", ["1 warning: unknown directive frobnicate\\x1b[31m"]],
  ["\nhostname my box", [
    "2 error: Cannot use hostname my box: a label of other than letters, digits and hyphens",
  ]],
  ['hostname "box', ['1 error: Cannot use hostname "box: the closing quote is missing']],
  ["metric -1", ["1 error: Cannot use metric -1: not a number from 0 to 4294967295"]],
  ["metric", ["1 error: metric lacks its value"]],
  ["persistent yes", ["1 error: Cannot use persistent yes: it takes no value but on and off"]],
  ["option domain_nam", [
    '1 error: Cannot use option domain_nam: no option of DHCP (did you mean "domain_name"?)',
  ]],
  ["option 0", ["1 error: Cannot use option 0: no option of DHCP"]],
  ["option", ["1 error: option names no option"]],
  ["option nis_domain", ["1 warning: option nis_domain is not asked for: nothing here reads it"]],
  ["nooption subnet_mask", ["1 warning: nooption subnet_mask: a lease is none without it"]],
  ["require 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17", ["1 error: require: more than 16 options"]],
  ["allowinterfaces", ["1 error: allowinterfaces names no interface"]],
  ["allowinterfaces ../x", [
    "1 error: Cannot use allowinterfaces ../x: not the name of an interface",
  ]],
  ["interface", ["1 error: interface names no interface"]],
  ["interface eth0\npersistent", [
    "2 warning: persistent is about the whole daemon: not done in a block",
  ]],
  ["interface eth0\nrun-dir /r", [
    "2 warning: run-dir is about the whole daemon: not done in a block",
  ]],
  ["interface eth0 eth1\ninform 192.0.2.9/24", [
    "1 error: inform in a block of several interfaces: it is for one",
  ]],
  ["interface eth*\niaid 5", ["1 error: iaid in a block of several interfaces: it is for one"]],
  ["iaid 5", ["1 error: iaid is for an interface block only"]],
  ["inform", [
    "1 error: inform needs an ADDRESS/PREFIX: what the interface has already is not looked at",
  ]],
  ["nodhcp", ["1 error: nodhcp for all interfaces leaves nothing to do"]],
  ["duid box", ["1 error: Cannot use duid box: not ll, lt, uuid or bytes such as 00:01:ab"]],
  ["userclass a\nuserclass b", ["2 warning: only the last userclass is sent"]],
  ["reboot 0", ["1 warning: the last lease is asked for again all the same: reboot 0"]],
  ["waitip 6", ["1 warning: nothing waits for an IPv6 address: IPv6 is not implemented yet"]],
  ["waitip 5", ["1 error: Cannot use waitip 5: not 4 or 6"]],
  ["fallback hom\nprofile home\nstatic ip_address=192.0.2.9/24", [
    '1 error: Cannot use fallback hom: there is no such profile (did you mean "home"?)',
  ]],
  ["fallback home\nprofile home", [
    "1 error: Cannot use fallback home: the profile lacks a usable static ip_address",
  ]],
  ["fallback home\nprofile home\nstatic ip_address=192.0.2.9", [
    "1 error: Cannot use fallback home: no prefix length",
  ]],
  ["profile a\nprofile a", ["2 error: profile a is there already"]],
  ["profile", ["1 error: profile lacks its name"]],
  ["profile a\nnoarp", [
    "2 warning: noarp: in a profile only static ip_address, routers, domain_name_servers count",
  ]],
  ["ssid x\nnoarp\nfrob", ["1 warning: ssid blocks are not done: networks are not told apart"]],
  ["static routers=192.0.2.1 192.0.2.2", ["1 warning: static routers: only the first is used"]],
  ["static domain_name_servers=::1", [
    "1 warning: static domain_name_servers: IPv6 addresses are passed over, IPv6 is not implemented yet",
  ]],
  ["static host_name=x", ["1 warning: static host_name is not done: the server's value counts"]],
  ["static router=192.0.2.1", [
    '1 warning: static router is not done: the server\'s value counts (did you mean "routers"?)',
  ]],
  ["static interface_mtu=1", [
    "1 error: Cannot use static interface_mtu=1: not a number from 576 to 65535",
  ]],
];

for (const [text, problems] of WRONG) {
  Deno.test(`translate() says what is wrong when the file has ${JSON.stringify(text)}`, () => {
    assert.deepEqual(problemsOf(text), problems);
  });
}

Deno.test("translate() refuses a static address without DHCP, and says what to do instead", () => {
  const [problem] = problemsOf("interface eth0\nstatic ip_address=192.0.2.9/24");
  assert.match(problem, /^2 error: .*inform ADDRESS\/PREFIX.*fallback PROFILE/);
});

Deno.test("translate() keeps the warnings for the daemon's log", () => {
  assert.deepEqual(translate("/c", "frob\nxidhwaddr").file.warnings, [
    "/c:1: unknown directive frob",
    "/c:2: xidhwaddr is not done: the xid is always random",
  ]);
});

Deno.test("joinOptions() lets the command line count before the file, and a block before the rest", () => {
  const text = "hostname all\nmetric 5\nnoarp\nvendorclassid v\n" +
    "interface eth*\nhostname block\ninterface eth0\nhostname own\nmetric 9";
  const own = (options: ReturnType<typeof optionsOf>, name: string) => {
    const { dhcp, metric } = interfaceOptions(options, name);
    return [dhcp.hostName, dhcp.acd, metric];
  };
  const file = optionsOf(text, "eth0", "wlan0");
  assert.equal(file.dhcp.hostName, "all");
  assert.deepEqual(own(file, "eth0"), ["own", "off", 9]);
  assert.deepEqual(own(file, "eth1"), ["block", "off", null]);
  assert.deepEqual(own(file, "wlan0"), ["all", "off", null]);
  const line = optionsOf(text, "--hostname=line", "--acd=before", "--metric=1", "eth0");
  assert.deepEqual(own(line, "eth0"), ["line", "before", null]);
  assert.equal(line.metric, 1);
  assert.equal(line.dhcp.vendorClass, "v");
});

Deno.test("joinOptions() leaves out what a stronger decision contradicts", () => {
  assert.equal(optionsOf("release", "-1", "eth0").release, false);
  assert.equal(optionsOf("persistent", "--release", "eth0").persistent, false);
  const anonymous = optionsOf("hostname box\nclientid", "--anonymity", "eth0");
  assert.equal(anonymous.dhcp.anonymity, true);
  const inform = optionsOf("leasetime 5\nfallback ipv4ll\ninterface eth0\ninform 192.0.2.9/24");
  assert.equal(interfaceOptions(inform, "eth0").dhcp.fallback, "none");
  assert.equal(interfaceOptions(inform, "eth1").dhcp.fallback, "ipv4ll");
  const ipv4ll = optionsOf("fallback static\nstatic 192.0.2.9/24", "--fallback=ipv4ll", "eth0");
  assert.deepEqual([ipv4ll.dhcp.fallback, ipv4ll.dhcp.static], ["ipv4ll", null]);
});

const CONTRADICTIONS: readonly (readonly [text: string, argv: string[], message: RegExp])[] = [
  ["release\npersistent", ["eth0"], /^\/c:2: Cannot use --release with --persistent$/],
  [
    "interface eth0\nfallback ipv4ll\ninform 192.0.2.9/24",
    [],
    /^\/c:2: .*--inform with --fallback/,
  ],
  ["inform 192.0.2.9/24", ["eth0", "eth1"], /^\/c:1: .*several interfaces/],
  ["fallback static", ["eth0"], /^\/c:1: .*without --static/],
  ["anonymous", ["--hostname=box", "eth0"], /^\/c:1: .*--anonymity with --hostname/],
];

for (const [text, argv, message] of CONTRADICTIONS) {
  Deno.test(`joinOptions() refuses a contradiction when the file has ${JSON.stringify(text)}`, () => {
    assert.throws(() => optionsOf(text, ...argv), (error) => {
      assert(error instanceof ExitError);
      assert.equal(error.code, ExitCode.CONFIG);
      assert.match(error.message, message);
      return true;
    });
  });
}

Deno.test("joinOptions() takes interfaces from the command line, allowinterfaces, then the blocks", () => {
  const blocks = "denyinterfaces eth1\ninterface eth1 eth0\ninterface wlan*\ninterface eth0";
  assert.deepEqual(optionsOf(blocks).interfaces, ["eth0", "wlan*"]);
  assert.deepEqual(optionsOf(`allowinterfaces en*\n${blocks}`).interfaces, ["en*"]);
  const { interfaces, denied } = optionsOf(`allowinterfaces en*\n${blocks}`, "eth1");
  assert.deepEqual([interfaces, denied], [["eth1"], ["eth1"]]);
  assert.deepEqual(optionsOf("denyinterfaces eth1").interfaces, []);
});

Deno.test("translate() never throws, and what it makes can be joined unless it says no, whatever the text", () => {
  const word = fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom(...NAMES) },
    fc.string({ unit: "binary", maxLength: 20 }),
    fc.constantFrom("eth0", "eth*", "192.0.2.9/24", "ip_address=192.0.2.9/24", "5", "on", "home"),
    fc.constantFrom("constructor", "__proto__", "toString", "static", "none", '"', "\\", "#"),
  );
  const line = fc.array(word, { maxLength: 4 }).map((words) => words.join(" "));
  fc.assert(
    fc.property(fc.array(line, { maxLength: 20 }), (lines) => {
      const { file, problems } = translate("/c", lines.join("\n"));
      for (const { message } of problems) assert.match(message, /^[\x20-\x7e]+$/);
      if (problems.some(({ severity }) => severity === "error")) return;
      try {
        optionsOf(lines.join("\n"), "eth0");
        for (const { patterns } of file.blocks) {
          interfaceOptions(optionsOf(lines.join("\n"), "eth0"), patterns[0]);
        }
      } catch (error) {
        assert(error instanceof ExitError && error.code === ExitCode.CONFIG, String(error));
      }
    }),
    { numRuns: 500 },
  );
});

Deno.test("translate() never throws when the file is any bytes", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 2000 }), (bytes) => {
    translate("/c", new TextDecoder().decode(bytes));
  }));
});

Deno.test("translate() looks no further once there are more problems than are kept", () => {
  const lines = Array.from({ length: MAX_PROBLEMS + 1 }, (_, n) => `directive${n}`);
  const { file, problems } = translate("/c", [...lines, "metric 5"].join("\n"));
  assert.equal(file.settings.has("metric"), false);
  assert.equal(problems.length, MAX_PROBLEMS + 1);
  assert.equal(problems.at(-1)?.severity, "error");
});
