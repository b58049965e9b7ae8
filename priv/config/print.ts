/**
 * The effective configuration as text that is a configuration file itself, or as JSON.
 *
 * @module
 */

import { escapeText } from "../escape.ts";
import { originText } from "../given.ts";
import type { EffectiveConfig, EffectiveSetting } from "./effective.ts";
import { formatString } from "./text.ts";

/** Where comments begin. */
const COLUMN = 40;

/** A directive as {@link ConfigFile}s have it; without a value, a comment that says so. */
function directive({ name, value }: EffectiveSetting): string {
  if (value === null) return `# ${name}`;
  if (["nooption", "nohook", "require"].includes(name)) return `${name} ${value}`;
  const separator = name.startsWith("static ") ? "=" : " ";
  return `${name}${separator}${formatString(value)}`;
}

function settingLine(setting: EffectiveSetting, indent: string): string {
  const { value, origin } = setting;
  const comment = (value === null ? "none, " : "") + originText(origin);
  return `${(indent + directive(setting)).padEnd(COLUMN)}  # ${comment}`;
}

/** Lines with a comment each that says who decided it; they end with a line end. */
export function configText(config: EffectiveConfig): string {
  const { file, interfaces, denied, settings, blocks } = config;
  const lines = [
    file === null ? "# no configuration file" : `# ${file}, and the command line`,
    ...(interfaces.length > 0 ? [`allowinterfaces ${interfaces.join(" ")}`] : []),
    ...(denied.length > 0 ? [`denyinterfaces ${denied.join(" ")}`] : []),
    ...settings.map((setting) => settingLine(setting, "")),
    ...blocks.flatMap((block) => [
      "",
      `${`interface ${block.patterns.join(" ")}`.padEnd(COLUMN)}  # ${file}:${block.line}`,
      ...block.settings.map((setting) => settingLine(setting, "  ")),
    ]),
  ];
  return lines.map((line) => `${escapeText(line)}\n`).join("");
}

function settingsJson(settings: readonly EffectiveSetting[]): Record<string, unknown> {
  return Object.fromEntries(
    settings.map(({ name, value, origin }) => [name, { value, origin: originText(origin) }]),
  );
}

/** One JSON object, ending with a line end: `{file, interfaces, denied, settings, blocks}`. */
export function configJson(config: EffectiveConfig): string {
  const { file, interfaces, denied, settings, blocks } = config;
  const object = {
    file,
    interfaces,
    denied,
    settings: settingsJson(settings),
    blocks: blocks.map(({ patterns, line, settings }) => ({
      patterns,
      origin: `${file}:${line}`,
      settings: settingsJson(settings),
    })),
  };
  return `${JSON.stringify(object, null, 2)}\n`;
}
