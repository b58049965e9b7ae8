/**
 * Writes program.ts from spawner.s by binutils' `as` and `ld`:
 *
 *     deno run -A priv/spawner/generate.ts
 *
 * @module
 */
import { assemble, hexLines } from "../../linuxkit/build/assemble.ts";

const FOLDER = import.meta.dirname ?? ".";
/** Where the file lies in memory; BASE of spawner.s. */
const BASE = 0x400000;

/** Assembles spawner.s. @returns the ELF file */
export function assembleSpawner(): Promise<Uint8Array> {
  return assemble(`${FOLDER}/spawner.s`, BASE);
}

function render(program: Uint8Array): string {
  return `/**
 * The spawner's ELF file, made of spawner.s by generate.ts.
 *
 * @module
 */

/** Two hexadecimal digits a byte. */
export const SPAWNER_PROGRAM: string = [
${hexLines(program).map((line) => `  "${line}",`).join("\n")}
].join("");
`;
}

if (import.meta.main) {
  await Deno.writeTextFile(`${FOLDER}/program.ts`, render(await assembleSpawner()));
}
