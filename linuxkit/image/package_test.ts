import assert from "node:assert/strict";
import { LINUXKIT_CONF, optionsOf, problemsOf } from "../../priv/config/testing/config_text.ts";
import { type LinuxkitEntry, readEntry } from "../../tests/support/linuxkit.ts";
import { parseYaml } from "../../tests/support/yaml.ts";
import { readConfig } from "../build/project.ts";
import {
  DHCP_CLIENT_IMAGE,
  DHCPCD_IMAGE,
  ENVIRONMENT,
  type ImageKind,
  LINUXKIT_CONFIG,
} from "./config.ts";
import { rootEntries } from "./root.ts";

const read = (name: string) => Deno.readTextFileSync(new URL(`../${name}`, import.meta.url));
const entry = (file: string, section: "onboot" | "services", name: string) =>
  readEntry(new URL(`../examples/${file}`, import.meta.url), section, name);
const image = ({ name }: ImageKind) => `${name}:${readConfig().version}`;

Deno.test("build.yml gives the label of our own builder", () => {
  const { image: name, config } = parseYaml(read("build.yml")) as Record<string, unknown>;
  assert.equal(name, DHCPCD_IMAGE.name);
  assert.deepEqual(config, LINUXKIT_CONFIG);
});

Deno.test("the Dockerfile has the command and the environment of our own builder", () => {
  const lines = read("Dockerfile").split("\n");
  assert.ok(lines.includes(`CMD ${JSON.stringify(DHCPCD_IMAGE.command).replaceAll(",", ", ")}`));
  assert.ok(lines.includes(`ENV ${ENVIRONMENT.join(" ")}`));
});

Deno.test("dhcpcd.conf has the effect of LinuxKit's, and -1 ends by itself", () => {
  assert.deepEqual(problemsOf(read("dhcpcd.conf")), []);
  const ours = optionsOf(read("dhcpcd.conf"), "-1");
  assert.deepEqual({ ...ours, layers: null }, {
    ...optionsOf(LINUXKIT_CONF, "-1"),
    layers: null,
  });
  assert.equal(ours.timeoutMs, 30_000);
});

/** The entries of LinuxKit's own examples, but for the image. */
const PUBLIC: readonly (readonly [string, "onboot" | "services", Omit<LinuxkitEntry, "image">])[] =
  [
    ["onboot.yml", "onboot", {
      name: "dhcpcd",
      command: ["/sbin/dhcpcd", "--nobackground", "-f", "/dhcpcd.conf", "-1"],
    }],
    ["services.yml", "services", { name: "dhcpcd" }],
  ];

for (const [file, section, expected] of PUBLIC) {
  Deno.test(`${file} differs from LinuxKit's examples by the image line alone`, () => {
    assert.deepEqual(entry(file, section, "dhcpcd"), { ...expected, image: image(DHCPCD_IMAGE) });
  });
}

Deno.test("miragesdk.yml differs from the MirageSDK's example by the image line alone", () => {
  assert.deepEqual(entry("miragesdk.yml", "onboot", "dhcp-client"), {
    name: "dhcp-client",
    image: image(DHCP_CLIENT_IMAGE),
    net: "host",
    capabilities: ["CAP_NET_ADMIN", "CAP_NET_RAW", "CAP_SYS_ADMIN", "CAP_SETGID"],
    mounts: [{ type: "cgroup", options: ["rw", "nosuid", "noexec", "nodev", "relatime"] }],
    binds: [
      "/var/run/dhcp-client:/data",
      "/usr/bin/runc:/usr/bin/runc",
      "/run/runc:/run/runc",
      ...["/sbin:/sbin", "/bin:/bin", "/lib:/lib"],
    ],
  });
});

Deno.test("there is a place in the image for each thing that is mounted", () => {
  const nothing = new Uint8Array(0);
  const root = rootEntries({ executable: nothing, configuration: nothing, licenses: nothing });
  const paths = new Set(root.map(({ path }) => `/${path}`));
  const binds = [
    ...LINUXKIT_CONFIG.binds,
    ...entry("miragesdk.yml", "onboot", "dhcp-client").binds!,
  ];
  const wanted = ["/dev", "/proc", "/sys", ...binds.map((bind) => bind.split(":")[1])];
  assert.deepEqual(wanted.filter((path) => !paths.has(path)), []);
  for (const path of paths) {
    const parent = path.slice(0, path.lastIndexOf("/"));
    assert.ok(parent === "" || paths.has(parent), `${parent} of ${path}`);
  }
});
