/**
 * What is in the image's root directory: the executable, its names, its configuration, and a place for each
 * thing that somebody mounts. With a read-only root a mount point that is missing cannot be made.
 *
 * @module
 */
import { LICENSES_FILE } from "../build/licenses.ts";
import type { TarEntry } from "./tar.ts";

/** The files that go into the image. */
export interface RootFiles {
  /** The executable. */
  readonly executable: Uint8Array;
  /** /dhcpcd.conf. */
  readonly configuration: Uint8Array;
  /** The licenses of all that is in the executable. */
  readonly licenses: Uint8Array;
}

/**
 * What LinuxKit's own mounts, the label's binds and those of the MirageSDK example need, and /tmp. The
 * results are in /data, as the MirageSDK client had them.
 */
const DIRECTORIES: readonly string[] = [
  "bin",
  "data",
  "dev",
  "etc",
  "lib",
  "proc",
  "run",
  "run/runc",
  "sbin",
  "sys",
  "usr",
  "usr/bin",
  "usr/share",
  "usr/share/doc",
  "usr/share/doc/mirage-dhcp",
  "var",
  "var/lib",
  "var/lib/dhcp-client",
];

/** Names under which the executable is called, and the paths at which it keeps its results. */
const LINKS: readonly (readonly [path: string, target: string])[] = [
  ["dhcp-client", "/mirage-dhcp"],
  ["run/dhcp-client", "/data"],
  ["sbin/dhcpcd", "/mirage-dhcp"],
  ["var/run", "/run"],
];

/**
 * The root directory of the image.
 *
 * @param files what goes in
 * @returns its entries, in no particular order
 */
export function rootEntries(files: RootFiles): TarEntry[] {
  const { executable, configuration, licenses } = files;
  return [
    { path: "mirage-dhcp", type: "file", bytes: executable, mode: 0o755 },
    { path: "dhcpcd.conf", type: "file", bytes: configuration },
    { path: `usr/share/doc/mirage-dhcp/${LICENSES_FILE}`, type: "file", bytes: licenses },
    { path: "tmp", type: "directory", mode: 0o1777 },
    // The MirageSDK example binds the host's runc there.
    { path: "usr/bin/runc", type: "file", bytes: new Uint8Array(0), mode: 0o755 },
    ...DIRECTORIES.map((path): TarEntry => ({ path, type: "directory" })),
    ...LINKS.map(([path, target]): TarEntry => ({ path, type: "symlink", target })),
  ];
}
