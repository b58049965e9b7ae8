/**
 * The completion script of bash.
 *
 * @module
 */

import { DEFAULT_RUN_DIR } from "../command_table.ts";
import {
  COMMANDS,
  type Completion,
  DAEMON_KEY_PATHS,
  DAEMON_LINE,
  INTERFACE_KEYS,
  quoted,
  SHELLS,
  type ValueKind,
  valueKind,
} from "./words.ts";

function flags({ options }: Completion, kinds: readonly ValueKind[]): string[] {
  return options.filter((row) => kinds.includes(valueKind(row)))
    .flatMap(({ name, short }) => short === undefined ? [`--${name}`] : [`--${name}`, `-${short}`]);
}

const ALL: readonly ValueKind[] = ["none", "directory", "file", "text"];

function list(words: readonly string[]): string {
  return `(${words.map(quoted).join(" ")})`;
}

function branch(completion: Completion): string {
  const pattern = completion.name === "" ? "*" : completion.name;
  return [
    `    ${pattern})`,
    `      options=${list(flags(completion, ALL))}`,
    `      directories=${list(flags(completion, ["directory"]))}`,
    `      files=${list(flags(completion, ["file"]))}`,
    `      texts=${list(flags(completion, ["text"]))}`,
    `      kind=${completion.kind}`,
    "      ;;",
  ].join("\n");
}

/**
 * The script. Names of interfaces are only ever compared, never expanded: `compgen -W` would run what is
 * between backquotes in them.
 */
export function bashCompletion(): string {
  return `# bash completion of mirage-dhcp, as \`mirage-dhcp completion bash\` prints it.

# Offers those of some words that begin with the word under the cursor.
_mirage_dhcp_offer() {
  local each
  for each in "$@"; do
    [[ $each == "$cur"* ]] && COMPREPLY+=("$each")
  done
}

# Tells whether the first word is among the others.
_mirage_dhcp_among() {
  local wanted=$1 each
  shift
  for each in "$@"; do
    [[ $each == "$wanted" ]] && return 0
  done
  return 1
}

_mirage_dhcp_interfaces() {
  local each
  interfaces=()
  for each in ${DEFAULT_RUN_DIR}/*/ /sys/class/net/*/; do
    [[ -d $each ]] || continue
    each=\${each%/}
    each=\${each##*/}
    _mirage_dhcp_among "$each" "\${interfaces[@]}" || interfaces+=("$each")
  done
}

_mirage_dhcp_keys() {
  local top=$1 key
  shift
  for key in "$@"; do
    _mirage_dhcp_offer "$top$key"
  done
}

_mirage_dhcp() {
  local cur=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]} command='' kind
  local -a options directories files texts interfaces
  local -a commands=${list(COMMANDS.map(({ name }) => name))}
  COMPREPLY=()
  # bash makes words of their own of = and what is around it.
  if [[ $cur == = ]]; then
    cur=''
  elif [[ $previous == = ]]; then
    previous=\${COMP_WORDS[COMP_CWORD-2]}
  fi
  (( COMP_CWORD > 1 )) && command=\${COMP_WORDS[1]}
  case $command in
${[...COMMANDS, DAEMON_LINE].map(branch).join("\n")}
  esac
  if _mirage_dhcp_among "$previous" "\${directories[@]}"; then
    compopt -o filenames 2>/dev/null
    mapfile -t COMPREPLY < <(compgen -d -- "$cur")
    return
  fi
  if _mirage_dhcp_among "$previous" "\${files[@]}"; then
    compopt -o filenames 2>/dev/null
    mapfile -t COMPREPLY < <(compgen -f -- "$cur")
    return
  fi
  _mirage_dhcp_among "$previous" "\${texts[@]}" && return
  if [[ $cur == -* ]]; then
    _mirage_dhcp_offer "\${options[@]}"
    return
  fi
  (( COMP_CWORD == 1 )) && _mirage_dhcp_offer "\${commands[@]}"
  _mirage_dhcp_interfaces
  case $kind in
    interface)
      _mirage_dhcp_offer "\${interfaces[@]}"
      ;;
    key|prefix)
      if [[ $cur == /* ]]; then
        _mirage_dhcp_keys /daemon ${DAEMON_KEY_PATHS.map(quoted).join(" ")}
      elif [[ $cur == */* ]]; then
        _mirage_dhcp_keys "\${cur%%/*}" ${INTERFACE_KEYS.map(quoted).join(" ")}
      else
        compopt -o nospace 2>/dev/null
        _mirage_dhcp_offer "\${interfaces[@]/%//}" /daemon/
      fi
      ;;
    shell)
      _mirage_dhcp_offer ${SHELLS.join(" ")}
      ;;
    command)
      _mirage_dhcp_offer "\${commands[@]}"
      ;;
  esac
}

complete -F _mirage_dhcp mirage-dhcp
`;
}
