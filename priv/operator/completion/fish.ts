/**
 * The completion script of fish.
 *
 * @module
 */

import { DEFAULT_RUN_DIR } from "../command_table.ts";
import type { ArgumentKind, CommandOption } from "../command_row.ts";
import {
  COMMANDS,
  type Completion,
  DAEMON_KEY_PATHS,
  DAEMON_LINE,
  INTERFACE_KEYS,
  SHELLS,
  valueKind,
} from "./words.ts";

/** A text as one word of fish, which knows `\'` and `\\` between single quotes. */
function quoted(text: string): string {
  return `'${text.replace(/['\\]/g, "\\$&")}'`;
}

const NAMES = COMMANDS.map(({ name }) => name).join(" ");

/** Completes the arguments of a command. */
const ARGUMENT_ACTION: Readonly<Record<ArgumentKind, string | null>> = {
  none: null,
  interface: "(__mirage_dhcp_interfaces)",
  key: "(__mirage_dhcp_keys)",
  prefix: "(__mirage_dhcp_keys)",
  shell: SHELLS.join(" "),
  command: NAMES,
};

function option(condition: string, row: CommandOption): string {
  const short = row.short === undefined ? "" : ` -s ${row.short}`;
  const kind = valueKind(row);
  const value = kind === "none"
    ? ""
    : kind === "directory"
    ? " -x -a '(__fish_complete_directories)'"
    : kind === "file"
    ? " -r -F"
    : " -x";
  return `complete -c mirage-dhcp -n ${quoted(condition)} -l ${row.name}${short}${value} -d ${
    quoted(row.help)
  }`;
}

function lines({ name, kind, options }: Completion): string[] {
  const condition = name === "" ? "__mirage_dhcp_is daemon" : `__mirage_dhcp_is ${name}`;
  const action = ARGUMENT_ACTION[kind];
  return [
    ...options.map((row) => option(condition, row)),
    ...(action === null
      ? []
      : [`complete -c mirage-dhcp -n ${quoted(condition)} -a ${quoted(action)}`]),
  ];
}

/** The script. */
export function fishCompletion(): string {
  return `# fish completion of mirage-dhcp, as \`mirage-dhcp completion fish\` prints it.

function __mirage_dhcp_interfaces
    for each in ${DEFAULT_RUN_DIR}/*/ /sys/class/net/*/
        string replace -r '^.*/([^/]+)/$' '$1' -- $each
    end | sort -u
end

function __mirage_dhcp_keys
    for key in ${DAEMON_KEY_PATHS.map(quoted).join(" ")}
        echo /daemon$key
    end
    for each in (__mirage_dhcp_interfaces)
        echo $each
        for key in ${INTERFACE_KEYS.map(quoted).join(" ")}
            echo $each$key
        end
    end
end

# Whether the first argument is a command, or none is ("daemon").
function __mirage_dhcp_is
    set -l words (commandline -opc)
    set -l found daemon
    if test (count $words) -gt 1; and contains -- $words[2] ${NAMES}
        set found $words[2]
    end
    test "$found" = "$argv[1]"
end

function __mirage_dhcp_begins
    test (count (commandline -opc)) -eq 1
end

complete -c mirage-dhcp -f
${
    COMMANDS.map(({ name, summary }) =>
      `complete -c mirage-dhcp -n __mirage_dhcp_begins -a ${name} -d ${quoted(summary)}`
    ).join("\n")
  }
${[...COMMANDS, DAEMON_LINE].flatMap(lines).join("\n")}
`;
}
