/**
 * A configuration file while its directives are being taken, and what a directive may do to it.
 *
 * @module
 */

import { type Setting, type Settings } from "../given.ts";
import { ExitError } from "../exit_code.ts";
import { parseInterface, ValueError } from "../option_values.ts";
import { checkSetting } from "../options.ts";
import type { BlockKind, Directive, Problem, Problems } from "./parse.ts";
import { parseString, parseWords } from "./text.ts";

/** What a profile has. */
export interface Profile {
  /** `ADDRESS/PREFIX[,ROUTER[,NAMESERVER…]]` as `--static` has it; null = it has no address. */
  readonly config: string | null;
}

/** What a file has decided so far. */
export interface Draft {
  /** Its path. */
  readonly path: string;
  /** For all interfaces. */
  readonly global: Map<string, Setting>;
  /** `allowinterfaces`. */
  readonly allowed: string[];
  /** `denyinterfaces`. */
  readonly denied: string[];
  /** By name. */
  readonly profiles: ReadonlyMap<string, Profile>;
  /** Where problems go. */
  readonly problems: Problems;
}

/** The block that a directive stands in. */
export interface DraftBlock {
  /** What it is for. */
  readonly kind: BlockKind;
  /** Its interfaces. */
  readonly patterns: readonly string[];
  /** What it decides; the draft's own map when it is the global one. */
  readonly settings: Map<string, Setting>;
}

/** One directive, and the means to act on it. */
export class Take {
  /** The whole file. */
  readonly draft: Draft;
  /** Where it stands. */
  readonly block: DraftBlock;
  readonly #directive: Directive;

  /** Nothing is done yet. */
  constructor(draft: Draft, block: DraftBlock, directive: Directive) {
    this.draft = draft;
    this.block = block;
    this.#directive = directive;
  }

  /** Name of the directive. */
  get name(): string {
    return this.#directive.name;
  }

  /** What follows it, as it stands. */
  get text(): string {
    return this.#directive.text;
  }

  /** What follows it, as words. */
  get words(): readonly string[] {
    return parseWords(this.text);
  }

  /** What follows it as a string; null after a complaint. */
  string(text: string = this.text): string | null {
    const parsed = parseString(text);
    if (parsed.ok) return parsed.value;
    this.error(`Cannot use ${this.#shown(text)}: ${parsed.reason}`);
    return null;
  }

  /** Decides an option. What it cannot have is a problem, and not decided. */
  set(option: string, value: string | boolean | null): void {
    const { path } = this.draft;
    const setting: Setting = {
      value,
      origin: { from: "file", path, line: this.#directive.line },
    };
    if (this.#attempt(() => checkSetting(option, setting))) {
      this.block.settings.set(option, setting);
    }
  }

  /** What has been decided about an option that is text: by this block, or for all. */
  get(option: string): string {
    const layers: readonly Settings[] = [this.block.settings, this.draft.global];
    const value = layers.find((layer) => layer.has(option))?.get(option)?.value;
    return typeof value === "string" ? value : "";
  }

  /** Names and patterns of interfaces; those that can be none are problems. */
  interfaces(): string[] {
    if (this.words.length === 0) this.error(`${this.name} names no interface`);
    return this.words.filter((word) => this.#attempt(() => parseInterface(word)));
  }

  /** A mistake. */
  error(message: string): void {
    this.#report("error", message);
  }

  /** Something that is not done. */
  warn(message: string): void {
    this.#report("warning", message);
  }

  #report(severity: Problem["severity"], message: string): void {
    this.draft.problems.add(this.#directive.line, severity, message);
  }

  #shown(text: string): string {
    return text === "" ? this.name : `${this.name} ${text}`;
  }

  #attempt(step: () => unknown): boolean {
    try {
      step();
      return true;
    } catch (error) {
      if (!(error instanceof ExitError)) throw error;
      const reason = error instanceof ValueError ? error.reason : "not the name of an interface";
      this.error(`Cannot use ${this.#shown(this.text)}: ${reason}`);
      return false;
    }
  }
}
