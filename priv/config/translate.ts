/**
 * A configuration file as settings: what its directives decide, by the table of directives.
 *
 * @module
 */

import type { InterfaceBlock } from "../interface_options.ts";
import { isPattern } from "../fnmatch.ts";
import type { ConfigFile, DhcpcdPart } from "../options.ts";
import { applyDirective, isForInterfaces } from "./directives.ts";
import { type Draft, type DraftBlock, type Profile, Take } from "./draft.ts";
import { type Block, type Directive, parseConfig, type Problem, Problems } from "./parse.ts";
import { parseString } from "./text.ts";

/** What came of a file. */
export interface Translated {
  /** What it decides. With errors among the problems it must not be used. */
  readonly file: ConfigFile;
  /** In the order of their lines. */
  readonly problems: readonly Problem[];
  /** Those of the command line's directives; `line` is the place of a word. */
  readonly lineProblems: readonly Problem[];
}

/** Where the directives of a command line come from, in place of a path. */
export const COMMAND_LINE = "command line";

/** Options that belong to one interface. */
const SINGLE: readonly string[] = ["static", "inform", "iaid"];

/** What of a profile is used. */
const PROFILE_VALUES: readonly string[] = ["ip_address", "routers", "domain_name_servers"];

function readProfile(block: Block, problems: Problems): Profile {
  const values = new Map<string, string>();
  const warn = ({ line, name }: Directive, what: string) =>
    problems.add(line, "warning", `${name}: ${what}`);
  for (const directive of block.directives) {
    const [, name, text] = /^([a-z0-9_]+)=([^]*)$/.exec(directive.text) ?? [];
    if (directive.name !== "static" || name === undefined || !PROFILE_VALUES.includes(name)) {
      warn(directive, `in a profile only static ${PROFILE_VALUES.join(", ")} count`);
      continue;
    }
    const parsed = parseString(text.trim());
    if (parsed.ok) values.set(name, parsed.value);
    else problems.add(directive.line, "error", `static ${name}: ${parsed.reason}`);
  }
  const words = (name: string) =>
    (values.get(name) ?? "").split(/[\s,]+/).filter((word) => word !== "" && !word.includes(":"));
  const [address] = words("ip_address");
  if (address === undefined) return { config: null };
  const routers = words("routers").slice(0, 1);
  const nameservers = words("domain_name_servers");
  const gateway = routers[0] ?? (nameservers.length > 0 ? "" : []);
  return { config: [address, gateway, ...nameservers].flat().join(",") };
}

function readProfiles(blocks: readonly Block[], problems: Problems): Map<string, Profile> {
  const profiles = new Map<string, Profile>();
  for (const block of blocks.filter(({ kind }) => kind === "profile")) {
    if (block.text === "") problems.add(block.line, "error", "profile lacks its name");
    else if (profiles.has(block.text)) {
      problems.add(block.line, "error", `profile ${block.text} is there already`);
    } else profiles.set(block.text, readProfile(block, problems));
  }
  return profiles;
}

function takeBlock(draft: Draft, block: DraftBlock, directives: readonly Directive[]): void {
  for (const directive of directives) {
    // Nobody will read what else is wrong, and a daemon that reads it again has other things to do.
    if (draft.problems.overflows) return;
    applyDirective(new Take(draft, block, directive));
  }
}

/** A block of interfaces; null when it names none. */
function takeInterfaceBlock(draft: Draft, block: Block): (InterfaceBlock & DraftBlock) | null {
  const { line, text, directives } = block;
  const empty: DraftBlock = { kind: "interface", patterns: [], settings: new Map() };
  const patterns = new Take(draft, empty, { name: "interface", text, line }).interfaces();
  if (patterns.length === 0) return null;
  const own: DraftBlock = { ...empty, patterns };
  takeBlock(draft, own, directives);
  if (patterns.length > 1 || isPattern(patterns[0])) {
    for (const name of SINGLE.filter((each) => own.settings.has(each))) {
      draft.problems.add(line, "error", `${name} in a block of several interfaces: it is for one`);
    }
  }
  return { ...own, line };
}

/** Decides the directives of a command line over all that the file has decided, in its blocks too. */
function takeCommandLine(
  draft: Draft,
  blocks: readonly DraftBlock[],
  directives: readonly Directive[],
): readonly Problem[] {
  const problems = new Problems();
  const own: Draft = { ...draft, path: COMMAND_LINE, problems };
  takeBlock(own, { kind: "global", patterns: [], settings: draft.global }, directives);
  const quiet: Draft = { ...own, allowed: [], denied: [], problems: new Problems() };
  for (const block of blocks) takeBlock(quiet, block, directives.filter(isForInterfaces));
  return problems.list;
}

/**
 * Reads the text of a file. Never throws, whatever the text.
 *
 * @param path for messages; null = there is no file
 * @param line what a command line adds to it
 */
export function translate(path: string | null, text: string, line?: DhcpcdPart): Translated {
  const parsed = parseConfig(text);
  const problems = new Problems();
  for (const { line, severity, message } of parsed.problems) problems.add(line, severity, message);
  const draft: Draft = {
    path: path ?? "",
    global: new Map(),
    allowed: [],
    denied: [],
    profiles: readProfiles(parsed.blocks, problems),
    problems,
  };
  const blocks: (InterfaceBlock & DraftBlock)[] = [];
  const defaults: Draft = { ...draft, path: COMMAND_LINE, problems: new Problems() };
  const all: DraftBlock = { kind: "global", patterns: [], settings: draft.global };
  takeBlock(defaults, all, line?.defaults ?? []);
  for (const block of parsed.blocks) {
    if (block.kind === "global") {
      takeBlock(draft, all, block.directives);
    } else if (block.kind === "interface") {
      const taken = takeInterfaceBlock(draft, block);
      if (taken !== null) blocks.push(taken);
    } else if (block.kind === "ssid") {
      problems.add(block.line, "warning", "ssid blocks are not done: networks are not told apart");
    }
  }
  const lineProblems = takeCommandLine(draft, blocks, line?.directives ?? []);
  const { global: settings, allowed, denied } = draft;
  const warningsOf = (name: string, list: readonly Problem[]) =>
    list.filter(({ severity }) => severity === "warning")
      .map(({ line, message }) => `${name}:${line}: ${message}`);
  const warnings = [
    ...warningsOf(draft.path, problems.list),
    ...warningsOf(COMMAND_LINE, lineProblems),
  ];
  return {
    file: {
      ...{ path, settings, allowed, denied, warnings },
      blocks: blocks.map(({ patterns, line, settings }) => ({ patterns, line, settings })),
    },
    problems: problems.list,
    lineProblems,
  };
}
