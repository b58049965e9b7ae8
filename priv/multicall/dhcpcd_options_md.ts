/**
 * Renders the table of dhcpcd's options as DHCPCD_OPTIONS.md.
 *
 * @module
 */

import { DIRECTIVES } from "../config/directives.ts";
import { HONOURED_TEXT } from "../config/directives_md.ts";
import { DHCPCD_OPTIONS, type DhcpcdOption } from "./dhcpcd_options.ts";

const VALUE = { none: "", required: " value", optional: "[=value]" } as const;

function nameText({ long, short, argument }: DhcpcdOption): string {
  const both = short === undefined ? `--${long}` : `-${short}, --${long}`;
  return `\`${both}\`${VALUE[argument]}`;
}

function doneText({ becomes }: DhcpcdOption): string {
  if (becomes.as === "refused") return HONOURED_TEXT.never;
  if (becomes.as === "command") return "command";
  if (becomes.as !== "directive") return HONOURED_TEXT.yes;
  const row = DIRECTIVES.get(becomes.name);
  if (row === undefined) throw new TypeError(`Cannot find the directive ${becomes.name}`);
  return HONOURED_TEXT[row.honoured];
}

function meaningText({ becomes, meaning }: DhcpcdOption): string {
  if (meaning !== "" || becomes.as !== "directive") return meaning;
  return DIRECTIVES.get(becomes.name)?.meaning ?? "";
}

function lines(options: readonly DhcpcdOption[]): string {
  return options.map((each) => `| ${nameText(each)} | ${doneText(each)} | ${meaningText(each)} |`)
    .join("\n");
}

/** The whole of DHCPCD_OPTIONS.md, ending with a line end. */
export function renderDhcpcdOptionsMd(): string {
  const isShort = ({ short }: DhcpcdOption) => short !== undefined;
  return `<!-- Rendered from the table of options; dhcpcd_options_md_test.ts compares and, with UPDATE=1, writes it. -->

# dhcpcd's command line

Started by the name \`dhcpcd\`, by a symbolic link say, mirage-dhcp takes the options of dhcpcd(8), versions 9 and 10,
as getopt_long(3) does: \`-1Bt5\`, \`--timeout=5\`, \`--time 5\`. Options may stand behind interfaces.

- An option that dhcpcd.conf(5) has as a directive is that directive. It counts before the configuration file, its
  \`interface\` blocks too. Without \`-f\` that file is /etc/dhcpcd.conf if it is there; /etc/mirage-dhcp.conf is not read.
- Without an interface, those of \`allowinterfaces\` are meant, else every Ethernet interface but those of
  \`denyinterfaces\`, bridges and taps among them, which dhcpcd leaves out.
- Without \`-B\` and \`-1\` the command returns with 0 once there is a lease, and the daemon goes on in a session of its
  own. What it logs until then is shown, and then goes to syslog unless the file says otherwise. When the time is
  over (\`-t\`, 30 s) without a lease, a daemon for one interface ends, with 1, and one for several goes on. A daemon
  that is told of a service manager by \`NOTIFY_SOCKET\` stays in the foreground.
- The exit status is 0, 1 when something went wrong, or 64 for a wrong command line (dhcpcd: 1).
- Defaults, directories and the log are those of mirage-dhcp. There is no link-local address without
  \`--fallback ipv4ll\`; addresses are used at once and probed meanwhile; a file that \`-f\` names must be there.
- The daemon that \`-k\`, \`-x\`, \`-n\`, \`-N\`, \`-g\` and \`-U\` ask is whichever has the interface in the run directory, which
  the file's \`run-dir\` may name; without an interface, all daemons there.

## Options with a letter, and commands

| option | done | meaning, or why not |
| --- | --- | --- |
${lines(DHCPCD_OPTIONS.filter(isShort))}
| \`--version\` | command | show the version |

## Other options

| option | done | meaning, or why not |
| --- | --- | --- |
${lines(DHCPCD_OPTIONS.filter((each) => !isShort(each) && each.long !== "version"))}
`;
}
