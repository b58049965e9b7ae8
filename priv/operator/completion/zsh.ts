/**
 * The completion script of zsh.
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
  quoted,
  SHELLS,
  valueKind,
} from "./words.ts";

/** Completes the value of an option. */
const VALUE_ACTION = { none: "", directory: "_files -/", file: "_files", text: "" } as const;

/** Completes the arguments of a command. */
const ARGUMENT_ACTION: Readonly<Record<ArgumentKind, string | null>> = {
  none: null,
  interface: "_mirage_dhcp_interfaces",
  key: "_mirage_dhcp_keys",
  prefix: "_mirage_dhcp_keys",
  shell: `(${SHELLS.join(" ")})`,
  command: "_mirage_dhcp_commands",
};

/** What has a meaning in a specification of _arguments or _describe. */
function literal(text: string): string {
  return text.replace(/[\\\[\]:]/g, "\\$&");
}

function specification(row: CommandOption): string[] {
  const { name, short, value, help } = row;
  const message = `[${literal(help)}]`;
  const action = value === undefined
    ? ""
    : `:${literal(value.split(" ")[0])}:${VALUE_ACTION[valueKind(row)]}`;
  if (row.takesRest === true) return [`(-)--${name}${message}${action}`, "*::argument:_files"];
  const long = `--${name}${value === undefined ? "" : "="}${message}${action}`;
  return short === undefined ? [long] : [long, `-${short}${message}${action}`];
}

function argumentsOf({ kind, options }: Completion): string {
  const action = ARGUMENT_ACTION[kind];
  const specifications = options.flatMap(specification);
  const takesRest = specifications.some((each) => each.startsWith("*::"));
  if (action !== null) specifications.push(`${takesRest ? "1" : "*"}:argument:${action}`);
  return `_arguments ${specifications.map(quoted).join(" \\\n        ")}`;
}

/** The script. */
export function zshCompletion(): string {
  const commands = COMMANDS.map(({ name, summary }) => quoted(`${name}:${literal(summary)}`));
  const branches = COMMANDS.map((each) =>
    `    ${each.name})\n      ${argumentsOf(each)}\n      ;;`
  );
  return `#compdef mirage-dhcp
# zsh completion of mirage-dhcp, as \`mirage-dhcp completion zsh\` prints it.

_mirage_dhcp_interfaces() {
  local -aU names
  names=(${DEFAULT_RUN_DIR}/*(N/:t) /sys/class/net/*(N:t))
  compadd -a "$@" names
}

_mirage_dhcp_keys() {
  local -aU names
  local -a keys
  if [[ $PREFIX == /* ]]; then
    keys=(${DAEMON_KEY_PATHS.map(quoted).join(" ")})
    names=(/daemon\${^keys})
    compadd -a names
  elif [[ $PREFIX == */* ]]; then
    keys=(${INTERFACE_KEYS.map(quoted).join(" ")})
    names=("\${PREFIX%%/*}"\${^keys})
    compadd -a names
  else
    names=(${DEFAULT_RUN_DIR}/*(N/:t) /sys/class/net/*(N:t))
    compadd -S / -a names
    compadd -S '' /daemon/
  fi
}

_mirage_dhcp_commands() {
  local -a commands
  commands=(${commands.join(" \\\n    ")})
  _describe -t commands command commands
}

_mirage_dhcp() {
  if (( CURRENT == 2 )) && [[ $PREFIX != -* ]]; then
    _mirage_dhcp_commands
    _mirage_dhcp_interfaces
    return
  fi
  local -a outer
  outer=("\${words[@]}")
  case $words[2] in
    ${COMMANDS.map(({ name }) => name).join("|")})
      shift words
      (( CURRENT-- ))
      ;;
  esac
  case $outer[2] in
${branches.join("\n")}
    *)
      ${argumentsOf(DAEMON_LINE)}
      ;;
  esac
}

if [[ $funcstack[1] == _mirage[-_]dhcp ]]; then
  _mirage_dhcp "$@"
else
  compdef _mirage_dhcp mirage-dhcp
fi
`;
}
