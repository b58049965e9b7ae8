/**
 * The types whose values are one of a few words.
 *
 * @module
 */

import { accept, defineType, type Parsed, refuse, type ValueType } from "./value_type.ts";

/** A type whose values are `words`. */
function defineWords<const W extends string>(
  name: string,
  words: readonly W[],
): ValueType<W> {
  return defineType(name, `one of ${words.join(", ")}`, [words[0]], {
    parse(text: string): Parsed<W> {
      const word = words.find((each) => each === text);
      return word === undefined ? refuse(`not one of ${words.join(", ")}`) : accept(word);
    },
    format: (value) => value,
  });
}

/** All states of a DHCP client; see {@link ClientState}. */
export const CLIENT_STATES = [
  "INIT",
  "SELECTING",
  "REQUESTING",
  "BOUND",
  "RENEWING",
  "REBINDING",
  "INIT-REBOOT",
  "REBOOTING",
  "PROBING",
  "INFORMING",
  "V6ONLY",
  "RELEASED",
] as const;

/**
 * State of the DHCP client (RFC 2131 §4.4, figure 5). Beyond the RFC's: PROBING while an acknowledged
 * address is probed before its use (RFC 5227 §2.1.1), INFORMING while a DHCPINFORM waits for its answer,
 * V6ONLY while IPv4 is given up (RFC 8925 §3.2), RELEASED after a DHCPRELEASE.
 */
export type ClientState = typeof CLIENT_STATES[number];

/** Reads a `ClientState`. */
export const ClientState: ValueType<ClientState> = defineWords("ClientState", CLIENT_STATES);

/** Whether the interface has a carrier. */
export type LinkStatus = "up" | "down";

/** Reads a `LinkStatus`. */
export const LinkStatus: ValueType<LinkStatus> = defineWords("LinkStatus", ["up", "down"]);

/** Whether something is done. */
export type Switch = "on" | "off";

/** Reads a `Switch`. */
export const Switch: ValueType<Switch> = defineWords("Switch", ["on", "off"]);

/** Where a configuration comes from: a lease, RFC 3927, the command line, or a DHCPINFORM. */
export type Origin = "dhcp" | "ipv4ll" | "static" | "inform";

/** Reads an `Origin`. */
export const Origin: ValueType<Origin> = defineWords("Origin", [
  "dhcp",
  "ipv4ll",
  "static",
  "inform",
]);

/** When an address is probed for conflicts (RFC 5227): while it is in use, before its use, or never. */
export type AcdMode = "after" | "before" | "off";

/** Reads an `AcdMode`. */
export const AcdMode: ValueType<AcdMode> = defineWords("AcdMode", ["after", "before", "off"]);

/** What a host without a DHCP server does: nothing, RFC 3927, or the address of `/config/static`. */
export type FallbackMode = "none" | "ipv4ll" | "static";

/** Reads a `FallbackMode`. */
export const FallbackMode: ValueType<FallbackMode> = defineWords("FallbackMode", [
  "none",
  "ipv4ll",
  "static",
]);

/** Which DNS records the server is asked to update (RFC 4702 §2.1): none, PTR, or A and PTR. */
export type FqdnMode = "none" | "ptr" | "both";

/** Reads an `FqdnMode`. */
export const FqdnMode: ValueType<FqdnMode> = defineWords("FqdnMode", ["none", "ptr", "both"]);

/** What the client is asked to do now. */
export type ClientRequest = "renew" | "rebind" | "release";

/** Reads a `ClientRequest`. */
export const ClientRequest: ValueType<ClientRequest> = defineWords("ClientRequest", [
  "renew",
  "rebind",
  "release",
]);

/** What runs a calf: V8 under seccomp, or a Solo5 guest of the tender for spt or for hvt. */
export type SandboxKind = "v8" | "spt" | "hvt";

/** Reads a `SandboxKind`. */
export const SandboxKind: ValueType<SandboxKind> = defineWords("SandboxKind", ["v8", "spt", "hvt"]);

/** What the daemon is asked to do now. */
export type DaemonRequest = "reload";

/** Reads a `DaemonRequest`. */
export const DaemonRequest: ValueType<DaemonRequest> = defineWords("DaemonRequest", ["reload"]);

/** Whether the daemon could do something the last time. */
export type Health = "ok" | "failing";

/** Reads a `Health`. */
export const Health: ValueType<Health> = defineWords("Health", ["ok", "failing"]);
