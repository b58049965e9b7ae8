/**
 * What directives do to the options that the command line has too.
 *
 * @module
 */

import { MAX_OPTION_CODES } from "../../schema/values.ts";
import { OPTION_TABLE } from "../option_table.ts";
import {
  DHCP_NAMES,
  isApplied,
  isIpv6Name,
  isRequested,
  isUnavoidable,
  type NamedOption,
  namedOption,
} from "./dhcp_names.ts";
import type { Take } from "./draft.ts";
import { hint } from "./suggest.ts";

/** Acts on a directive. */
export type Taker = (take: Take) => void;

/** A switch: alone it is on, and it may say `on` or `off`. */
export function flag(option: string, value = true): Taker {
  return (take) => {
    const { text } = take;
    if (text !== "" && text !== "on" && text !== "off") {
      take.error(`Cannot use ${take.name} ${text}: it takes no value but on and off`);
    } else {
      take.set(option, text === "off" ? !value : value);
    }
  };
}

/** A value of an option; `empty` is what none means, and without it there must be one. */
export function value(option: string, empty?: string | null): Taker {
  return (take) => {
    const text = take.string();
    if (text === null) return;
    if (text !== "") take.set(option, text);
    else if (empty !== undefined) take.set(option, empty);
    else take.error(`${take.name} lacks its value`);
  };
}

/** Always the same value of an option. */
export function fixed(option: string, text: string): Taker {
  return (take) => take.set(option, text);
}

/** Bytes as dhcpcd writes them: `00:11:22`; two at least. */
const HEX = /^[0-9a-f]{1,2}(?::[0-9a-f]{1,2})+$/i;

function hexDigits(text: string): string {
  return text.split(":").map((byte) => byte.padStart(2, "0")).join("").toLowerCase();
}

/** `clientid [STRING]`. */
export function takeClientId(take: Take): void {
  const text = take.string();
  if (text === null) return;
  // A string in quotes is text, whatever it looks like.
  const isHex = !take.text.startsWith('"') && HEX.test(text);
  if (text === "") take.set("client-id", "mac");
  else take.set("client-id", isHex ? `hex:${hexDigits(text)}` : `text:${text}`);
}

/** `duid [ll | lt | uuid | VALUE]`. */
export function takeDuid(take: Take): void {
  const text = take.string();
  if (text === null) return;
  if (["", "ll", "lt", "llt", "uuid"].includes(text)) take.set("client-id", "duid");
  else if (HEX.test(text)) take.set("client-id", `duid:${hexDigits(text)}`);
  else take.error(`Cannot use ${take.name} ${text}: not ll, lt, uuid or bytes such as 00:01:ab`);
}

/** `leasetime SECONDS`, −1 = infinite. */
export function takeLeaseTime(take: Take): void {
  take.set("lease-time", take.text === "-1" ? "infinite" : take.text);
}

/** `userclass STRING`. */
export function takeUserClass(take: Take): void {
  if (take.block.settings.has("user-class")) take.warn("only the last userclass is sent");
  value("user-class")(take);
}

/** `reboot SECONDS`. */
export function takeReboot(take: Take): void {
  if (take.text === "0") take.warn("the last lease is asked for again all the same: reboot 0");
  else value("fallback-after")(take);
}

/** `waitip [4 | 6]`. */
export function takeWaitIp(take: Take): void {
  for (const word of take.words.filter((each) => each !== "4")) {
    if (word === "6") take.warn("nothing waits for an IPv6 address: IPv6 is not implemented yet");
    else take.error(`Cannot use ${take.name} ${word}: not 4 or 6`);
  }
  take.set("nowait", false);
}

/** `noarp`, which means `noipv4ll` too. */
export function takeNoArp(take: Take): void {
  take.set("acd", "off");
  takeNoIpv4ll(take);
}

/** `noipv4ll`: a static fallback is none of its business. */
export function takeNoIpv4ll(take: Take): void {
  if (take.get("fallback") === "ipv4ll") take.set("fallback", "none");
}

/** `noipv4`, `nodhcp`, `ipv6only`: for an interface, that we keep away from it. */
export function takeNoDhcp(take: Take): void {
  if (take.block.kind === "interface") take.draft.denied.push(...take.block.patterns);
  else take.error(`${take.name} for all interfaces leaves nothing to do`);
}

/** `allowinterfaces` and `denyinterfaces`. */
export function takePatterns(list: "allowed" | "denied"): Taker {
  return (take) => void take.draft[list].push(...take.interfaces());
}

/** Hooks of dhcpcd whose work is ours: what `nohook` turns off for one interface, and for all. */
const HOOKS: ReadonlyMap<string, readonly [option: string, off: string]> = new Map([
  ["resolv.conf", ["resolv-conf", "none"]],
  ["hostname", ["apply-hostname", "never"]],
]);

/** `nohook NAME…`. Other hooks do not run anyway. */
export function takeNoHook(take: Take): void {
  const names = take.words.map((word) => word.replace(/^\d\d-/, "").replace(/\.sh$/, ""));
  for (const name of names) {
    const [option, off] = HOOKS.get(name) ?? [];
    if (option !== undefined && off !== undefined && take.block.kind === "global") {
      take.set(option, off);
    } else if (option !== undefined || name === "mtu") addTo(take, "nohook", name);
  }
}

function addTo(take: Take, list: string, name: string): void {
  const names = take.get(list).split(" ").filter((each) => each !== "" && each !== name);
  if (names.length >= MAX_OPTION_CODES) {
    return take.error(`${take.name}: more than ${MAX_OPTION_CODES} options`);
  }
  take.set(list, [...names, name].join(" "));
}

function removeFrom(take: Take, list: string, name: string): void {
  const names = take.get(list).split(" ");
  if (!names.includes(name)) return;
  take.set(list, names.filter((each) => each !== name).join(" "));
}

/** The switch that an option of DHCP belongs to, and its state when the option is wanted. */
const SWITCHES: Readonly<Record<string, readonly [option: string, wanted: boolean]>> = {
  rapid_commit: ["no-rapid-commit", false],
  classless_static_routes: ["no-classless-routes", false],
  ms_classless_static_routes: ["no-classless-routes", false],
  static_routes: ["no-classless-routes", false],
  ipv6_only_preferred: ["ipv6-only", true],
};

/** For each option that is named; what is none is a problem, what is IPv6's is passed over. */
function eachOption(act: (take: Take, option: NamedOption) => void): Taker {
  return (take) => {
    if (take.words.length === 0) take.error(`${take.name} names no option`);
    for (const word of take.words) {
      const option = namedOption(word);
      if (option !== null) act(take, option);
      else if (!isIpv6Name(word)) {
        take.error(`Cannot use ${take.name} ${word}: no option of DHCP${hint(word, DHCP_NAMES)}`);
      }
    }
  };
}

/** `option NAME…`. */
export const takeOption: Taker = eachOption((take, option) => {
  const [switchName, wanted] = SWITCHES[option.name] ?? [];
  removeFrom(take, "nooption", option.name);
  if (switchName !== undefined && wanted !== undefined) take.set(switchName, wanted);
  else if (option.name !== "fqdn" && !isRequested(option)) {
    take.warn(`option ${option.name} is not asked for: nothing here reads it`);
  }
});

/** `nooption NAME…`. */
export const takeNoOption: Taker = eachOption((take, option) => {
  const [switchName, wanted] = SWITCHES[option.name] ?? [];
  if (switchName !== undefined && wanted !== undefined) take.set(switchName, !wanted);
  else if (option.name === "fqdn") take.set("fqdn", "disable");
  else if (isUnavoidable(option)) take.warn(`nooption ${option.name}: a lease is none without it`);
  else if (isApplied(option) || isRequested(option)) addTo(take, "nooption", option.name);
});

/** The message type: what has none is no message of DHCP (RFC 2131 §3). */
const ALWAYS_REQUIRED: readonly number[] = [53];

/** `require NAME…`. */
export const takeRequire: Taker = eachOption((take, option) => {
  if (ALWAYS_REQUIRED.includes(option.code)) return;
  addTo(take, "require", String(option.code));
});

/** What `static NAME=VALUE` can put in place of a server's value. */
const REPLACEABLE: ReadonlySet<string> = new Set([
  "routers",
  "domain_name_servers",
  "domain_name",
  "domain_search",
  "interface_mtu",
  "ntp_servers",
]);

/** The addresses of a list that are IPv4, and the first only for what can be one only. */
function usable(take: Take, name: string, text: string): string {
  if (!["routers", "domain_name_servers", "ntp_servers"].includes(name)) {
    return text.split(/[\s,]+/).join(" ");
  }
  const words = text.split(/[\s,]+/).filter((word) => word !== "");
  const ipv4 = words.filter((word) => !word.includes(":"));
  if (ipv4.length < words.length) {
    take.warn(`static ${name}: IPv6 addresses are passed over, IPv6 is not implemented yet`);
  }
  if (name === "routers" && ipv4.length > 1) take.warn("static routers: only the first is used");
  return (name === "routers" ? ipv4.slice(0, 1) : ipv4).join(" ");
}

/** `static NAME=VALUE` outside a profile; or our own `static ADDRESS/PREFIX[,ROUTER[,…]]`. */
export function takeStatic(take: Take): void {
  const [, name, rest] = /^([a-z0-9_]+)=([^]*)$/.exec(take.text) ?? [];
  if (name === undefined) return value("static")(take);
  const text = take.string(rest.trim());
  if (text === null) return;
  if (name === "ip_address") {
    take.error(
      "static ip_address without DHCP is not possible: use inform ADDRESS/PREFIX, or a profile " +
        "with it and fallback PROFILE",
    );
  } else if (REPLACEABLE.has(name)) {
    const list = usable(take, name, text);
    // An empty value takes back an earlier one; one that has IPv6 only replaces nothing.
    take.set(`static ${name}`, list === "" ? null : list);
  } else {
    const known = namedOption(name) !== null || name.startsWith("ip6_");
    const nearest = known ? "" : hint(name, [...REPLACEABLE, "ip_address"]);
    take.warn(`static ${name} is not done: the server's value counts${nearest}`);
  }
}

/** `fallback PROFILE`, or our own `fallback none | ipv4ll | static`. */
export function takeFallback(take: Take): void {
  const text = take.string();
  if (text === null) return;
  const profile = take.draft.profiles.get(text);
  if (profile === undefined) {
    if (["none", "ipv4ll", "static"].includes(text)) return take.set("fallback", text);
    const names = [...take.draft.profiles.keys(), "none", "ipv4ll", "static"];
    take.error(`Cannot use fallback ${text}: there is no such profile${hint(text, names)}`);
  } else if (profile.config === null) {
    take.error(`Cannot use fallback ${text}: the profile lacks a usable static ip_address`);
  } else {
    take.set("static", profile.config);
    take.set("fallback", "static");
  }
}

/** `inform ADDRESS/PREFIX`. */
export function takeInform(take: Take): void {
  const text = take.string();
  if (text === null) return;
  const [address, prefix, ...broadcast] = text.split("/");
  if (prefix === undefined) {
    take.error("inform needs an ADDRESS/PREFIX: what the interface has already is not looked at");
  } else {
    if (broadcast.length > 0) take.warn("inform: the broadcast address is that of the prefix");
    take.set("inform", `${address}/${prefix}`);
  }
}

/** `iaid NUMBER`. */
export function takeIaid(take: Take): void {
  if (take.block.kind !== "interface") take.error("iaid is for an interface block only");
  else value("iaid")(take);
}

/** Our own long options as directives, but those whose name means something to dhcpcd. */
export function ownOption(name: string): Taker | null {
  const row = OPTION_TABLE.find((each) => each.name === name && each.commandLineOnly !== true);
  if (row === undefined) return null;
  return row.value === undefined ? flag(name) : value(name);
}
