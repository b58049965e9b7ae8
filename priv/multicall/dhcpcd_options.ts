/**
 * The options of dhcpcd(8), versions 9 and 10, in one table: what becomes of each. Most are directives of
 * dhcpcd.conf(5) of the same name, and what becomes of those is in priv/config.
 *
 * @module
 */

import type { Argument, OptionForm } from "./getopt.ts";

/** What a command is to do, instead of starting a daemon. */
export type DhcpcdCommand =
  | "help"
  | "version"
  | "variables"
  | "release"
  | "exit"
  | "rebind"
  | "renew"
  | "reconfigure"
  | "dumplease";

/**
 * What becomes of an option:
 * - `directive`: the directive of this name, with the option's value;
 * - `level`: how much is logged;
 * - `config`, `foreground`, `background`, `manager`: see dhcpcd_line.ts;
 * - `command`: see dhcpcd_commands.ts;
 * - `refused`: nothing is started, because it would not do what was asked for.
 */
export type Becomes =
  | { readonly as: "directive"; readonly name: string }
  | { readonly as: "level"; readonly level: string }
  | { readonly as: "config" | "foreground" | "background" | "manager" }
  | { readonly as: "command"; readonly command: DhcpcdCommand }
  | { readonly as: "refused" };

/** An option of dhcpcd. */
export interface DhcpcdOption extends OptionForm {
  /** See {@link Becomes}. */
  readonly becomes: Becomes;
  /** What it does, or why not: a clause without a full stop. Empty = what the directive's row says. */
  readonly meaning: string;
}

const ARGUMENTS: Readonly<Record<string, Argument>> = {
  "": "none",
  ":": "required",
  "::": "optional",
};

/** `NAME`, `NAME:` or `NAME::` as getopt(3) writes it, the same before it for the short form. */
const FORM = /^(?:(\S)(:{0,2}),)?([a-z0-9_]+)(:{0,2})$/;

function option(form: string, becomes: Becomes | null, meaning: string): DhcpcdOption {
  const [, short, ofShort, long, ofLong] = FORM.exec(form) ?? [];
  return {
    long,
    ...(short === undefined ? {} : { short, shortArgument: ARGUMENTS[ofShort] }),
    argument: ARGUMENTS[ofLong],
    becomes: becomes ?? { as: "directive", name: long },
    meaning,
  };
}

function command(form: string, name: DhcpcdCommand, meaning: string): DhcpcdOption {
  return option(form, { as: "command", command: name }, meaning);
}

/** Options that are more, less, or something else than a directive. */
const SPECIAL: readonly DhcpcdOption[] = [
  option("1,oneshot", null, "exit with the first lease and 0, or with 1 when the time is over"),
  option(
    "B,nobackground",
    { as: "foreground" },
    "stay in the foreground, without a limit of time unless it is with -1",
  ),
  option(
    "b,background",
    { as: "background" },
    "go to the background at once, without a lease; with -B or -1, the directive `background`",
  ),
  option(
    "f:,config:",
    { as: "config" },
    "the configuration file, /etc/dhcpcd.conf by default if it is there; /dev/null is none",
  ),
  option(
    "M,manager",
    { as: "manager" },
    "with one interface too, go to the background when the time is over rather than end",
  ),
  option("master", { as: "manager" }, "the former name of `--manager`"),
  option("d,debug", { as: "level", level: "debug" }, "log all"),
  option(
    "q,quiet",
    { as: "level", level: "warning" },
    "log warnings and errors only; given twice, errors only",
  ),
  option(
    "t:,timeout:",
    null,
    "seconds to wait for a lease before the exit (-1), or before the command returns; 0 is for ever",
  ),
  command("k,release", "release", "give the lease back; the daemon ends unless it has others left"),
  command("x,exit", "exit", "end the daemon, and wait for its end"),
  command(
    "n,rebind",
    "rebind",
    "have the daemon read its configuration again and ask any server; start one if there is none",
  ),
  command("N,renew", "renew", "have the daemon renew the lease; start one if there is none"),
  command(
    "g,reconfigure",
    "reconfigure",
    "have the daemon renew the lease and apply all of it anew",
  ),
  command(
    "U,dumplease",
    "dumplease",
    "print the lease that the daemon has, as variables; none is read from standard input",
  ),
  command("V,variables", "variables", "list the options by their numbers and names"),
  command("version", "version", "show the version"),
  command("?,help", "help", "show how it is used"),
  option("6,ipv6only", { as: "refused" }, "IPv6 is not implemented yet"),
  option(
    "m:,metric:",
    null,
    "metric of the first interface's routes, plus 1 for each further one; a pattern adds the index",
  ),
  option(
    "z:,allowinterfaces:",
    null,
    "the interfaces to manage when none is named; patterns of fnmatch(3)",
  ),
  option("T,test", { as: "refused" }, "a lease cannot be asked for without using it"),
  option(
    "P,printpidfile",
    { as: "refused" },
    "there is no pid file; dhcpcd -x ends a daemon, mirage-dhcp get /daemon/pid names it",
  ),
  option("D,duid::", null, ""),
  option("F:,fqdn::", null, ""),
  option("h:,hostname::", null, ""),
  option("I:,clientid::", null, ""),
  option("i:,vendorclassid::", null, ""),
  option("r:,request::", null, ""),
  option("s:,inform::", null, ""),
  option("w,waitip::", null, ""),
];

/** Directives that have a short form. */
const SHORT = `4,ipv4only A,noarp C:,nohook: c:,script: E,lastlease e:,env: G,nogateway
H,xidhwaddr J,broadcast j:,logfile: K,nolink L,noipv4ll l:,leasetime: O:,nooption: o:,option:
p,persistent Q:,require: S:,static: u:,userclass: v:,vendor: W:,whitelist: X:,blacklist: y:,reboot:
Z:,denyinterfaces:`;

/** Directives that have none. */
const LONG =
  `anonymous arp_persistdefence arping: authprotocol: authtoken: backoff_cutoff: bootp configure
controlgroup: define6: define: definend: destination: dev: dhcp dhcp6 embed: encap: fallback:
fallback_time: gateway hostname_short ia_na:: ia_pd:: ia_ta:: iaid: inactive inform6 initial_interval: ipv4
ipv4ll_time: ipv6 ipv6ra_autoconf ipv6ra_fork ipv6ra_noautoconf ipv6ra_own ipv6ra_own_default ipv6rs
lastleaseextend link_rcvbuf: msuserclass: mudurl: noalias noauthrequired noconfigure nodelay nodev nodhcp
nodhcp6 noipv4 noipv6 noipv6rs nosyslog noup randomise_hwaddr reject: request_time: slaac: vendclass:
vendopt: vsio6: vsio:`;

/** Every option. */
export const DHCPCD_OPTIONS: readonly DhcpcdOption[] = [
  ...SPECIAL,
  ...`${SHORT} ${LONG}`.split(/\s+/).map((form) => option(form, null, "")),
];
