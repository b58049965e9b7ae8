/**
 * Configuration files as text, for tests.
 *
 * @module
 */

import { joinOptions, type PrivOptions, readCommandLine } from "../../options.ts";
import { translate } from "../translate.ts";

/** Every directive of LinuxKit's dhcpcd.conf, in its order. */
export const LINUXKIT_CONF = `# the interfaces of a virtual machine
allowinterfaces eth*

# say who we are
hostname
clientid

persistent

option rapid_commit
option domain_name_servers, domain_name, domain_search, host_name
option classless_static_routes
option ntp_servers
option interface_mtu
require dhcp_server_identifier

slaac private

nodelay
noarp
waitip 4
`;

/** What a daemon gets from a file and a command line, whatever the file's problems. @throws {ExitError} */
export function optionsOf(text: string, ...argv: string[]): PrivOptions {
  return joinOptions(readCommandLine(argv), translate("/c", text).file);
}

/** The problems of a file as lines: `1 error: …`. */
export function problemsOf(text: string): string[] {
  return translate("/c", text).problems
    .map(({ line, severity, message }) => `${line} ${severity}: ${message}`);
}
