/**
 * What LinuxKit makes of an image's label and a YAML file's entry: the configuration that it gives runc (the
 * facts are those of its moby/config.go; the OCI runtime specification names the fields).
 *
 * @module
 */
import { LINUXKIT_LABEL } from "../../linuxkit/image/config.ts";
import type { ImageSettings } from "./oci_image.ts";
import { parseYaml, type Yaml } from "./yaml.ts";

/** What a label or an entry may say, as far as it matters here. */
export interface LinuxkitConfig {
  /** `SOURCE:DESTINATION[:OPTIONS]`. */
  readonly binds?: readonly string[];
  /** `DESTINATION[:OPTIONS]`; a bind at the same place counts before it. */
  readonly tmpfs?: readonly string[];
  /** `CAP_NET_ADMIN` … */
  readonly capabilities?: readonly string[];
  /** The command line, in place of the image's. */
  readonly command?: readonly string[];
  /** The root directory cannot be written. */
  readonly readonly?: boolean;
  /** No program gives more privileges. */
  readonly noNewPrivileges?: boolean;
  /** Further mounts. */
  readonly mounts?: readonly { readonly type: string; readonly options: readonly string[] }[];
  /** What init does before the container begins. */
  readonly runtime?: { readonly mkdir?: readonly string[] };
}

/** An entry of `onboot` or `services`. */
export interface LinuxkitEntry extends LinuxkitConfig {
  /** Its name. */
  readonly name: string;
  /** Its image. */
  readonly image: string;
}

/** A mount of the runtime configuration. */
export interface Mount {
  /** Where it is mounted. */
  readonly destination: string;
  /** Of which kind. */
  readonly type: string;
  /** What is mounted. */
  readonly source: string;
  /** How. */
  readonly options: readonly string[];
}

/** What init does, and what runc gets. */
export interface LinuxkitContainer {
  /** Directories that init makes before. */
  readonly mkdir: readonly string[];
  /** For config.json. */
  readonly spec: {
    readonly mounts: readonly Mount[];
    readonly [key: string]: unknown;
  };
}

/** Reads the entry of a name out of a YAML file of LinuxKit. */
export function readEntry(path: string | URL, section: "onboot" | "services", name: string) {
  const file = parseYaml(Deno.readTextFileSync(path)) as { [key: string]: Yaml };
  const entry = (file[section] as unknown as LinuxkitEntry[]).find((each) => each.name === name);
  if (entry === undefined) throw new Error(`${path} has no ${name} in ${section}`);
  return entry;
}

function mountsOf({ readonly, tmpfs = [], binds = [] }: LinuxkitConfig): Mount[] {
  const ro = readonly === true ? ["ro"] : [];
  const quiet = ["nosuid", "noexec", "nodev"];
  const mount = (destination: string, type: string, options: string[]): Mount => ({
    ...{ destination, type, source: type, options },
  });
  return [
    mount("/dev", "tmpfs", ["nosuid", "strictatime", "mode=755", "size=65536k", ...ro]),
    mount("/dev/pts", "devpts", [
      ...["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620"],
    ]),
    mount("/proc", "proc", [...quiet, "relatime"]),
    mount("/sys", "sysfs", [...quiet, ...ro]),
    mount("/sys/fs/cgroup", "cgroup", [...quiet, "relatime", "ro"]),
    ...tmpfs.map((text) => {
      const [destination, options] = text.split(":");
      return mount(destination, "tmpfs", options?.split(",") ?? []);
    }),
    ...binds.map((bind): Mount => {
      const [source, destination, options] = bind.split(":");
      const how = options === undefined
        ? ["rw", "rbind", "rshared"]
        : [...options.split(","), "rbind"];
      return { destination, type: "bind", source, options: how };
    }),
  ];
}

/**
 * The container of an entry. What the entry says counts before the label.
 *
 * @param settings of the image
 * @param entry of the YAML file
 * @param root the image's root directory
 */
export function linuxkitContainer(
  settings: ImageSettings,
  entry: LinuxkitEntry,
  root: string,
): LinuxkitContainer {
  const label: LinuxkitConfig = JSON.parse(settings.Labels[LINUXKIT_LABEL] ?? "{}");
  const config: LinuxkitConfig = { ...label, ...entry };
  const { capabilities, readonly, noNewPrivileges, runtime } = config;
  const mounts = new Map(mountsOf(config).map((each) => [each.destination, each]));
  for (const { type, options } of entry.mounts ?? []) {
    const destination = type === "cgroup" ? "/sys/fs/cgroup" : `/${type}`;
    mounts.set(destination, { destination, type, source: type, options });
  }
  const sets = ["bounding", "effective", "inheritable", "permitted"];
  return {
    mkdir: runtime?.mkdir ?? [],
    spec: {
      ociVersion: "1.0.2",
      process: {
        terminal: false,
        user: { uid: 0, gid: 0 },
        args: entry.command ?? settings.Cmd,
        env: settings.Env,
        cwd: settings.WorkingDir || "/",
        capabilities: Object.fromEntries(sets.map((set) => [set, capabilities ?? []])),
        noNewPrivileges: noNewPrivileges ?? false,
      },
      root: { path: root, readonly: readonly ?? false },
      mounts: [...mounts.values()].sort((a, b) => a.destination < b.destination ? -1 : 1),
      linux: {
        // Network, IPC and host name are the host's. No seccomp, nothing masked.
        namespaces: [{ type: "pid" }, { type: "mount" }, { type: "cgroup" }],
        resources: {},
      },
    },
  };
}
