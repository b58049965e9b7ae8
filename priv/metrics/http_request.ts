/**
 * What becomes of an HTTP/1 request, by its head alone (RFC 9112). There is one resource, /metrics, and
 * nothing of a request but its first line matters.
 *
 * @module
 */

/** Status codes that are sent; RFC 9110 §15, RFC 6585 §5. */
export type Status = 200 | 400 | 404 | 405 | 431 | 500;

/** How a request is answered. */
export interface Verdict {
  /** The status code. */
  readonly status: Status;
  /** The answer is to have no body (HEAD). */
  readonly headOnly: boolean;
}

const LF = 0x0a;
const CR = 0x0d;

/** A token of RFC 9110 §5.6.2. */
const TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
const REQUEST_LINE = new RegExp(`^(${TOKEN}) (\\S+) HTTP/1\\.([01])$`);
const FIELD_LINE = new RegExp(`^(${TOKEN}):[\\t\\x20-\\x7e\\x80-\\xff]*$`);
/** Origin form or absolute form (RFC 9112 §3.2), with or without a query. */
const TARGET = /^(?:http:\/\/[^/?#]+)?\/metrics(?:\?.*)?$/i;

/**
 * Where the head of a request ends: after the first empty line. A line may end without CR (§2.2).
 *
 * @param bytes what has come so far
 * @param from where to look: what lies more than three bytes before it has been looked at
 * @param length how many bytes have come
 * @returns the place behind the empty line, or -1 when it has not come yet
 */
export function endOfHead(bytes: Uint8Array, from: number, length: number): number {
  for (let at = Math.max(0, from - 3); at < length; at++) {
    if (bytes[at] !== LF) continue;
    const next = bytes[at + 1] === CR && at + 1 < length ? at + 2 : at + 1;
    if (next < length && bytes[next] === LF) return next + 1;
  }
  return -1;
}

function verdict(status: Status, method = ""): Verdict {
  return { status, headOnly: method === "HEAD" };
}

/** The verdict on a complete head. Never throws. */
export function judgeHead(head: Uint8Array): Verdict {
  const text = new TextDecoder("latin1").decode(head);
  // One empty line before the request is ignored (§2.2); two of them are a head without a request.
  const lines = text.replace(/^\r?\n/, "").split("\n").map((line) => line.replace(/\r$/, ""));
  const [, method, target, minor] = REQUEST_LINE.exec(lines[0]) ?? [];
  if (method === undefined) return verdict(400);
  // The empty line, and what is behind its end.
  const names = lines.slice(1, -2).map((line) => FIELD_LINE.exec(line)?.[1].toLowerCase());
  if (names.includes(undefined)) return verdict(400, method);
  const hosts = names.filter((name) => name === "host").length;
  if (hosts > 1 || (hosts === 0 && minor === "1")) return verdict(400, method); // §3.2
  if (method !== "GET" && method !== "HEAD") return verdict(405);
  return verdict(TARGET.test(target) ? 200 : 404, method);
}
