/**
 * Command lines as getopt_long(3) of glibc reads them: bundled short options, values in the same word or
 * in the next one, unambiguous beginnings of long options, options behind other words, and `--`.
 *
 * @module
 */

import { ExitCode, ExitError } from "../exit_code.ts";

/** Whether an option has a value. An optional one stands in the option's own word. */
export type Argument = "none" | "required" | "optional";

/** What a command line may have. */
export interface OptionForm {
  /** Without the dashes. */
  readonly long: string;
  /** One character. */
  readonly short?: string;
  /** Of the long form. */
  readonly argument: Argument;
  /** Of the short form, where it differs. */
  readonly shortArgument?: Argument;
}

/** An option that was given. */
export interface FoundOption<F extends OptionForm> {
  /** Which one. */
  readonly form: F;
  /** Its value; null = none. */
  readonly text: string | null;
  /** As it was typed, without its value: `-t`, `--time`. */
  readonly shown: string;
  /** Place of its word on the command line, from 1 on. */
  readonly place: number;
}

/** A command line, divided. */
export interface FoundOptions<F extends OptionForm> {
  /** In their order. */
  readonly options: readonly FoundOption<F>[];
  /** All other words. */
  readonly words: readonly string[];
}

function wrong(message: string): ExitError {
  return new ExitError(ExitCode.USAGE, `${message} (see --help)`);
}

function findLong<F extends OptionForm>(forms: readonly F[], name: string): F {
  const exact = forms.find(({ long }) => long === name);
  if (exact !== undefined) return exact;
  const fitting = forms.filter(({ long }) => name !== "" && long.startsWith(name));
  if (fitting.length === 1) return fitting[0];
  const option = `--${name}`;
  if (fitting.length === 0) throw wrong(`Cannot use ${option}: there is no such option`);
  const some = fitting.slice(0, 4).map(({ long }) => `--${long}`).join(", ");
  const more = fitting.length > 4 ? " ..." : "";
  throw wrong(`Cannot use ${option}: it may be ${some}${more}`);
}

/** Reads one command line. */
class Reader<F extends OptionForm> {
  readonly options: FoundOption<F>[] = [];
  readonly words: string[] = [];
  readonly #forms: readonly F[];
  readonly #argv: readonly string[];
  #at = 0;

  constructor(forms: readonly F[], argv: readonly string[]) {
    this.#forms = forms;
    this.#argv = argv;
  }

  read(): void {
    while (this.#at < this.#argv.length) {
      const word = this.#argv[this.#at++];
      if (word === "--") this.words.push(...this.#argv.slice(this.#at));
      if (word === "--") return;
      if (word.startsWith("--")) this.#long(word);
      else if (word.startsWith("-") && word !== "-") this.#shorts(word);
      else this.words.push(word);
    }
  }

  #long(word: string): void {
    const place = this.#at;
    const equals = word.indexOf("=");
    const shown = equals < 0 ? word : word.slice(0, equals);
    const form = findLong(this.#forms, shown.slice(2));
    let text = equals < 0 ? null : word.slice(equals + 1);
    if (form.argument === "none" && text !== null) {
      throw wrong(`Cannot use ${word}: ${shown} takes no value`);
    }
    if (form.argument === "required") text ??= this.#next(shown);
    this.options.push({ form, text, shown, place });
  }

  #shorts(word: string): void {
    const place = this.#at;
    for (let i = 1; i < word.length; i++) {
      const shown = `-${word[i]}`;
      const form = this.#forms.find(({ short }) => short === word[i]);
      if (form === undefined) throw wrong(`Cannot use ${shown}: there is no such option`);
      const argument = form.shortArgument ?? form.argument;
      const rest = word.slice(i + 1);
      if (argument === "none") {
        this.options.push({ form, text: null, shown, place });
        continue;
      }
      const text = rest !== "" ? rest : argument === "required" ? this.#next(shown) : null;
      this.options.push({ form, text, shown, place });
      return;
    }
  }

  #next(shown: string): string {
    if (this.#at >= this.#argv.length) throw wrong(`Cannot use ${shown}: it lacks its value`);
    return this.#argv[this.#at++];
  }
}

/** Divides a command line. @throws {ExitError} with USAGE */
export function getopt<F extends OptionForm>(
  forms: readonly F[],
  argv: readonly string[],
): FoundOptions<F> {
  const reader = new Reader(forms, argv);
  reader.read();
  return { options: reader.options, words: reader.words };
}
