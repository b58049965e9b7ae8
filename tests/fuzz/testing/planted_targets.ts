/**
 * Targets with planted faults, for tests of the fuzzer.
 *
 * @module
 */
import { bytesOf, type Target } from "../target.ts";

const COMMON = {
  module: import.meta.url,
  what: "a planted fault",
  weight: 1,
  maxLength: 16,
  corpus: [bytesOf("first"), bytesOf("second")],
  dictionary: [],
} as const;

/** Does not come back from its second input. */
export const HANGS: Target = {
  ...COMMON,
  name: "hangs",
  prepare: () => (input) => {
    while (input[0] === "s".charCodeAt(0)) continue;
    return ["first"];
  },
};

/** Throws at a letter of its second input. */
export const THROWS: Target = {
  ...COMMON,
  name: "throws",
  prepare: () => (input) => {
    if (input.includes("d".charCodeAt(0))) throw new Error("planted");
    return ["first"];
  },
};

/** Has no fault. */
export const HOLDS: Target = { ...COMMON, name: "holds", prepare: () => () => ["all"] };
