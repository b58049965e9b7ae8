/**
 * What was decided, by whom: settings of the command line, of an `interface` block, and of the rest of
 * the configuration file, in this order of strength.
 *
 * @module
 */

import { OPTION_TABLE } from "./option_table.ts";

/** Where a setting comes from. */
export type Origin =
  | { readonly from: "default" }
  | { readonly from: "command line" }
  | { readonly from: "file"; readonly path: string; readonly line: number };

/** One decision: text, a switch, or null for "as if nobody had decided it". */
export interface Setting {
  /** See {@link Setting}. */
  readonly value: string | boolean | null;
  /** Who decided it. */
  readonly origin: Origin;
}

/** Settings by their name: a long option, or one of the configuration file's own. */
export type Settings = ReadonlyMap<string, Setting>;

/** The default of each option that has one. */
const DEFAULTS: ReadonlyMap<string, string> = new Map(
  OPTION_TABLE.flatMap(({ name, byDefault }) => byDefault === undefined ? [] : [[name, byDefault]]),
);

/** `default`, `command line` or `FILE:LINE`. */
export function originText(origin: Origin): string {
  return origin.from === "file" ? `${origin.path}:${origin.line}` : origin.from;
}

/** Layers of settings, seen as one. */
export class Given {
  readonly #layers: readonly Settings[];

  /** `layers` begins with the strongest. */
  constructor(layers: readonly Settings[]) {
    this.#layers = layers;
  }

  /** What the strongest layer that knows the name says; undefined when none does. */
  setting(name: string): Setting | undefined {
    return this.#layers.find((layer) => layer.has(name))?.get(name);
  }

  /** The layer that decides a name, 0 = the strongest; −1 when none does. */
  layerOf(name: string): number {
    return this.#layers.findIndex((layer) => layer.has(name));
  }

  /** The same without a name in its deciding layer, so that a weaker one or the default counts. */
  without(name: string): Given {
    const decides = this.layerOf(name);
    return new Given(this.#layers.map((layer, i) => {
      return i === decides ? new Map([...layer].filter(([each]) => each !== name)) : layer;
    }));
  }

  /** Whether there is a text, or a switch that is on. */
  has(name: string): boolean {
    const value = this.setting(name)?.value ?? false;
    return value !== false;
  }

  /** The text of a name, or its default. */
  text(name: string): string {
    const value = this.setting(name)?.value;
    return typeof value === "string" ? value : DEFAULTS.get(name) ?? "";
  }

  /** What `parse` makes of the text, or null when the name was not given. */
  optional<T>(name: string, parse: (text: string) => T): T | null {
    return this.has(name) ? parse(this.text(name)) : null;
  }

  /** Whether the command line has it. */
  onCommandLine(name: string): boolean {
    return this.has(name) && this.setting(name)?.origin.from === "command line";
  }
}
