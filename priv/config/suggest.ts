/**
 * "Did you mean": the nearest of several names.
 *
 * @module
 */

/** No name is longer; a longer word is no slip of one. */
const MAX_LENGTH = 40;

/** Insertions, deletions, replacements and swaps of neighbours between two words (optimal string alignment). */
export function editDistance(a: string, b: string): number {
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      row[j] = Math.min(last[j] + 1, row[j - 1] + 1, last[j - 1] + same);
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (swapped) row[j] = Math.min(row[j], before[j - 2] + 1);
    }
    before = last;
    last = row;
  }
  return last[b.length];
}

/** Blanks, dashes and capitals are easily mistaken. */
function plain(word: string): string {
  return word.toLowerCase().replace(/[-_]/g, "");
}

/** The name that `word` most likely stands for, or null when none is near. */
export function suggest(word: string, names: Iterable<string>): string | null {
  if (word.length > MAX_LENGTH) return null;
  let best: string | null = null;
  // A third of the letters may be wrong, and two at the most.
  let least = Math.min(2, Math.floor(word.length / 3)) + 1;
  const wanted = plain(word);
  for (const name of names) {
    const other = plain(name);
    // Without a JIT the distance is slow, and it is no less than the difference of the lengths.
    if (Math.abs(wanted.length - other.length) >= least) continue;
    const distance = editDistance(wanted, other);
    if (distance < least) {
      least = distance;
      best = name;
    }
  }
  return best;
}

/** ` (did you mean "NAME"?)`, or nothing. */
export function hint(word: string, names: Iterable<string>): string {
  const name = suggest(word, names);
  return name === null ? "" : ` (did you mean ${JSON.stringify(name)}?)`;
}
