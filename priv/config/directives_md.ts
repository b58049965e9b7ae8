/**
 * Renders the table of directives as DIRECTIVES.md.
 *
 * @module
 */

import { OPTION_TABLE } from "../option_table.ts";
import type { Honoured } from "./directive_row.ts";
import { DIRECTIVES } from "./directives.ts";

/** How it is said in a table whether a directive is obeyed. */
export const HONOURED_TEXT: Readonly<Record<Honoured, string>> = {
  yes: "yes",
  part: "in part",
  same: "no effect",
  no: "warning",
  never: "error",
};

function directiveLines(): string {
  return [...DIRECTIVES.values()].map(({ name, args, honoured, meaning, global }) => {
    const shown = `\`${name}\`${args === "" ? "" : ` ${args}`}`;
    return `| ${shown} | ${HONOURED_TEXT[honoured]} | ${meaning}${
      global ? "; not in a block" : ""
    } |`;
  }).join("\n");
}

function ownNames(): string {
  return OPTION_TABLE
    .filter(({ name, commandLineOnly }) => commandLineOnly !== true && !DIRECTIVES.has(name))
    .map(({ name }) => `\`${name}\``).join(", ");
}

/** The whole of DIRECTIVES.md, ending with a line end. */
export function renderDirectivesMd(): string {
  return `<!-- Rendered from the table of directives; directives_md_test.ts compares and, with UPDATE=1, writes it. -->

# The configuration file

\`--config=FILE\`, or \`/etc/mirage-dhcp.conf\` if it is there: the syntax of dhcpcd.conf(5). Each line has the name
of a directive and its value. A \`#\` that is neither quoted nor escaped begins a comment, and so does a \`;\` at the
beginning of a line. A string may stand in double quotes; \`\\\` escapes a character, and \`\\n\`, \`\\x1f\` and \`\\033\`
are characters by name and code. A file has at most 64 KiB, a line at most 1024 characters.

- The command line counts first, then the \`interface\` blocks that an interface fits (the last first), then what
  stands before the first block, then the defaults, which are those of \`mirage-dhcp --help\` and not dhcpcd's. An
  option that a stronger one contradicts is left out; a contradiction within the file is an error.
- \`interface NAME…\` begins a block for these interfaces, names or patterns of fnmatch(3). \`profile NAME\` begins one
  for \`fallback NAME\`. An \`ssid\` block is passed over with a warning. A block ends where the next begins.
- An error means that the file is not used: the daemon does not start, or goes on with what it had. After a warning
  it is used. \`--check-config\` exits with 78 for either.
- \`mirage-dhcp config --print\` shows what counts, and who decided it.

## Directives of dhcpcd

| directive | honoured | meaning, or why not |
| --- | --- | --- |
| \`interface\` name… | yes | what follows is for these interfaces (dhcpcd: for one) |
| \`profile\` name | in part | what follows is for \`fallback\`; only \`static\` counts in it |
| \`ssid\` ssid | warning | what follows is passed over: networks are not told apart |
${directiveLines()}

## Directives of mirage-dhcp

The long options without their dashes, with the value as the next word; a switch stands alone, or has \`on\` or
\`off\`. Those about servers and addresses may stand in an \`interface\` block.

${ownNames()}
`;
}
