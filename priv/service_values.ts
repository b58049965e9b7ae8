/**
 * The options about log, audit log, metrics and socket, read and checked.
 *
 * @module
 */

import type { Given } from "./given.ts";
import { parseNumber, parsePath, parseWord, ValueError } from "./option_values.ts";
import { type HostPort, LOG_FORMATS, LOG_LEVELS, type ServiceOptions } from "./service_options.ts";

/** Syslog over UDP (RFC 5426 §3.3). */
const SYSLOG_PORT = 514;

const MIB = 1024 * 1024;

/** A dotted quad, or a bracketed IPv6 address; then perhaps a port. */
const HOST_PORT = /^(?:(\d{1,3}(?:\.\d{1,3}){3})|\[([0-9A-Fa-f:.]{2,45})\])(?::(\d{1,5}))?$/;

/** The address in its canonical form, or null when it is none. */
function canonicalAddress(ipv4: string | undefined, ipv6: string | undefined): string | null {
  try {
    const { hostname } = new URL(`http://${ipv4 ?? `[${ipv6}]`}/`);
    // A URL may have an octal number where RFC 6943 §3.1.1 has none.
    if (ipv4 !== undefined) return hostname === ipv4 ? ipv4 : null;
    return hostname.slice(1, -1);
  } catch {
    return null;
  }
}

/**
 * `ADDRESS:PORT` or `[ADDRESS]:PORT`, the address numeric: names are not looked up.
 *
 * @param defaultPort when no port is named; null = it must be
 * @throws {ExitError}
 */
export function parseHostPort(option: string, text: string, defaultPort: number | null): HostPort {
  const wanted = defaultPort === null ? "ADDRESS:PORT" : "ADDRESS[:PORT]";
  const [, ipv4, ipv6, digits] = HOST_PORT.exec(text) ?? [];
  const address = canonicalAddress(ipv4, ipv6);
  const port = digits === undefined ? defaultPort : Number(digits);
  if (address === null || port === null || port < 1 || port > 65535) {
    throw new ValueError(
      option,
      text,
      `not a numeric ${wanted}, with [ADDRESS] for IPv6 and a port from 1 to 65535`,
    );
  }
  return { address, port };
}

/** A group of group(5), by name or number. */
function parseGroup(text: string): string {
  if (/^(?:\d{1,10}|[A-Za-z_][A-Za-z0-9_.-]{0,30}\$?)$/.test(text)) return text;
  throw new ValueError("control-group", text, "not the name or number of a group");
}

/** A user of passwd(5), or two numbers. */
function parseUser(text: string): string {
  if (/^(?:\d{1,10}:\d{1,10}|[A-Za-z_][A-Za-z0-9_.-]{0,30}\$?)$/.test(text)) return text;
  throw new ValueError("user", text, "not the name of a user, nor UID:GID");
}

function orNone<T>(text: string, parse: (text: string) => T): T | null {
  return text === "none" ? null : parse(text);
}

/**
 * Reads them.
 *
 * @param stateDir where the audit log is by default
 * @throws {ExitError} for a bad value
 */
export function readServices(given: Given, stateDir: string): ServiceOptions {
  const path = (name: string) => orNone(given.text(name), (text) => parsePath(name, text));
  const metrics = given.text("metrics");
  const isWord = metrics === "none" || metrics === "socket";
  return {
    log: {
      level: parseWord("log-level", given.text("log-level"), LOG_LEVELS),
      format: parseWord("log-format", given.text("log-format"), LOG_FORMATS),
      file: path("log-file"),
      syslog: orNone(
        given.text("syslog"),
        (text) => text === "local" ? text : parseHostPort("syslog", text, SYSLOG_PORT),
      ),
    },
    audit: {
      file: given.has("audit-log") ? path("audit-log") : `${stateDir}/audit.log`,
      maxBytes: MIB *
        parseNumber("audit-size", given.text("audit-size"), { min: 1, max: 1024, unit: "MiB" }),
      keep: parseNumber("audit-keep", given.text("audit-keep"), { min: 0, max: 100 }),
    },
    metrics: {
      socket: metrics !== "none",
      address: isWord ? null : parseHostPort("metrics", metrics, null),
      textfile: path("metrics-textfile"),
    },
    control: {
      socket: !given.has("no-control"),
      group: orNone(given.text("control-group"), parseGroup),
    },
    user: orNone(given.text("user"), parseUser),
    noWait: given.has("nowait"),
  };
}
