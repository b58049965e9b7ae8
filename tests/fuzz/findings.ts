/**
 * Findings on disk: the name of a file tells the target, its bytes are the input.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";

/** Where findings go; git does not see them. */
export const FINDINGS: string = fileURLToPath(new URL("./findings/", import.meta.url));

/**
 * Writes an input down.
 *
 * @param target the target's name
 * @param input the input
 * @param folder where
 * @returns path of the file
 */
export function writeFinding(target: string, input: Uint8Array, folder: string = FINDINGS): string {
  Deno.mkdirSync(folder, { recursive: true });
  const digest = createHash("sha256").update(input).digest("hex").slice(0, 12);
  const path = `${folder}${target}-${digest}.bin`;
  Deno.writeFileSync(path, input);
  return path;
}

/** The target that a file's name tells. */
export function targetOf(path: string): string {
  return basename(path).replace(/-[^-]*$/, "");
}
