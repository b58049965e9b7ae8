import assert from "node:assert/strict";
import type { InterfaceOptions } from "../interface_options.ts";
import { interfaceOptions } from "../interface_options.ts";
import { OPTION_TABLE } from "../option_table.ts";
import type { PrivOptions } from "../options.ts";
import { DIRECTIVES, NAMES } from "./directives.ts";
import { optionsOf, problemsOf } from "./testing/config_text.ts";

/** What a directive changes, beside what is so without it. */
interface Change {
  readonly all?: Partial<PrivOptions>;
  readonly services?: Record<string, unknown>;
  readonly dhcp?: Partial<InterfaceOptions["dhcp"]>;
  readonly apply?: Partial<InterfaceOptions["apply"]>;
  readonly replace?: Record<string, unknown>;
  readonly metric?: number;
}

const NONE: Change = {};
const IPV4LL = "fallback ipv4ll\n";
const PROFILE = `profile home
static ip_address=192.0.2.9/24
static routers=192.0.2.1
static domain_name_servers=192.0.2.53 2001:db8::53 192.0.2.54
interface eth0
`;
const HOME = {
  address: { address: "192.0.2.9", prefixLength: 24 },
  gateway: "192.0.2.1",
  nameservers: ["192.0.2.53", "192.0.2.54"],
} as unknown as InterfaceOptions["dhcp"]["static"];

/** One line or more for each directive that is obeyed; what stands before its last line is no part of it. */
const OBEYED: readonly (readonly [text: string, change: Change])[] = [
  ["allowinterfaces eth0 eth*, wlan[01]", { all: { interfaces: ["eth0", "eth*", "wlan[01]"] } }],
  ["allowinterfaces eth0 wlan0 wlan*\ndenyinterfaces wlan*", {
    all: { interfaces: ["eth0", "wlan*"], denied: ["wlan*"] },
  }],
  ["interface eth0\ninterface wlan0\nnoipv4", { all: { denied: ["wlan0"] } }],
  ["interface eth0\ninterface wlan0\nnodhcp", { all: { denied: ["wlan0"] } }],
  ["interface eth0\ninterface wlan0\nipv6only", { all: { denied: ["wlan0"] } }],
  ["metric 7", { all: { metric: 7 } }],
  ["interface eth0\nmetric 7", { metric: 7 }],
  ["hostname", NONE],
  ["hostname none", { dhcp: { hostName: "none" } }],
  ['hostname "Box"', { dhcp: { hostName: "box" as never } }],
  ["hostname_short", { dhcp: { hostNameShort: true } }],
  ["fqdn", { dhcp: { fqdn: "both" } }],
  ["fqdn ptr", { dhcp: { fqdn: "ptr" } }],
  ["duid\nclientid", NONE],
  ["clientid 01:0a:FF", { dhcp: { clientId: "010aff" as never } }],
  ['clientid "01:02"', { dhcp: { clientId: "0030313a3032" as never } }],
  ["clientid box 7", { dhcp: { clientId: "00626f782037" as never } }],
  ["clientid\nduid", { dhcp: { clientId: "duid" } }],
  ["duid ll", { dhcp: { clientId: "duid" } }],
  ["duid 00:04:11:22", { dhcp: { clientId: "duid:00041122" as never } }],
  ["interface eth0\niaid 7", { dhcp: { iaid: 7 } }],
  ["interface eth0\niaid 00:00:01:00", { dhcp: { iaid: 256 } }],
  ["vendorclassid x y/1", { dhcp: { vendorClass: "x y/1" as never } }],
  ["vendorclassid x\ninterface eth0\nvendorclassid", NONE],
  ["userclass lab", { dhcp: { userClass: "lab" as never } }],
  ["anonymous", { dhcp: { anonymity: true } }],
  ["option domain_name_servers, 15 host_name,ntp_servers dhcp6_sntp_servers", NONE],
  ["nooption interface_mtu rapid_commit\noption interface_mtu, rapid_commit", NONE],
  ["option ipv6_only_preferred", { dhcp: { ipv6Only: true } }],
  ["nooption rapid_commit", { dhcp: { rapidCommit: false } }],
  ["nooption classless_static_routes", {
    dhcp: { classlessRoutes: false },
    apply: { routes: false },
  }],
  ["nooption 26, domain_name_servers domain_name domain_search host_name", {
    apply: { mtu: false, nameservers: false, domain: false, search: false, hostName: false },
    dhcp: { noRequest: [26, 6, 15, 119, 12] },
  }],
  ["nooption routers ntp_servers", {
    apply: { gateway: false, ntp: false },
    dhcp: { noRequest: [3, 42] },
  }],
  ["nooption wpad_url\nnooption tftp_servers", { dhcp: { noRequest: [252, 150] } }],
  ["require dhcp_server_identifier, dhcp_message_type", { dhcp: { require: [54] } }],
  ["require 3 6", { dhcp: { require: [3, 6] } }],
  ["leasetime 60", { dhcp: { leaseTime: 60 } }],
  ["leasetime -1", { dhcp: { leaseTime: 0xffffffff } }],
  ["broadcast", { dhcp: { broadcast: true } }],
  ["broadcast\ninterface eth0\nbroadcast off", NONE],
  ["interface eth0\ninform 192.0.2.9/24", {
    dhcp: { inform: { address: "192.0.2.9", prefixLength: 24 } as never },
  }],
  ["noarp", { dhcp: { acd: "off" } }],
  [`${IPV4LL}noarp`, { dhcp: { acd: "off" } }],
  [`${IPV4LL}noipv4ll`, NONE],
  ["fallback ipv4ll", { dhcp: { fallback: "ipv4ll" } }],
  [`${PROFILE}fallback home`, { dhcp: { fallback: "static", static: HOME } }],
  [`${PROFILE}fallback home\nnoipv4ll`, { dhcp: { fallback: "static", static: HOME } }],
  ["interface eth0\nfallback static\nstatic 192.0.2.9/24,192.0.2.1,192.0.2.53,192.0.2.54", {
    dhcp: { fallback: "static", static: HOME },
  }],
  ["static domain_name_servers=192.0.2.1 192.0.2.2", {
    replace: { nameservers: ["192.0.2.1", "192.0.2.2"] },
  }],
  ["static domain_name=Example.org", { replace: { domain: "example.org" } }],
  ["static domain_search=a.org,b.org", { replace: { search: ["a.org", "b.org"] } }],
  ["static routers=192.0.2.1\ninterface eth0\nstatic routers=", NONE],
  ["static routers=192.0.2.1", { replace: { gateway: "192.0.2.1" } }],
  ["static interface_mtu=1400", { replace: { mtu: 1400 } }],
  ["static ntp_servers=192.0.2.1", { replace: { ntp: ["192.0.2.1"] } }],
  [`${IPV4LL}reboot 3`, { dhcp: { fallback: "ipv4ll", fallbackAfter: 3 } }],
  ["reboot 3", { dhcp: { fallbackAfter: 3 } }],
  ["fallback_time 3", { dhcp: { fallbackAfter: 3 } }],
  ["ipv4ll_time 3", { dhcp: { fallbackAfter: 3 } }],
  ["nogateway", { apply: { gateway: false } }],
  ["nogateway\ninterface eth0\ngateway", NONE],
  ["nohook resolv.conf, 30-hostname lookup-hostname", {
    all: { resolvConf: null, applyHostName: "never" },
  }],
  ["interface eth0\nnohook 20-resolv.conf 30-hostname, 10-mtu.sh constructor", {
    apply: { mtu: false, nameservers: false, domain: false, search: false, hostName: false },
  }],
  ["persistent", { all: { persistent: true } }],
  ["release", { all: { release: true } }],
  ["oneshot", { all: { oneshot: true } }],
  ["timeout 0", { all: { timeoutMs: null } }],
  ["background", { services: { noWait: true } }],
  ["background\nwaitip", NONE],
  ["waitip 4", NONE],
  ["controlgroup wheel", { services: { control: { socket: true, group: "wheel" } } }],
  ["logfile /l", {
    services: { log: { level: "info", format: "text", file: "/l", syslog: null } },
  }],
  ["debug", { services: { log: { level: "debug", format: "text", file: null, syslog: null } } }],
  ["quiet", { services: { log: { level: "error", format: "text", file: null, syslog: null } } }],
];

function expected(change: Change): unknown {
  const all = optionsOf("", "eth0");
  const own = interfaceOptions(all, "eth0");
  return {
    all: { ...all, services: { ...all.services, ...change.services }, ...change.all },
    own: {
      dhcp: { ...own.dhcp, ...change.dhcp },
      metric: change.metric ?? null,
      apply: { ...own.apply, ...change.apply },
      replace: { ...own.replace, ...change.replace },
    },
  };
}

for (const [text, change] of OBEYED) {
  Deno.test(`a directive is obeyed, without a problem, when the file has ${JSON.stringify(text)}`, () => {
    assert.deepEqual(problemsOf(text), []);
    const names = /^allowinterfaces/.test(text) ? [] : ["eth0"];
    const options = optionsOf(text, ...names);
    const { interfaces } = change.all ?? {};
    const wanted = expected({
      ...change,
      all: { interfaces: interfaces ?? ["eth0"], ...change.all },
    });
    const all = { ...options, layers: null, dhcp: null, configFile: null };
    assert.deepEqual(
      { all, own: interfaceOptions(options, "eth0") },
      {
        ...wanted as { own: unknown },
        all: { ...(wanted as { all: object }).all, layers: null, dhcp: null, configFile: null },
      },
    );
  });
}

Deno.test("each directive that is obeyed has an example here", () => {
  const shown = new Set(OBEYED.map(([text]) => text.split("\n").at(-1)!.split(" ")[0]));
  const obeyed = [...DIRECTIVES.values()].filter(({ take }) => take !== undefined);
  assert.deepEqual(obeyed.filter(({ name }) => !shown.has(name)).map(({ name }) => name), []);
});

for (const { name, honoured, take, meaning } of DIRECTIVES.values()) {
  if (honoured === "yes" || honoured === "part") continue;
  Deno.test(`${name} does nothing, which is ${honoured === "same" ? "fine" : "said with the reason"}`, () => {
    assert.equal(take, undefined);
    const problems = problemsOf(`\n${name} x`);
    assert.equal(optionsOf(`${name} x`, "eth0").layers.file.size, 0);
    if (honoured === "same") return assert.deepEqual(problems, []);
    const severity = honoured === "no" ? "warning" : "error";
    assert.equal(problems.length, 1);
    assert(problems[0].startsWith(`2 ${severity}: ${name} `), problems[0]);
    assert(problems[0].endsWith(meaning.replaceAll("`", "")), problems[0]);
  });
}

/** A value for each long option that has one. */
const VALUES: Readonly<Record<string, string>> = {
  timeout: "5",
  "run-dir": "/r",
  "state-dir": "/s",
  "resolv-conf": "none",
  "apply-hostname": "always",
  metric: "5",
  "log-level": "debug",
  "log-format": "json",
  "log-file": "/l",
  syslog: "local",
  "audit-log": "none",
  "audit-size": "1",
  "audit-keep": "1",
  metrics: "127.0.0.1:9967",
  "metrics-textfile": "/m.prom",
  "control-group": "adm",
  "client-id": "text:a b",
  hostname: "a.b",
  fqdn: "both",
  "vendor-class": "v w",
  "user-class": "u",
  "lease-time": "60",
  acd: "before",
  fallback: "ipv4ll",
  "fallback-after": "5",
  static: "192.0.2.9/24",
  inform: "192.0.2.9/24",
};

Deno.test("each long option is a directive with the same meaning", () => {
  for (const { name, value, commandLineOnly } of OPTION_TABLE) {
    if (commandLineOnly) continue;
    assert(NAMES.includes(name), name);
    const beside = name === "static"
      ? ["fallback=static"]
      : name === "fallback-after"
      ? ["fallback=ipv4ll"]
      : name === "timeout"
      ? ["oneshot"]
      : [];
    const own = value === undefined ? name : `${name}=${VALUES[name]}`;
    const both = [...beside, own];
    const text = both.map((each) => each.replace("=", " ")).join("\n");
    assert.deepEqual(problemsOf(text), [], text);
    const [inFile, onLine] = [
      optionsOf(text, "eth0"),
      optionsOf("", ...both.map((each) => `--${each}`), "eth0"),
    ];
    assert.deepEqual({ ...inFile, layers: null }, { ...onLine, layers: null }, name);
    assert.notDeepEqual({ ...inFile, layers: null }, { ...optionsOf("", "eth0"), layers: null });
  }
});
