/**
 * What an operator means by a key or a prefix.
 *
 * @module
 */

import { DAEMON_KEYS } from "../../schema/daemon_keys.ts";
import {
  covers,
  joinPath,
  KEYS,
  MAX_OPERATOR_PATH_PARTS,
  MAX_PART_LENGTH,
} from "../../schema/keys.ts";
import { ExitCode, ExitError } from "../exit_code.ts";
import { commandError } from "./command_line.ts";
import { DAEMON, INTERFACE, type Place, placeOf } from "./snapshot.ts";

const PART = /^[\x21-\x2e\x30-\x7e]+$/;

/** The parts of what was typed; a slash too many does not matter. */
function partsOf(command: string, text: string): string[] {
  const parts = text.split("/").filter((part) => part !== "");
  const isBad = parts.length > MAX_OPERATOR_PATH_PARTS ||
    parts.some((part) => part.length > MAX_PART_LENGTH || !PART.test(part));
  if (isBad) throw commandError(command, `Cannot use ${JSON.stringify(text)}: not a key`);
  return parts;
}

/** Nobody manages the interface that was named. */
export function unknownInterface(name: string, names: readonly string[]): ExitError {
  return new ExitError(
    ExitCode.NOINPUT,
    `Cannot find ${JSON.stringify(name)} among the managed interfaces: ${
      names.join(", ") || "none"
    }`,
  );
}

/** Whether a path is a key of the table, or something above one. */
export function isKnown({ interfaceName, key }: Place): boolean {
  const table = interfaceName === null ? DAEMON_KEYS : KEYS;
  return [...table.keys()].some((each) => covers(key, each));
}

/** `/daemon/…` and `/interface/NAME/…`, as the tree has them; null for all else. */
function absolute(text: string, parts: readonly string[]): Place | null {
  const [first] = parts;
  if (!text.startsWith("/") || (first !== DAEMON && first !== INTERFACE)) return null;
  return placeOf(joinPath(parts));
}

/**
 * What `get` is to print: `/daemon/KEY`, `IFACE/KEY`, `IFACE`, or `KEY` of the only interface.
 *
 * @param names of the interfaces that there are
 * @throws {ExitError} USAGE for what is no key, NOINPUT for an interface that is not there
 */
export function targetOf(text: string, names: readonly string[]): Place {
  const parts = partsOf("get", text);
  const place = absolute(text, parts);
  if (place !== null) return place;
  const [first, ...rest] = parts;
  if (first !== undefined && !text.startsWith("/") && names.includes(first)) {
    return { interfaceName: first, key: joinPath(rest) };
  }
  const key = joinPath(parts);
  if (first !== undefined && isKnown({ interfaceName: "", key })) {
    if (names.length === 1) return { interfaceName: names[0], key };
    const managed = names.length === 0 ? "none" : names.join(", ");
    const message = `Cannot tell whose ${parts.join("/")} is meant: there are ${managed}`;
    throw commandError("get", message);
  }
  if (rest.length > 0 && isKnown({ interfaceName: "", key: joinPath(rest) })) {
    throw unknownInterface(first, names);
  }
  throw commandError("get", `Cannot use ${JSON.stringify(text)}: no such key or interface`);
}

/**
 * The path that `watch` subscribes to: `/` without a prefix. An interface need not be there yet.
 *
 * @throws {ExitError} USAGE
 */
export function prefixOf(text: string | undefined): string {
  if (text === undefined) return "/";
  const parts = partsOf("watch", text);
  if (parts.length === 0) return "/";
  if (text.startsWith("/")) {
    if (parts[0] === DAEMON || parts[0] === INTERFACE) return joinPath(parts);
    throw commandError("watch", `Cannot use ${JSON.stringify(text)}: neither /daemon nor IFACE`);
  }
  const place: Place = { interfaceName: parts[0], key: joinPath(parts.slice(1)) };
  if (!isKnown(place)) {
    throw commandError("watch", `Cannot use ${JSON.stringify(text)}: no such key`);
  }
  return joinPath([INTERFACE, ...parts]);
}
