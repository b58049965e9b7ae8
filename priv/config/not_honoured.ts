/**
 * The directives of dhcpcd.conf(5) that change nothing, or that are refused, and why.
 *
 * @module
 */

import { type DirectiveRow, rows } from "./directive_row.ts";

const NO_IPV6 = "IPv6 is not implemented yet";
const NO_SCRIPTS = "priv runs no scripts; `mirage-dhcp watch --exec SCRIPT` runs one for each " +
  "change, without privileges";

const SAME: readonly DirectiveRow[] = [
  ...rows("same", "it is so by default", {
    dhcp: "",
    ipv4: "",
    nodelay: "",
    nodev: "",
    configure: "",
    nosyslog: "",
    manager: "",
    master: "",
  }),
  ...rows("same", "IPv4 is all there is", { ipv4only: "", noipv6: "", noipv6rs: "", nodhcp6: "" }),
  ...rows("same", NO_IPV6, {
    ipv6: "",
    ipv6rs: "",
    dhcp6: "",
    slaac: "hwaddr \\| private [temporary]",
    ipv6ra_autoconf: "",
    ipv6ra_noautoconf: "",
    ipv6ra_fork: "",
    ipv6ra_own: "",
    ipv6ra_own_default: "",
    vendclass: "number data",
    vsio6: "code value",
    define6: "code type name",
    definend: "code type name",
  }),
  ...rows("same", "it is never too small: a full buffer is read anew", { link_rcvbuf: "size" }),
];

const NO: readonly DirectiveRow[] = [
  ...rows("no", NO_IPV6, {
    ia_na: "[iaid]",
    ia_ta: "[iaid]",
    ia_pd: "[iaid …]",
    inform6: "",
  }),
  ...rows("no", NO_SCRIPTS, { script: "file", env: "name=value" }),
  ...rows("no", "options are known by their RFCs only, and what is read is checked", {
    define: "code type name",
    vendopt: "code type name",
    embed: "type name",
    encap: "code type name",
  }),
  ...rows("no", "vendor options are not sent", { vendor: "code,value", vsio: "code value" }),
  ...rows("no", "only the user class of RFC 3004 is sent", { msuserclass: "string" }),
  ...rows("no", "MUD URLs are not sent", { mudurl: "url" }),
  ...rows("no", "the address of the last lease is asked for, and no other", {
    request: "[address]",
  }),
  ...rows("no", "a lease is used only while it lasts and a server has confirmed it", {
    lastlease: "",
    lastleaseextend: "",
  }),
  ...rows("no", "a network is not recognized by its neighbours", { arping: "address…" }),
  ...rows("no", "interfaces are Ethernet, none is point to point", { destination: "name" }),
  ...rows("no", "addresses of others are left alone", { noalias: "" }),
  ...rows("no", "the carrier is always watched", { nolink: "" }),
  ...rows("no", "an interface is always brought up", { noup: "" }),
  ...rows("no", "/dev is not managed", { dev: "module" }),
  ...rows("no", "the xid is always random", { xidhwaddr: "" }),
  ...rows("no", "messages are never authenticated, and DHCPFORCERENEW is never obeyed", {
    noauthrequired: "",
  }),
  ...rows("no", "the pauses are those of RFC 2131 and RFC 5227", {
    initial_interval: "seconds",
    backoff_cutoff: "seconds",
    request_time: "seconds",
    arp_persistdefence: "",
  }),
];

const NEVER: readonly DirectiveRow[] = [
  ...rows("never", "servers cannot be chosen by their address yet", {
    blacklist: "address[/cidr]",
    whitelist: "address[/cidr]",
  }),
  ...rows("never", "messages cannot be refused by what they have", { reject: "name…" }),
  ...rows("never", "messages cannot be authenticated yet", {
    authprotocol: "protocol [algorithm [rdm]]",
    authtoken: "secretid realm expire key",
  }),
  ...rows("never", "the hardware address is not changed; set it before", { randomise_hwaddr: "" }),
  ...rows("never", "BOOTP is not spoken", { bootp: "" }),
  ...rows("never", "what is managed is configured", { inactive: "", noconfigure: "" }),
];

/** See the module's description. */
export const NOT_HONOURED: readonly DirectiveRow[] = [...SAME, ...NO, ...NEVER];
