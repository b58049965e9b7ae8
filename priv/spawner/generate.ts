/**
 * Writes program.ts from spawner.s by binutils' `as` and `ld`:
 *
 *     deno run --allow-read --allow-write --allow-run=as,ld priv/spawner/generate.ts
 *
 * @module
 */

const FOLDER = import.meta.dirname ?? ".";
const PROGRAM = `${FOLDER}/program.ts`;
/** Where the file lies in memory; BASE of spawner.s. */
const BASE = "0x400000";
/** Bytes in a line. */
const COLUMNS = 40;

async function run(command: string, args: readonly string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command(command, { args: [...args] }).output();
  if (!success) throw new Error(`Cannot assemble: ${new TextDecoder().decode(stderr).trim()}`);
}

/** Assembles spawner.s. @returns the ELF file */
export async function assembleSpawner(): Promise<Uint8Array> {
  const folder = await Deno.makeTempDir();
  try {
    const [object, binary] = [`${folder}/spawner.o`, `${folder}/spawner`];
    await run("as", ["-o", object, `${FOLDER}/spawner.s`]);
    await run("ld", ["--oformat", "binary", `-Ttext=${BASE}`, "-o", binary, object]);
    return await Deno.readFile(binary);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function render(program: Uint8Array): string {
  const hex = Array.from(program, (byte) => byte.toString(16).padStart(2, "0")).join("");
  const lines = hex.match(new RegExp(`.{1,${2 * COLUMNS}}`, "g")) ?? [];
  return `/**
 * The spawner's ELF file, made of spawner.s by generate.ts.
 *
 * @module
 */

/** Two hexadecimal digits a byte. */
export const SPAWNER_PROGRAM: string = [
${lines.map((line) => `  "${line}",`).join("\n")}
].join("");
`;
}

if (import.meta.main) await Deno.writeTextFile(PROGRAM, render(await assembleSpawner()));
