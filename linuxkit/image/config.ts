/**
 * What the image says of itself: to everybody (OCI image configuration), and to LinuxKit (a label).
 *
 * @module
 */

/**
 * How LinuxKit runs the image unless a YAML file says otherwise (`ImageConfig` of LinuxKit's
 * moby/config.go); build.yml has the same.
 */
export const LINUXKIT_CONFIG = {
  binds: [
    // resolv.conf is what LinuxKit's /etc/resolv.conf points to.
    "/run/resolvconf:/etc",
    // Results, and the sockets of the commands.
    "/run/dhcp-client:/data",
    // The last lease and the audit log: they outlive the container.
    "/var/lib/dhcp-client:/var/lib/dhcp-client",
  ],
  // A YAML file that has binds of its own replaces all of those above: then there is memory at the same places, so
  // that the daemon works, and what nobody has bound is gone with it.
  tmpfs: ["/data", "/etc", "/var/lib/dhcp-client"].map((path) =>
    `${path}:nosuid,nodev,noexec,mode=755,size=16m`
  ),
  // CAP_SYS_ADMIN would be needed only to set the host's name.
  capabilities: ["CAP_NET_ADMIN", "CAP_NET_RAW"],
  readonly: true,
  noNewPrivileges: true,
  runtime: { mkdir: ["/run/dhcp-client", "/var/lib/dhcp-client"] },
};

/** The label in which LinuxKit looks for it. */
export const LINUXKIT_LABEL = "org.mobyproject.config";

/** An image: what differs from the others, which have the same files. */
export interface ImageKind {
  /** Its name, without a registry or a tag. */
  readonly name: string;
  /** Its command where a YAML file gives none. */
  readonly command: readonly string[];
}

/** A daemon, as LinuxKit's dhcpcd image is: a service has no command of its own. */
export const DHCPCD_IMAGE: ImageKind = {
  name: "mirage-dhcp",
  command: ["/sbin/dhcpcd", "--nobackground", "-f", "/dhcpcd.conf"],
};

/**
 * In the MirageSDK client's place, which stood in onboot without a command, ended with its first lease, and
 * had the host's /sbin over its own.
 */
export const DHCP_CLIENT_IMAGE: ImageKind = {
  name: "mirage-dhcp-client",
  command: ["/dhcp-client", "-vv"],
};

/** Logs go to files there. */
export const ENVIRONMENT: readonly string[] = ["PATH=/sbin:/bin", "NO_COLOR=1"];

/** Machines, as Go and OCI call them. */
export type Architecture = "amd64" | "arm64";

/** Nothing of the moment goes into the image. */
const CREATED = "1970-01-01T00:00:00Z";

/**
 * The image configuration (OCI image specification, config.md).
 *
 * @param architecture of the executable
 * @param diffId digest of the uncompressed layer
 * @param command what it runs
 * @returns to be written as JSON
 */
export function imageConfig(
  architecture: Architecture,
  diffId: string,
  command: readonly string[],
): Record<string, unknown> {
  return {
    created: CREATED,
    architecture,
    os: "linux",
    config: {
      Env: ENVIRONMENT,
      Cmd: command,
      WorkingDir: "/",
      Labels: { [LINUXKIT_LABEL]: JSON.stringify(LINUXKIT_CONFIG) },
    },
    rootfs: { type: "layers", diff_ids: [diffId] },
    history: [{ created: CREATED, created_by: "mirage-dhcp: deno task image" }],
  };
}

/**
 * The annotations of a manifest and of the index (OCI image specification, annotations.md).
 *
 * @param version of mirage-dhcp
 * @returns keys and values
 */
export function annotations(version: string): Record<string, string> {
  return {
    "org.opencontainers.image.title": "mirage-dhcp",
    "org.opencontainers.image.description": "A privilege-separated DHCP client",
    "org.opencontainers.image.version": version,
    "org.opencontainers.image.licenses": LICENSES,
  };
}

/** SPDX: of mirage-dhcp, of Deno's runtime, and of the libraries; `mirage-dhcp licenses` has the texts. */
const LICENSES = "ISC AND MIT AND Apache-2.0 AND BSD-3-Clause AND LGPL-2.1-or-later AND " +
  "LGPL-2.1-only AND GPL-3.0-or-later WITH GCC-exception-3.1";
