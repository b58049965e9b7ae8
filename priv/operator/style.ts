/**
 * Colours of the screens, for terminals only.
 *
 * @module
 */

/** How a piece of text is meant. */
export type Tone = "strong" | "label" | "good" | "busy" | "bad";

/** SGR parameters (ECMA-48 §8.3.117). */
const PARAMETERS: Readonly<Record<Tone, string>> = {
  strong: "1",
  label: "2",
  good: "32",
  busy: "33",
  bad: "31",
};

/** Gives text a tone; the text must be safe for a terminal. */
export type Style = (tone: Tone, text: string) => string;

/** Colours. */
export const COLOUR: Style = (tone, text) => `\x1b[${PARAMETERS[tone]}m${text}\x1b[0m`;

/** No colours. */
export const PLAIN: Style = (_tone, text) => text;
