/**
 * Assembles the few programs that are written in assembly, with binutils, for the modules that hold
 * their bytes.
 *
 * @module
 */
import { join } from "./paths.ts";

/** Bytes in a line of a module. */
const COLUMNS = 40;

async function run(command: string, args: readonly string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command(command, { args: [...args] }).output();
  if (!success) throw new Error(`Cannot assemble: ${new TextDecoder().decode(stderr).trim()}`);
}

/**
 * Assembles a file by `as` and `ld`.
 *
 * @param source path of the file
 * @param base where its first byte lies in memory
 * @returns its bytes, and nothing around them
 */
export async function assemble(source: string, base: number): Promise<Uint8Array> {
  const folder = await Deno.makeTempDir();
  try {
    const [object, binary] = [join(folder, "object"), join(folder, "binary")];
    await run("as", ["-o", object, source]);
    const place = ["-e", `${base}`, `-Ttext=0x${base.toString(16)}`];
    await run("ld", ["--oformat", "binary", ...place, "-o", binary, object]);
    return await Deno.readFile(binary);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/**
 * Bytes as text for a module.
 *
 * @returns a line for every 40 bytes, two hexadecimal digits each
 */
export function hexLines(bytes: Uint8Array): string[] {
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.match(new RegExp(`.{1,${2 * COLUMNS}}`, "g")) ?? [];
}
