/**
 * Text of the calf, the network or the kernel, made safe to show.
 *
 * @module
 */

const encoder = new TextEncoder();

/** Everything but printable ASCII becomes `\xNN`: safe for a terminal, and always one line. */
export function escapeText(text: string): string {
  return text.replace(/[^\x20-\x7e]/gu, (character) => {
    return [...encoder.encode(character)]
      .map((byte) => `\\x${byte.toString(16).padStart(2, "0")}`).join("");
  });
}
