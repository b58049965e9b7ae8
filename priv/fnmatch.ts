/**
 * Patterns for names of interfaces, as fnmatch(3) has them.
 *
 * @module
 */

/** Whether a name is a pattern: a `*`, a `?`, or a set such as `[0-3]`. */
export function isPattern(name: string): boolean {
  return /[*?]|\[[^\]]+\]/.test(name);
}

/** One set: `[abc]`, `[0-9]`, `[!x]`. */
function setExpression(set: string): string {
  const negated = set.startsWith("!");
  const members = (negated ? set.slice(1) : set).replace(/[\\\]^[]/g, "\\$&");
  return `[${negated ? "^" : ""}${members}]`;
}

/** A set whose ends are the wrong way round is no expression. */
function compile(source: string): RegExp {
  try {
    return new RegExp(`^(?:${source})$`);
  } catch {
    return /^(?!)$/;
  }
}

/**
 * A pattern as a regular expression for whole names: `*` is any text, `?` any character, `[…]` one of
 * the characters in it, or with `!` none of them. A set that means nothing fits nothing.
 */
export function expressionOf(pattern: string): RegExp {
  const parts = pattern.matchAll(/\[(!?[^\]]+)\]|[^]/g);
  const source = [...parts].map(([part, set]) => {
    if (set !== undefined) return setExpression(set);
    if (part === "*") return ".*";
    return part === "?" ? "." : part.replace(/[\\^$.|+(){}[\]/-]/, "\\$&");
  });
  return compile(source.join(""));
}

/** Whether a name fits one of several names and patterns. */
export function fitsAny(patterns: readonly string[], name: string): boolean {
  return patterns.some((each) => isPattern(each) ? expressionOf(each).test(name) : each === name);
}
