/**
 * The settings that count, each with who decided it.
 *
 * @module
 */

import { fitsAny } from "../fnmatch.ts";
import { Given, type Origin } from "../given.ts";
import { type InterfaceBlock, interfaceGiven } from "../interface_options.ts";
import { INTERFACE_OPTIONS, OPTION_TABLE } from "../option_table.ts";
import { settleContradictions } from "../option_rules.ts";
import type { PrivOptions } from "../options.ts";

/** A setting that counts. */
export interface EffectiveSetting {
  /** A long option, or a directive that the file alone has. */
  readonly name: string;
  /** Its text; `on` or `off` for a switch; null = there is none. */
  readonly value: string | null;
  /** Who decided it. */
  readonly origin: Origin;
}

/** What an interface has of its own. */
export interface EffectiveBlock {
  /** What it is for. */
  readonly patterns: readonly string[];
  /** Its line in the file. */
  readonly line: number;
  /** What is otherwise for these interfaces than for the rest. */
  readonly settings: readonly EffectiveSetting[];
}

/** All of it. */
export interface EffectiveConfig {
  /** The file, if any. */
  readonly file: string | null;
  /** Names and patterns of interfaces. */
  readonly interfaces: readonly string[];
  /** What patterns do not mean. */
  readonly denied: readonly string[];
  /** What counts for all. */
  readonly settings: readonly EffectiveSetting[];
  /** What does not. */
  readonly blocks: readonly EffectiveBlock[];
}

/** Names that are no long options. */
const OF_FILE: ReadonlyMap<string, "text" | "switch"> = new Map([
  ["iaid", "text"],
  ["hostname_short", "switch"],
  ["nogateway", "switch"],
  ["nooption", "text"],
  ["nohook", "text"],
  ["require", "text"],
  ["static routers", "text"],
  ["static domain_name_servers", "text"],
  ["static domain_name", "text"],
  ["static domain_search", "text"],
  ["static interface_mtu", "text"],
  ["static ntp_servers", "text"],
]);

const BY_DEFAULT: Origin = { from: "default" };

function effective(given: Given, name: string, isSwitch: boolean): EffectiveSetting {
  const origin = given.setting(name)?.origin ?? BY_DEFAULT;
  if (isSwitch) return { name, value: given.has(name) ? "on" : "off", origin };
  const text = given.text(name);
  if (name === "audit-log" && text === "") {
    return { name, value: `${given.text("state-dir")}/audit.log`, origin };
  }
  return { name, value: text === "" ? null : text, origin };
}

function effectiveSettings(given: Given): EffectiveSetting[] {
  const options = OPTION_TABLE.filter(({ commandLineOnly }) => commandLineOnly !== true)
    .map((row) => effective(given, row.name, row.value === undefined));
  const ofFile = [...OF_FILE].filter(([name]) => given.has(name))
    .map(([name, kind]) => effective(given, name, kind === "switch"));
  return [...options, ...ofFile];
}

function effectiveBlock(options: PrivOptions, block: InterfaceBlock): EffectiveBlock {
  const { blocks } = options.layers;
  // A later block for the same interface counts first.
  const later = blocks.slice(blocks.indexOf(block) + 1)
    .filter(({ patterns }) => block.patterns.every((name) => fitsAny(patterns, name)));
  const given = interfaceGiven(options.layers, [block, ...later]);
  const own = effectiveSettings(given).filter(({ name }) =>
    (INTERFACE_OPTIONS.has(name) || OF_FILE.has(name)) && block.settings.has(name) &&
    given.setting(name) === block.settings.get(name)
  );
  return { patterns: block.patterns, line: block.line, settings: own };
}

/** What counts, given the command line and the file. */
export function effectiveConfig(options: PrivOptions): EffectiveConfig {
  const { layers, interfaces, denied, configFile } = options;
  const given = new Given([layers.line.settings, layers.file]);
  return {
    file: configFile,
    interfaces,
    denied,
    settings: effectiveSettings(settleContradictions(given, interfaces)),
    blocks: layers.blocks.map((block) => effectiveBlock(options, block)),
  };
}
