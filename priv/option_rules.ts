/**
 * Options that contradict each other, or that would mean nothing. Where they come from different
 * layers, the weaker one is left out; in the same layer they are a mistake.
 *
 * @module
 */

import { ExitCode, ExitError } from "./exit_code.ts";
import { isPattern } from "./fnmatch.ts";
import { type Given, originText } from "./given.ts";
import { usageError } from "./option_values.ts";

/** What `--anonymity` leaves out, and so cannot be given besides. */
const REVEALING = ["client-id", "hostname", "fqdn", "vendor-class", "user-class"];

/** Two options that do not go together. */
interface Rule {
  /** One of them, which is given when the rule is broken. */
  readonly a: string;
  /** The other. */
  readonly b: string;
  /** Completes "Cannot use …". */
  readonly text: string;
  /** Whether it is broken; `several` = the settings are for more than one interface. */
  readonly broken: (given: Given, several: boolean) => boolean;
}

const both = (a: string, b: string): Rule => ({
  a,
  b,
  text: `--${a} with --${b}`,
  broken: (given) => given.has(a) && given.has(b),
});

/** In a file that other programs read too, what means nothing is no mistake. */
const alone = (a: string, b: string, isThere: (given: Given) => boolean): Rule => ({
  a,
  b,
  text: `--${a} without --${b}`,
  broken: (given) => given.onCommandLine(a) && !isThere(given),
});

const forOne = (a: string): Rule => ({
  a,
  b: a,
  text: `--${a} for several interfaces: an address belongs to one`,
  broken: (given, several) => given.has(a) && several,
});

const fallback = (given: Given): string => given.text("fallback");

const RULES: readonly Rule[] = [
  alone("timeout", "oneshot", (given) => given.has("oneshot")),
  both("release", "oneshot"),
  both("release", "persistent"),
  {
    a: "static",
    b: "fallback",
    text: "--static without --fallback=static",
    broken: (given) => given.has("static") && fallback(given) !== "static",
  },
  {
    a: "fallback",
    b: "static",
    text: "--fallback=static without --static",
    broken: (given) => !given.has("static") && fallback(given) === "static",
  },
  alone("fallback-after", "fallback", (given) => fallback(given) !== "none"),
  {
    a: "inform",
    b: "fallback",
    text: "--inform with --fallback",
    broken: (given) => given.has("inform") && fallback(given) !== "none",
  },
  {
    a: "fqdn",
    b: "hostname",
    text: "--fqdn with --hostname=none",
    broken: (given) => given.has("fqdn") && given.text("hostname") === "none",
  },
  both("inform", "lease-time"),
  both("inform", "release"),
  both("control-group", "no-control"),
  forOne("inform"),
  forOne("static"),
  // Whoever is anonymous by the file says nothing of itself, whatever else the file has (settings.ts).
  ...REVEALING.map((name): Rule => ({
    a: "anonymity",
    b: name,
    text: `--anonymity with --${name}`,
    broken: (given) => given.has("anonymity") && given.onCommandLine(name),
  })),
];

/** It cannot be left out: it would make known what must not be known. */
const KEPT = "anonymity";

/** The complaint about a rule, with FILE:LINE when the file breaks it. */
function complaint(rule: Rule, given: Given): ExitError {
  const origins = [rule.a, rule.b].map((name) => given.setting(name)?.origin);
  const inFile = origins.filter((origin) => origin?.from === "file").at(-1);
  const message = `Cannot use ${rule.text}`;
  return inFile === undefined
    ? usageError(message)
    : new ExitError(ExitCode.CONFIG, `${originText(inFile)}: ${message}`);
}

/**
 * Leaves out what a stronger layer contradicts.
 *
 * @param names the interfaces that the settings are for; none = that is looked at elsewhere
 * @throws {ExitError} for what contradicts itself within one layer
 */
export function settleContradictions(given: Given, names: readonly string[]): Given {
  const several = names.length > 1 || names.some(isPattern);
  let rest = given;
  for (;;) {
    const rule = RULES.find(({ broken }) => broken(rest, several));
    if (rule === undefined) return rest;
    const [a, b] = [rest.layerOf(rule.a), rest.layerOf(rule.b)];
    const weaker = a > b ? rule.a : rule.b;
    // What belonged to something that was left out goes with it.
    const isOrphan = rest !== given && (a < 0) !== (b < 0);
    if (!isOrphan && (a < 0 || b < 0 || a === b || weaker === KEPT)) throw complaint(rule, rest);
    rest = rest.without(weaker);
  }
}
