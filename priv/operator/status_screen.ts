/**
 * The screen of `mirage-dhcp status`: what the keys of a daemon mean to somebody who has not seen them before.
 *
 * @module
 */

import { escapeText } from "../escape.ts";
import { secondsText, sinceText } from "./duration.ts";
import { labelled } from "./layout.ts";
import type { KeyTexts } from "./snapshot.ts";
import type { Style, Tone } from "./style.ts";

/** What a screen is made with. */
export interface ScreenOptions {
  /** Colours or none. */
  readonly style: Style;
  /** Milliseconds since 1970. */
  readonly nowMs: number;
  /** The resolver configuration that the daemon writes; null = it writes none. */
  readonly resolvConf: string | null;
}

/** Where an address comes from, as `/origin` says it. */
const ORIGINS: Readonly<Record<string, string>> = {
  dhcp: "from a DHCP server",
  ipv4ll: "link-local, without a server",
  static: "fixed, without a server",
  inform: "fixed, the rest from a DHCP server",
};

/** Texts of the keys of a range, in their order. */
function numbered(keys: KeyTexts, stem: string): string[] {
  return [...keys].filter(([path]) => path.startsWith(`${stem}/`))
    .sort(([a], [b]) => a < b ? -1 : 1).map(([, text]) => text);
}

/** `before` and the text of a key; nothing when it is not set. */
function part(keys: KeyTexts, path: string, show: (text: string) => string): string[] {
  const text = keys.get(path);
  return text === undefined ? [] : [show(text)];
}

function joined(parts: readonly string[]): string[] {
  return parts.length === 0 ? [] : [parts.join(", ")];
}

function toneOfState(state: string): Tone {
  switch (state) {
    case "BOUND":
    case "RENEWING":
      return "good";
    case "INIT":
    case "RELEASED":
      return "bad";
    default:
      return "busy";
  }
}

function times(keys: KeyTexts): string[] {
  if (keys.get("/lease/time") === "infinite") return ["for ever"];
  const parts = [
    ...part(keys, "/lease/time", secondsText),
    ...part(keys, "/timer/renew", (text) => `renews in ${secondsText(text)}`),
    ...part(keys, "/timer/rebind", (text) => `rebinds in ${secondsText(text)}`),
    ...part(keys, "/timer/expire", (text) => `ends in ${secondsText(text)}`),
  ];
  return joined(parts);
}

function address(keys: KeyTexts): string[] {
  const ip = keys.get("/ip");
  if (ip === undefined) return [];
  const origin = keys.get("/origin") ?? "dhcp";
  return joined([
    ip,
    ...part(keys, "/broadcast", (text) => `broadcast ${text}`),
    ORIGINS[origin] ?? origin,
  ]);
}

function routes(keys: KeyTexts): string[] {
  return [
    ...part(keys, "/gateway", (text) => `default via ${text}`),
    ...numbered(keys, "/route").map((text) => {
      const [destination, hop] = text.split(" ");
      return hop === "0.0.0.0" ? `${destination} on the link` : `${destination} via ${hop}`;
    }),
  ];
}

/** The named counters below a path that are not 0: `vlan 2, size 1`. */
function counters(keys: KeyTexts, stem: string, except: readonly string[] = []): string[] {
  return [...keys].filter(([path, text]) => path.startsWith(`${stem}/`) && text !== "0")
    .map(([path, text]) => [path.slice(stem.length + 1), text])
    .filter(([name]) => !except.includes(name))
    .map(([name, text]) => `${name} ${text}`);
}

function packets(keys: KeyTexts): string[] {
  const parts = [
    ...part(keys, "/packets/received", (text) => `${text} received`),
    ...part(keys, "/packets/sent", (text) => `${text} sent`),
  ];
  if (parts.length === 0) return [];
  const dropped = counters(keys, "/packets/dropped");
  return [
    ...joined(parts),
    dropped.length === 0 ? "none dropped" : `dropped: ${dropped.join(", ")}`,
  ];
}

function requests(keys: KeyTexts): string[] {
  const refused = counters(keys, "/requests", ["ok"]);
  const accepted = part(keys, "/requests/ok", (text) => `${text} accepted`);
  if (accepted.length === 0) return [];
  return joined([
    ...accepted,
    refused.length === 0 ? "none refused" : `refused: ${refused.join(", ")}`,
  ]);
}

/** How long something has run, as `/…/since` says it. */
function runs(keys: KeyTexts, path: string, nowMs: number): string[] {
  const since = sinceText(keys.get(path) ?? "", nowMs);
  return since === null ? [] : [`running for ${since}`];
}

function calf(keys: KeyTexts, nowMs: number): string[] {
  const running = joined([
    ...part(keys, "/calf/pid", (text) => `pid ${text}`),
    ...runs(keys, "/calf/since", nowMs),
    ...part(keys, "/calf/restarts", (text) => {
      return text === "0" ? "never restarted" : text === "1" ? "1 restart" : `${text} restarts`;
    }),
  ]);
  return [...running, ...part(keys, "/calf/last-end", (text) => `the last one: ${text}`)];
}

function sandbox(keys: KeyTexts): string[] {
  return [
    ...joined([
      ...part(keys, "/sandbox/kind", (text) => text),
      ...part(keys, "/sandbox/layers", (text) => text),
    ]),
    ...part(keys, "/sandbox/verified", (text) => `seen by priv: ${text}`),
  ];
}

function system(keys: KeyTexts): string[] {
  const applied = keys.get("/applied/ip");
  const health = keys.get("/applied/health");
  if (health === undefined) return [];
  const address = applied ?? (keys.has("/ip") ? `no ${keys.get("/ip")}` : "no address of ours");
  const follows = health === "ok" ? "follows the lease" : "does not follow the lease";
  return [`has ${address}, ${follows}`];
}

/** Without a carrier nothing leads that way (see the daemon's lease_keeper.ts). */
function withdrawn(keys: KeyTexts, values: readonly string[]): string[] {
  const isWithout = keys.get("/link") === "down" && values.length > 0;
  return isWithout ? [...values, "withdrawn while there is no carrier"] : [...values];
}

function nameservers(keys: KeyTexts, resolvConf: string | null): string[] {
  const servers = joined(numbered(keys, "/nameserver"));
  if (servers.length === 0 || resolvConf !== null) return withdrawn(keys, servers);
  return [...servers, "not written to a resolver configuration (--resolv-conf=none)"];
}

/** The lines of one interface. */
export function interfaceLines(name: string, keys: KeyTexts, options: ScreenOptions): string[] {
  const { style, nowMs, resolvConf } = options;
  const state = keys.get("/state") ?? "starting";
  const line = (label: string, values: readonly string[]) => labelled(style, label, values);
  const names = `${keys.get("/domain") ?? ""} ${keys.get("/search") ?? ""}`.split(" ");
  return [
    `${style("strong", escapeText(name))}  ${style(toneOfState(state), escapeText(state))}`,
    ...line(
      "link",
      joined([...part(keys, "/link", (text) => text), ...part(keys, "/mac", (text) => text)]),
    ),
    ...line("address", address(keys)),
    ...line("server", part(keys, "/lease/server", (text) => text)),
    ...line("lease", times(keys)),
    ...line("routes", withdrawn(keys, routes(keys))),
    ...line("DNS", nameservers(keys, resolvConf)),
    ...line("domains", joined([...new Set(names)].filter((each) => each !== ""))),
    ...line("NTP", joined(numbered(keys, "/ntp"))),
    ...line("MTU", part(keys, "/mtu", (text) => text)),
    ...line("host name", part(keys, "/hostname", (text) => text)),
    ...line("without IPv4", part(keys, "/ipv6-only", (text) => `for ${secondsText(text)}`)),
    ...line("system", system(keys)),
    ...line("sandbox", sandbox(keys)),
    ...line("calf", calf(keys, nowMs)),
    ...line("packets", packets(keys)),
    ...line("requests", requests(keys)),
    ...labelled(style, "errors", numbered(keys, "/error"), "bad"),
  ];
}

/** The lines of a daemon itself. */
export function daemonLines(
  keys: KeyTexts,
  options: Pick<ScreenOptions, "style" | "nowMs">,
): string[] {
  const { style, nowMs } = options;
  const line = (label: string, values: readonly string[]) => labelled(style, label, values);
  const version = escapeText(keys.get("/version") ?? "");
  const loaded = sinceText(keys.get("/config/loaded") ?? "", nowMs);
  const auditFails = keys.get("/audit/health") === "failing";
  const lost = keys.get("/audit/lost") ?? "0";
  return [
    style("strong", `mirage-dhcp ${version}`.trimEnd()),
    ...line(
      "daemon",
      joined([...part(keys, "/pid", (text) => `pid ${text}`), ...runs(keys, "/since", nowMs)]),
    ),
    ...line("started as", part(keys, "/command-line", (text) => `mirage-dhcp ${text}`)),
    ...line("confined by", part(keys, "/sandbox/layers", (text) => text)),
    ...line("configuration", [
      ...part(
        keys,
        "/config/file",
        (text) => loaded === null ? text : `${text}, read ${loaded} ago`,
      ),
      ...part(keys, "/config/error", (text) => `refused since: ${text}`),
      ...numbered(keys, "/config/warning").map((text) => `not as it says: ${text}`),
    ]),
    ...line("audit log", [
      ...joined([
        ...part(keys, "/audit/file", (text) => text),
        ...part(keys, "/audit/lines", (text) => text === "1" ? "1 line" : `${text} lines`),
        ...(lost === "0" ? [] : [`${lost} lost`]),
      ]),
      ...(auditFails ? [`cannot be written: ${keys.get("/audit/error") ?? "unknown reason"}`] : []),
    ]),
    ...line("waiting for", joined(numbered(keys, "/waiting"))),
    ...labelled(style, "errors", numbered(keys, "/error"), "bad"),
  ];
}
