import assert from "node:assert/strict";
import { originText } from "../given.ts";
import { interfaceOptions } from "../interface_options.ts";
import type { PrivOptions } from "../options.ts";
import { effectiveConfig } from "./effective.ts";
import { configJson, configText } from "./print.ts";
import { LINUXKIT_CONF, optionsOf, problemsOf } from "./testing/config_text.ts";

const FILE = `hostname box
acd off
release
metrics-textfile "/var/lib/a b#.prom"
vendorclassid
interface eth0 wlan0
acd before
nooption interface_mtu
interface eth0
acd after
static domain_name_servers=192.0.2.1 192.0.2.2
metric 5
interface eth1
iaid 3
duid
nogateway
hostname_short
static domain_name=a.org
`;

function origins(options: PrivOptions): Map<string, string> {
  return new Map(
    effectiveConfig(options).settings
      .map(({ name, value, origin }) => [name, `${value} ${originText(origin)}`]),
  );
}

Deno.test("effectiveConfig() says of each setting what it is and who decided it", () => {
  const found = origins(optionsOf(FILE, "--persistent", "--hostname=line", "eth0"));
  assert.equal(found.get("hostname"), "line command line");
  assert.equal(found.get("persistent"), "on command line");
  assert.equal(found.get("acd"), "off /c:2");
  assert.equal(found.get("release"), "off default"); // left out: --persistent contradicts it
  assert.equal(found.get("run-dir"), "/var/run/dhcp-client default");
  assert.equal(found.get("audit-log"), "/var/lib/dhcp-client/audit.log default");
  assert.equal(found.get("vendor-class"), "null /c:5");
  assert.equal(found.has("help"), false);
});

Deno.test("effectiveConfig() says of a block what counts in it and nowhere else", () => {
  const blocks = (...argv: string[]) =>
    effectiveConfig(optionsOf(FILE, ...argv)).blocks
      .map((
        { line, settings },
      ) => [line, ...settings.map(({ name, value }) => `${name} ${value}`)]);
  assert.deepEqual(blocks().slice(0, 2), [
    [6, "acd before", "nooption interface_mtu"],
    [9, "metric 5", "acd after", "static domain_name_servers 192.0.2.1 192.0.2.2"],
  ]);
  assert.deepEqual(blocks("--acd=off", "eth0")[0], [6, "nooption interface_mtu"]);
});

for (
  const [what, text, argv] of [
    ["nothing", "", ["eth0"]],
    ["LinuxKit's file", LINUXKIT_CONF, ["-1", "--user-class=a b"]],
    ["a file with blocks", FILE, []],
    ["a fallback", "fallback home\nprofile home\nstatic ip_address=192.0.2.9/24", ["eth0"]],
    ["refusals", "denyinterfaces wlan*\nnooption host_name\nnohook mtu\nstatic routers=192.0.2.1", [
      "*",
    ]],
  ] as const
) {
  Deno.test(`configText() is a file with the same meaning when there is ${what}`, () => {
    const before = optionsOf(text, ...argv);
    const printed = configText(effectiveConfig(before));
    assert.deepEqual(problemsOf(printed), []);
    const after = optionsOf(printed);
    assert.deepEqual({ ...after, layers: null }, { ...before, layers: null });
    for (const name of ["eth0", "eth1", "wlan0"]) {
      assert.deepEqual(interfaceOptions(after, name), interfaceOptions(before, name));
    }
  });
}

Deno.test("configText() says behind each line where it comes from", () => {
  const text = configText(effectiveConfig(optionsOf(FILE, "--metric=7", "eth0")));
  assert.match(text, /^# \/c, and the command line$/m);
  assert.match(text, /^metric 7 +# command line$/m);
  assert.match(text, /^hostname box +# \/c:1$/m);
  assert.match(text, /^timeout 30 +# default$/m);
  assert.match(text, /^interface eth0 +# \/c:9\n {2}acd after +# \/c:10$/m);
});

Deno.test("configJson() has the same as an object", () => {
  const object = JSON.parse(configJson(effectiveConfig(optionsOf(FILE, "--metric=7", "eth0"))));
  assert.deepEqual([object.file, object.interfaces, object.denied], ["/c", ["eth0"], []]);
  assert.deepEqual(object.settings.metric, { value: "7", origin: "command line" });
  assert.deepEqual(object.settings["user-class"], { value: null, origin: "default" });
  assert.deepEqual(object.blocks[1].patterns, ["eth0"]);
  assert.deepEqual(object.blocks[1].settings.acd, { value: "after", origin: "/c:10" });
});
