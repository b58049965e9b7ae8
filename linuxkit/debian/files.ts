/**
 * What the Debian package installs, and where.
 *
 * @module
 */
import { gzipSync } from "node:zlib";
import { SPAWNER_PROGRAM } from "../../priv/spawner/program.ts";
import { join } from "../build/paths.ts";
import { PROJECT, readConfig } from "../build/project.ts";
import { changelogText, copyrightText } from "./control.ts";

/** A file of the package. */
export interface PackageFile {
  /** Where it goes, without a slash in front. */
  readonly path: string;
  /** What is in it, or the file to be copied. */
  readonly content: Uint8Array | { readonly copyOf: string };
  /** Permission bits; 0644 unless told. */
  readonly mode?: number;
}

const UNITS = "linuxkit/systemd";
const DEBIAN = "linuxkit/debian";
const DOC = "usr/share/doc/mirage-dhcp";
const LIBEXEC = "usr/libexec/mirage-dhcp";

/** Documents of the repository that messages, units and each other refer to, at the same places. */
const DOCUMENTS: readonly string[] = [
  "README.md",
  "SECURITY.md",
  "ARCHITECTURE.md",
  "linuxkit/monitoring/METRICS.md",
  "linuxkit/monitoring/alerts.yml",
  "linuxkit/monitoring/grafana_dashboard.json",
  "linuxkit/systemd/SECURITY_SCORE.md",
  "priv/config/DIRECTIVES.md",
  "priv/multicall/DHCPCD_OPTIONS.md",
  "schema/KEYS.md",
  "schema/lease.schema.json",
  "tender/SECCOMP.md",
];

const encoder = new TextEncoder();

/** As `gzip -9n`: no name, no time. */
function compressed(text: string): Uint8Array {
  return new Uint8Array(gzipSync(text, { level: 9 }));
}

/** What a command of the executable prints. @throws Error when it fails */
async function printed(executable: string, ...args: string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(executable, {
    args,
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  if (success) return decoder.decode(stdout);
  throw new Error(`Cannot run ${executable} ${args.join(" ")}: ${decoder.decode(stderr).trim()}`);
}

function spawnerBytes(): Uint8Array {
  return Uint8Array.from(SPAWNER_PROGRAM.match(/../g) ?? [], (byte) => parseInt(byte, 16));
}

function source(path: string): string {
  return Deno.readTextFileSync(join(PROJECT, path));
}

/**
 * Everything but the control files.
 *
 * @param executable path of mirage-dhcp
 * @param seconds the time of the package, since 1970
 * @throws Error when the executable cannot print its manual page, its licenses or its completions
 */
export async function packageFiles(executable: string, seconds: number): Promise<PackageFile[]> {
  const [man, licenses, bash, zsh, fish] = await Promise.all([
    printed(executable, "man"),
    printed(executable, "licenses"),
    ...["bash", "zsh", "fish"].map((shell) => printed(executable, "completion", shell)),
  ]);
  const text = (path: string, content: string, mode?: number): PackageFile => {
    return { path, content: encoder.encode(content), mode };
  };
  const units = [...Deno.readDirSync(join(PROJECT, UNITS))].map(({ name }) => name)
    .filter((name) => /\.(?:service|socket)$/.test(name));
  return [
    { path: "usr/sbin/mirage-dhcp", content: { copyOf: executable }, mode: 0o755 },
    { path: `${LIBEXEC}/spawner`, content: spawnerBytes(), mode: 0o755 },
    text(`${LIBEXEC}/dns`, source(`${UNITS}/dns_hook.sh`), 0o755),
    ...units.map((name) => text(`lib/systemd/system/${name}`, source(`${UNITS}/${name}`))),
    text("usr/lib/sysusers.d/mirage-dhcp.conf", source(`${UNITS}/mirage-dhcp.sysusers`)),
    text("usr/lib/tmpfiles.d/mirage-dhcp.conf", source(`${UNITS}/mirage-dhcp.tmpfiles`)),
    text(`${DOC}/examples/host-name.conf`, source(`${UNITS}/host_name.conf`)),
    text("etc/mirage-dhcp.conf", source(`${DEBIAN}/mirage-dhcp.conf`)),
    { path: "usr/share/man/man8/mirage-dhcp.8.gz", content: compressed(man) },
    text("usr/share/bash-completion/completions/mirage-dhcp", bash),
    text("usr/share/zsh/vendor-completions/_mirage-dhcp", zsh),
    text("usr/share/fish/vendor_completions.d/mirage-dhcp.fish", fish),
    ...DOCUMENTS.map((path) => text(`${DOC}/${path}`, source(path))),
    text(`${DOC}/copyright`, copyrightText(source("LICENSE"), licenses)),
    {
      path: `${DOC}/changelog.gz`,
      content: compressed(changelogText(readConfig().version, seconds)),
    },
    text("usr/share/lintian/overrides/mirage-dhcp", source(`${DEBIAN}/lintian_overrides.txt`)),
  ];
}
