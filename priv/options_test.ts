import assert from "node:assert/strict";
import { ExitCode, ExitError } from "./exit_code.ts";
import { helpText } from "./help.ts";
import { OPTION_TABLE } from "./option_table.ts";
import {
  configPath,
  type DhcpOptions,
  parseCommandLine,
  type PrivOptions,
  readCommandLine,
} from "./options.ts";
import type { LogLevelName, ServiceOptions } from "./service_options.ts";

function options(...argv: string[]): PrivOptions {
  const command = parseCommandLine(argv);
  assert.equal(command.kind, "run");
  return (command as { options: PrivOptions }).options;
}

/** Without what says where it comes from. */
function decided(...argv: string[]): Omit<PrivOptions, "layers"> {
  const { layers: _, ...rest } = options(...argv);
  return rest;
}

function services(stateDir: string, level: LogLevelName): ServiceOptions {
  return {
    log: { level, format: "text", file: null, syslog: null },
    audit: { file: `${stateDir}/audit.log`, maxBytes: 10_485_760, keep: 4 },
    metrics: { socket: true, address: null, textfile: null },
    control: { socket: true, group: null },
    user: null,
    noWait: false,
  };
}

const DEFAULT_DHCP: DhcpOptions = {
  acd: "after",
  clientId: "mac",
  iaid: null,
  hostName: "auto",
  hostNameShort: false,
  fqdn: null,
  vendorClass: null,
  userClass: null,
  rapidCommit: true,
  anonymity: false,
  broadcast: false,
  classlessRoutes: true,
  ipv6Only: false,
  leaseTime: null,
  fallback: "none",
  fallbackAfter: null,
  static: null,
  inform: null,
  require: [],
  noRequest: [],
};

Deno.test("parseCommandLine() gives the defaults when only an interface is named", () => {
  assert.deepEqual(decided("eth0"), {
    interfaces: ["eth0"],
    denied: [],
    oneshot: false,
    timeoutMs: 30_000,
    persistent: false,
    release: false,
    runDir: "/var/run/dhcp-client",
    stateDir: "/var/lib/dhcp-client",
    resolvConf: "/etc/resolv.conf",
    applyHostName: "auto",
    metric: null,
    services: services("/var/lib/dhcp-client", "info"),
    dhcp: DEFAULT_DHCP,
    configFile: null,
    warnings: [],
  });
});

Deno.test("parseCommandLine() takes every option when it is well formed", () => {
  assert.deepEqual(
    decided(
      "--mode=priv",
      "-1",
      "--timeout",
      "5",
      "--persistent",
      "--run-dir=/r/",
      "--state-dir=/s",
      "--resolv-conf=none",
      "--apply-hostname=never",
      "--metric=0",
      "--log-level=debug",
      "eth1",
      "eth0",
      "eth1",
    ),
    {
      interfaces: ["eth1", "eth0"],
      denied: [],
      oneshot: true,
      timeoutMs: 5_000,
      persistent: true,
      release: false,
      runDir: "/r",
      stateDir: "/s",
      resolvConf: null,
      applyHostName: "never",
      metric: 0,
      services: services("/s", "debug"),
      dhcp: DEFAULT_DHCP,
      configFile: null,
      warnings: [],
    },
  );
});

Deno.test("parseCommandLine() takes every option about DHCP when it is well formed", () => {
  assert.deepEqual(
    options(
      ...["--acd=before", "--client-id=hex:00AAff", "--hostname=Box.Example.org", "--fqdn=both"],
      ...["--vendor-class=Mirage DHCP/1", "--user-class=lab", "--no-rapid-commit", "--broadcast"],
      ...["--no-classless-routes", "--ipv6-only", "--lease-time=infinite", "--fallback=static"],
      ...["--fallback-after=3", "--static=192.0.2.9/24,192.0.2.1,192.0.2.53,192.0.2.54", "eth0"],
    ).dhcp,
    {
      acd: "before",
      clientId: "00aaff",
      iaid: null,
      hostName: "box.example.org",
      hostNameShort: false,
      fqdn: "both",
      vendorClass: "Mirage DHCP/1",
      userClass: "lab",
      require: [],
      noRequest: [],
      rapidCommit: false,
      anonymity: false,
      broadcast: true,
      classlessRoutes: false,
      ipv6Only: true,
      leaseTime: 0xffffffff,
      fallback: "static",
      fallbackAfter: 3,
      static: {
        address: { address: "192.0.2.9", prefixLength: 24 },
        gateway: "192.0.2.1",
        nameservers: ["192.0.2.53", "192.0.2.54"],
      },
      inform: null,
    },
  );
  assert.equal(options("--client-id=text:box 7", "eth0").dhcp.clientId, "00626f782037");
  assert.deepEqual(options("--inform=192.0.2.9/24", "eth0").dhcp.inform, {
    address: "192.0.2.9",
    prefixLength: 24,
  });
  const duid = options("--client-id=duid:00041122", "eth0").dhcp.clientId;
  assert.equal(duid, "duid:00041122");
  assert.deepEqual(
    options("--static=192.0.2.9/24,,192.0.2.53", "--fallback=static", "e").dhcp.static,
    {
      address: { address: "192.0.2.9", prefixLength: 24 },
      gateway: null,
      nameservers: ["192.0.2.53"],
    },
  );
  assert.equal(
    options("--static=192.0.2.9/31", "--fallback=static", "e").dhcp.static?.gateway,
    null,
  );
});

Deno.test("parseCommandLine() takes every option about services when it is well formed", () => {
  assert.deepEqual(
    options(
      ...[
        "--log-level=warning",
        "--log-format=json",
        "--log-file=/l",
        "--syslog=[2001:db8::1]:1514",
      ],
      ...["--audit-log=/a", "--audit-size=1024", "--audit-keep=0", "--metrics=127.0.0.1:9967"],
      ...["--metrics-textfile=/m.prom", "--control-group=adm", "--user=dhcp", "--nowait", "eth0"],
    ).services,
    {
      log: {
        level: "warning",
        format: "json",
        file: "/l",
        syslog: { address: "2001:db8::1", port: 1514 },
      },
      audit: { file: "/a", maxBytes: 1_073_741_824, keep: 0 },
      metrics: {
        socket: true,
        address: { address: "127.0.0.1", port: 9967 },
        textfile: "/m.prom",
      },
      control: { socket: true, group: "adm" },
      user: "dhcp",
      noWait: true,
    },
  );
  const none = options("--audit-log=none", "--metrics=none", "--no-control", "eth0").services;
  assert.equal(none.audit.file, null);
  assert.deepEqual([none.metrics.socket, none.control.socket], [false, false]);
  const { syslog } = options("--syslog=192.0.2.1", "eth0").services.log;
  assert.deepEqual(syslog, { address: "192.0.2.1", port: 514 });
  assert.equal(options("--syslog=local", "eth0").services.log.syslog, "local");
  assert.deepEqual(options("--metrics=[::1]:1", "eth0").services.metrics.address, {
    address: "::1",
    port: 1,
  });
});

Deno.test("parseCommandLine() takes patterns beside names", () => {
  assert.deepEqual(options("eth*", "wlan?", "eth0").interfaces, ["eth*", "wlan?", "eth0"]);
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
  ["an unknown word", ["--acd=sometimes", "eth0"]],
  ["another one", ["--apply-hostname=yes", "eth0"]],
  ["a negative metric", ["--metric=-1", "eth0"]],
  ["a metric of 33 bits", ["--metric=4294967296", "eth0"]],
  ["a metric that is no number", ["--metric=0x10", "eth0"]],
  ["a client identifier of no kind", ["--client-id=box", "eth0"]],
  ["half a byte", ["--client-id=hex:abc", "eth0"]],
  ["an empty client identifier", ["--client-id=text:", "eth0"]],
  ["a client identifier with a line end", ["--client-id=text:a\nb", "eth0"]],
  ["a host name with a space", ["--hostname=my box", "eth0"]],
  ["a vendor class with quotes", ['--vendor-class="x"', "eth0"]],
  ["an empty user class", ["--user-class=", "eth0"]],
  ["a lease time of 0", ["--lease-time=0", "eth0"]],
  ["a fallback at once", ["--fallback=ipv4ll", "--fallback-after=0", "eth0"]],
  ["an address without a prefix", ["--inform=192.0.2.9", "eth0"]],
  ["a network's own address", ["--inform=192.0.2.0/24", "eth0"]],
  ["a router that is none", ["--fallback=static", "--static=192.0.2.9/24,", "eth0"]],
  ["four name servers", [
    "--fallback=static",
    "--static=192.0.2.9/24,192.0.2.1,192.0.2.2,192.0.2.3,192.0.2.4,192.0.2.5",
    "eth0",
  ]],
  ["a static address that is never used", ["--static=192.0.2.9/24", "eth0"]],
  ["a static fallback without an address", ["--fallback=static", "eth0"]],
  ["a static address for two", ["--fallback=static", "--static=192.0.2.9/24", "eth0", "eth1"]],
  ["a delay of no fallback", ["--fallback-after=5", "eth0"]],
  ["a fallback besides an address", ["--inform=192.0.2.9/24", "--fallback=ipv4ll", "eth0"]],
  ["a lease time without a lease", ["--inform=192.0.2.9/24", "--lease-time=60", "eth0"]],
  ["a release without a lease", ["--inform=192.0.2.9/24", "--release", "eth0"]],
  ["one address for two interfaces", ["--inform=192.0.2.9/24", "eth0", "eth1"]],
  ["one address for a pattern", ["--inform=192.0.2.9/24", "eth*"]],
  ["option 81 without a name", ["--fqdn=both", "--hostname=none", "eth0"]],
  ["a release of what is to stay", ["--release", "--persistent", "eth0"]],
  ["a release of what --oneshot leaves", ["--release", "--oneshot", "eth0"]],
  ["metrics without a port", ["--metrics=127.0.0.1", "eth0"]],
  ["metrics on a name", ["--metrics=localhost:9967", "eth0"]],
  ["metrics on an octal address", ["--metrics=127.0.0.010:9967", "eth0"]],
  ["metrics on half an address", ["--metrics=[1:2:3]:9967", "eth0"]],
  ["metrics on port 0", ["--metrics=127.0.0.1:0", "eth0"]],
  ["metrics on port 65536", ["--metrics=127.0.0.1:65536", "eth0"]],
  ["a log host by name", ["--syslog=loghost", "eth0"]],
  ["an unknown form of log lines", ["--log-format=xml", "eth0"]],
  ["a relative log file", ["--log-file=log", "eth0"]],
  ["an audit log of 0 MiB", ["--audit-size=0", "eth0"]],
  ["an audit log of 2 GiB", ["--audit-size=2048", "eth0"]],
  ["101 audit logs", ["--audit-keep=101", "eth0"]],
  ["a group with a colon", ["--control-group=a:b", "eth0"]],
  ["a group for no socket", ["--control-group=adm", "--no-control", "eth0"]],
  ["half a DUID", ["--client-id=duid:0004", "eth0"]],
  ["an anonymous host with an identifier", ["--anonymity", "--client-id=mac", "eth0"]],
  ["an anonymous host with a name", ["--anonymity", "--hostname=box", "eth0"]],
  ["an anonymous host with a class", ["--anonymity", "--vendor-class=x", "eth0"]],
  ["an anonymous host with a user class", ["--anonymity", "--user-class=x", "eth0"]],
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
  assert.equal(ExitCode.CONFIG, 78);
  for (const code of Object.values(ExitCode)) {
    assert.match(text, new RegExp(`^ +${code} +\\w`, "m"));
  }
  for (const line of text.split("\n")) assert(line.length <= 80, line);
});

Deno.test("parseCommandLine() recognizes --help and --version before anything else is checked", () => {
  assert.deepEqual(parseCommandLine(["-h"]), { kind: "help" });
  assert.deepEqual(parseCommandLine(["--version"]), { kind: "version" });
});

Deno.test("parseCommandLine() knows the file to check by --config, by its name, or by default", () => {
  const check = (...argv: string[]) => parseCommandLine(["--check-config", ...argv]);
  assert.deepEqual(check("-f", "/x.conf"), { kind: "check-config", path: "/x.conf" });
  assert.deepEqual(check("/y.conf"), { kind: "check-config", path: "/y.conf" });
  assert.deepEqual(check("y.conf"), { kind: "check-config", path: `${Deno.cwd()}/y.conf` });
  assert.deepEqual(check("--config=none"), { kind: "check-config", path: null });
});

Deno.test("configPath() is the file that is named, unless it is none", () => {
  const path = (...argv: string[]) => configPath(readCommandLine(argv));
  assert.equal(path("-f", "/dhcpcd.conf", "eth0"), "/dhcpcd.conf");
  assert.equal(path("--config=c", "eth0"), `${Deno.cwd()}/c`);
  assert.equal(path("--config=none", "eth0"), null);
  assert.throws(() => path("--config=", "eth0"), ExitError);
});
