/**
 * Writes launcher.ts from launcher.s by binutils' `as` and `ld`:
 *
 *     deno run -A linuxkit/build/static/generate.ts
 *
 * @module
 */
import { assemble, hexLines } from "../assemble.ts";
import { fromFileUrl } from "../paths.ts";

const fileOf = (name: string): string => fromFileUrl(new URL(name, import.meta.url));

/** Assembles launcher.s. @returns its bytes, up to where the parameters begin */
export function assembleLauncher(): Promise<Uint8Array> {
  return assemble(fileOf("launcher.s"), 0);
}

function render(launcher: Uint8Array): string {
  return `/**
 * The launcher's code, made of launcher.s by generate.ts.
 *
 * @module
 */

/** Its bytes; the parameters follow them. */
export const LAUNCHER: Uint8Array = Uint8Array.from(
  [
${hexLines(launcher).map((line) => `    "${line}",`).join("\n")}
  ].join("").match(/../g) ?? [],
  (digits) => parseInt(digits, 16),
);
`;
}

if (import.meta.main) {
  await Deno.writeTextFile(fileOf("launcher.ts"), render(await assembleLauncher()));
}
