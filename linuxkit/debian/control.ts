/**
 * The texts of the Debian package: control file, changelog, copyright.
 *
 * @module
 */

/** Who answers for the package. */
const MAINTAINER = "mirage-dhcp authors <mirage-dhcp@invalid.invalid>";

/** A package needs what `systemd-sysusers` is in. Nothing else: the program carries its libraries. */
const DEPENDS = "systemd | systemd-standalone-sysusers";

/**
 * The control file (deb-control(5)).
 *
 * @param version of the package
 * @param installedKib what it takes on disk, in KiB
 */
export function controlText(version: string, installedKib: number): string {
  return `Package: mirage-dhcp
Version: ${version}
Architecture: amd64
Maintainer: ${MAINTAINER}
Installed-Size: ${installedKib}
Depends: ${DEPENDS}
Suggests: systemd-resolved
Section: net
Priority: optional
Description: privilege-separated DHCP client for hostile networks
 Packets that anyone on the link can forge are handled only by a sandboxed
 process without files, network and capabilities, one for each interface. The
 privileged process never parses a DHCP packet, and acts on typed values only.
 .
 To manage an interface: systemctl enable --now mirage-dhcp@eth0
`;
}

/** The date of an entry in a changelog (RFC 5322). */
function mailDate(seconds: number): string {
  return new Date(seconds * 1000).toUTCString().replace("GMT", "+0000");
}

/**
 * Debian's changelog (deb-changelog(5)), which says where the real one is.
 *
 * @param version of the package
 * @param seconds since 1970
 */
export function changelogText(version: string, seconds: number): string {
  return `mirage-dhcp (${version}) unstable; urgency=medium

  * See CHANGELOG.md of the sources.

 -- ${MAINTAINER}  ${mailDate(seconds)}
`;
}

/**
 * The copyright file.
 *
 * @param licence ours
 * @param embedded notices of what the executable carries
 */
export function copyrightText(licence: string, embedded: string): string {
  return `mirage-dhcp

${licence.trim()}

The executable carries Deno's runtime and libraries of Debian, which have licences of their own.

${embedded.trim()}
`;
}
