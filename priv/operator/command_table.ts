/**
 * The operator's commands in one table, from which the parser, the help, the shells' completions and the manual
 * page derive.
 *
 * @module
 */

import type { CommandOption, CommandRow } from "./command_row.ts";

/** Where the sockets are unless told otherwise. */
export const DEFAULT_RUN_DIR = "/var/run/dhcp-client";
/** Where leases are kept unless told otherwise. */
export const DEFAULT_STATE_DIR = "/var/lib/dhcp-client";

const RUN_DIR: CommandOption = {
  name: "run-dir",
  value: "DIR",
  help: `Where the daemon's socket is. Default ${DEFAULT_RUN_DIR}.`,
};

const STATE_DIR: CommandOption = {
  name: "state-dir",
  value: "DIR",
  help: `Where the daemon keeps its leases. Default ${DEFAULT_STATE_DIR}.`,
};

const JSON_OUTPUT: CommandOption = { name: "json", help: "Print JSON." };

const WAITING: readonly CommandOption[] = [
  {
    name: "timeout",
    value: "SECONDS",
    help: "How long to wait for it to be done. Default 10; then the exit status is 75.",
  },
  { name: "no-wait", help: "Do not wait." },
];

function request(name: string, summary: string, text: string): CommandRow {
  return {
    name,
    arguments: "[IFACE]...",
    kind: "interface",
    min: 0,
    max: Infinity,
    summary,
    text: [text],
    options: [RUN_DIR, ...WAITING],
    examples: [{ line: `${name} eth0`, help: "For eth0 only." }],
  };
}

const STATUS: CommandRow = {
  name: "status",
  arguments: "[IFACE]...",
  kind: "interface",
  min: 0,
  max: Infinity,
  summary: "Show what the daemon does, and with what result.",
  text: [
    "State, address, server and times of each lease, routes, name servers, the sandbox and which of its " +
    "layers hold, restarts of the calf, packets by reason, and the last errors. The exit status says " +
    "whether a daemon has answered, not what it has to tell.",
    "With --json, an object: `daemon` has the keys below /daemon, and `interfaces` has those of each " +
    "interface by its name, in the form of lease.json (schema/lease.schema.json): a part of a path is " +
    "a member, numbered keys are arrays, times and counts are numbers.",
  ],
  options: [RUN_DIR, JSON_OUTPUT],
  examples: [
    { line: "status", help: "Show the daemon and all its interfaces." },
    { line: "status --json eth0", help: "Print what there is of eth0 for a program." },
  ],
};

const GET: CommandRow = {
  name: "get",
  arguments: "[IFACE/]KEY",
  kind: "key",
  min: 1,
  max: 1,
  summary: "Print the value of a key.",
  text: [
    "A key is written as IFACE/KEY, as /daemon/KEY, or as KEY when there is only one interface; " +
    "`mirage-dhcp keys` lists them. Of something that has keys below it, each is printed as a line of " +
    "key and value. A key that is not set, and an interface that is not there, give exit status 66.",
  ],
  options: [RUN_DIR],
  examples: [
    { line: "get eth0/ip", help: "Print the address of eth0." },
    { line: "get eth0/lease", help: "Print server and times of its lease." },
    { line: "get /daemon/version", help: "Print the version of the daemon." },
  ],
};

const WATCH: CommandRow = {
  name: "watch",
  arguments: "[PREFIX]",
  kind: "prefix",
  min: 0,
  max: 1,
  summary: "Print a line for each change, or run a script.",
  text: [
    "PREFIX is an interface, IFACE/KEY, /daemon or /daemon/KEY; without it everything is watched. A " +
    "line has the time, the key and its new value, or the key and (deleted). It ends with 0 when nobody " +
    "reads it, and with 75 when the last daemon has ended.",
    "With --exec, SCRIPT is executed without a shell once for each event of an interface, one at a " +
    "time and in order. Reasons and variables have dhcpcd's names: see HOOKS in `mirage-dhcp man`. " +
    "SCRIPT needs the rights of whoever runs this command, and nothing more: the daemon runs no scripts.",
  ],
  options: [
    RUN_DIR,
    {
      name: "json",
      help:
        "Print an object for each change: time, interface (null for the daemon itself), key, and " +
        "value (null when it was deleted).",
    },
    { name: "initial", help: "Begin with a line for each key that is set already." },
    {
      name: "all",
      help: "Tell also of keys that were written again with the same value, and of measurements.",
    },
    {
      name: "exec",
      value: "SCRIPT [ARG]...",
      help: "Run SCRIPT with these arguments for each event. Must be the last option.",
      takesRest: true,
    },
  ],
  examples: [
    { line: "watch eth0/ip", help: "Tell when the address of eth0 changes." },
    { line: "watch --exec /etc/dhcp-hook", help: "Run a script for every interface's events." },
  ],
};

const RELOAD: CommandRow = {
  name: "reload",
  arguments: "",
  kind: "none",
  min: 0,
  max: 0,
  summary: "Have the daemon read its configuration file again.",
  text: ["A file with errors is refused, and the daemon goes on with the one that it has."],
  options: [RUN_DIR, ...WAITING],
  examples: [],
};

const AUDIT: CommandRow = {
  name: "audit",
  arguments: "",
  kind: "none",
  min: 0,
  max: 0,
  summary: "Show or verify the audit log.",
  text: [
    "Each line holds the SHA-256 of the one before it, and a daemon that runs knows that of the last one. " +
    "With --verify the exit status is 65 when a line has been changed, removed, moved or inserted.",
  ],
  options: [
    {
      name: "verify",
      help: "Check the chain, and say which line has been changed, removed or moved.",
    },
    {
      name: "since",
      value: "TIME",
      help: "Show only what happened since then: 10m, 2h, 1d, or 2026-01-31T12:00:00Z.",
    },
    { name: "file", value: "FILE", help: "This log. Default: those of the daemons that run." },
    {
      name: "state-dir",
      value: "DIR",
      help: `The log of a daemon that kept its state there. Default ${DEFAULT_STATE_DIR}.`,
    },
    RUN_DIR,
    JSON_OUTPUT,
  ],
  examples: [
    { line: "audit --since=1h", help: "Show what happened within the last hour." },
    { line: "audit --verify", help: "Check that nobody has changed the log." },
  ],
};

const LEASES: CommandRow = {
  name: "leases",
  arguments: "[IFACE]...",
  kind: "interface",
  min: 0,
  max: Infinity,
  summary: "List the leases.",
  text: [
    "Without a daemon, or without the right to ask it, the leases that it has saved are listed.",
  ],
  options: [RUN_DIR, STATE_DIR, JSON_OUTPUT],
  examples: [],
};

const KEYS: CommandRow = {
  name: "keys",
  arguments: "",
  kind: "none",
  min: 0,
  max: 0,
  summary: "List the keys that there are.",
  text: ["This is what this version knows. It asks no daemon."],
  options: [JSON_OUTPUT],
  examples: [],
};

const CONFIG: CommandRow = {
  name: "config",
  arguments: "[OPTION]... [IFACE]...",
  kind: "interface",
  min: 0,
  max: Infinity,
  summary: "Show what a daemon with these options would do.",
  text: [
    "OPTION is any option of the daemon, such as --config=FILE. Each value is shown with where it comes from: the " +
    "command line, a line of the configuration file, or the default. The output is a configuration file itself.",
  ],
  options: [
    { name: "print", help: "Print the configuration, which is also done without this option." },
    JSON_OUTPUT,
  ],
  takesDaemonOptions: true,
  examples: [
    { line: "config --print eth0", help: "Print what counts for eth0." },
  ],
};

const COMPLETION: CommandRow = {
  name: "completion",
  arguments: "bash|zsh|fish",
  kind: "shell",
  min: 1,
  max: 1,
  summary: "Print the completion script of a shell.",
  text: [],
  options: [],
  examples: [
    {
      line: "completion bash >/usr/share/bash-completion/completions/mirage-dhcp",
      help: "Install it for everybody.",
    },
  ],
};

const MAN: CommandRow = {
  name: "man",
  arguments: "",
  kind: "none",
  min: 0,
  max: 0,
  summary: "Print the manual page.",
  text: [],
  options: [],
  examples: [{ line: "man | man -l -", help: "Read it." }],
};

const LICENSES: CommandRow = {
  name: "licenses",
  arguments: "",
  kind: "none",
  min: 0,
  max: 0,
  summary: "Print the licenses of all that is in this executable.",
  text: [],
  options: [],
  examples: [],
};

const HELP: CommandRow = {
  name: "help",
  arguments: "[COMMAND]",
  kind: "command",
  min: 0,
  max: 1,
  summary: "Explain a command, or list them.",
  text: ["`mirage-dhcp --help` explains how to start the daemon."],
  options: [],
  examples: [],
};

/** Every command, in the order of `mirage-dhcp help`. */
export const COMMAND_TABLE: readonly CommandRow[] = [
  STATUS,
  GET,
  WATCH,
  request(
    "renew",
    "Renew the lease.",
    "Without IFACE, those of all interfaces. An interface without a lease looks for a server at once.",
  ),
  request(
    "rebind",
    "Ask any server for more time (RFC 2131, REBINDING).",
    "Without IFACE, for all interfaces.",
  ),
  request(
    "release",
    "Give the lease back.",
    "Without IFACE, those of all interfaces. An interface stays without a lease until `renew`.",
  ),
  RELOAD,
  AUDIT,
  LEASES,
  KEYS,
  CONFIG,
  COMPLETION,
  MAN,
  LICENSES,
  HELP,
];
