/**
 * The text of `dhcpcd --help`.
 *
 * @module
 */

import { DIRECTIVES } from "../config/directives.ts";
import { optionLines, wrap } from "../help.ts";
import { DHCPCD_OPTIONS, type DhcpcdOption } from "./dhcpcd_options.ts";
import type { Argument } from "./getopt.ts";

const WIDTH = 80;

const VALUE: Readonly<Record<Argument, string | undefined>> = {
  none: undefined,
  required: "VALUE",
  optional: "[VALUE]",
};

/** What comes of a directive that is not obeyed. */
const HONOURED: Readonly<Record<string, string>> = {
  same: "No effect: ",
  no: "A warning: ",
  never: "Refused: ",
};

function isWarned({ becomes }: DhcpcdOption): boolean {
  const row = becomes.as === "directive" ? DIRECTIVES.get(becomes.name) : undefined;
  return becomes.as === "refused" || row?.honoured === "no" || row?.honoured === "never";
}

/** What becomes of an option, as a sentence. */
function sentenceOf({ becomes, meaning }: DhcpcdOption): string {
  const row = becomes.as === "directive" && meaning === ""
    ? DIRECTIVES.get(becomes.name)
    : undefined;
  const plain = (row?.meaning ?? meaning).replaceAll("`", "").replaceAll("\\|", "|");
  const how = becomes.as === "refused" ? HONOURED.never : HONOURED[row?.honoured ?? ""] ?? "";
  return how !== "" ? `${how}${plain}.` : `${plain[0].toUpperCase()}${plain.slice(1)}.`;
}

function linesOf(option: DhcpcdOption): string[] {
  const { long, short, argument } = option;
  const value = VALUE[argument];
  return optionLines({
    name: long,
    help: sentenceOf(option),
    ...(short === undefined ? {} : { short }),
    ...(value === undefined ? {} : { value }),
  });
}

/** The whole text, ending with a newline. `version` stands in its first line. */
export function dhcpcdHelp(version: string): string {
  const withShort = DHCPCD_OPTIONS.filter(({ short }) => short !== undefined);
  const done = withShort.filter((option) => !isWarned(option));
  const others = DHCPCD_OPTIONS.filter(({ short, long }) =>
    short === undefined && !["version", "master"].includes(long)
  );
  return [
    `dhcpcd - mirage-dhcp ${version} by the command line of dhcpcd(8)`,
    "",
    "Usage: dhcpcd [OPTION]... [IFACE]...",
    "       dhcpcd -n|-N|-g|-k|-x|-U [IFACE]...",
    "       dhcpcd --version",
    "",
    ...wrap(
      "Gets a DHCPv4 lease for each interface IFACE and configures it, then goes to the " +
        "background. Without IFACE, for those that allowinterfaces names, else for all Ethernet " +
        "interfaces but those of denyinterfaces. Exits with 0 when all went well, with 1 when it " +
        "did not, and with 64 when the command line is wrong.",
      WIDTH,
    ),
    "",
    "Options:",
    ...done.flatMap(linesOf),
    "      --version         Show the version.",
    "",
    "Options that are not done:",
    ...withShort.filter(isWarned).flatMap(linesOf),
    "",
    "Directives of dhcpcd.conf(5) that are options too:",
    ...wrap(others.map(({ long }) => `--${long}`).join(" "), WIDTH - 2).map((line) => `  ${line}`),
    "",
    "Files:",
    "  /etc/dhcpcd.conf      the configuration, which the command line counts before",
    "  /var/run/dhcp-client/IFACE/",
    "                        the lease, one file per key",
    "",
    "The rest is as `mirage-dhcp --help` says. Defaults are those of mirage-dhcp:",
    "there is no link-local address unless `--fallback ipv4ll` asks for it.",
    "",
  ].join("\n");
}
