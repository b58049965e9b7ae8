/**
 * Assembles what is written in assembly, with binutils' `as` and `ld`, and writes the modules that
 * hold the bytes:
 *
 *     deno run -A linuxkit/build/assemble.ts
 *
 * @module
 */
import { join } from "./paths.ts";
import { PROJECT } from "./project.ts";

/** A program in assembly, and the module made of it. */
export interface AssemblyProgram {
  /** The source, relative to the repository. */
  source: string;
  /** Where its first byte lies in memory. */
  base: number;
  /** The module, relative to the repository. */
  module: string;
  /** The module's docstring, and that of the constant. */
  about: [module: string, constant: string];
  /** Name of the constant: two hexadecimal digits a byte. */
  constant: string;
}

/** The parent of all calves: a whole ELF file. */
export const SPAWNER: AssemblyProgram = {
  source: "priv/spawner/spawner.s",
  base: 0x400000, // BASE in the source
  module: "priv/spawner/program.ts",
  about: ["The spawner's ELF file, made of spawner.s.", "Two hexadecimal digits a byte."],
  constant: "SPAWNER_PROGRAM",
};

/** What runs first in the executable. */
export const LAUNCHER: AssemblyProgram = {
  source: "linuxkit/build/static/launcher.s",
  base: 0,
  module: "linuxkit/build/static/launcher.ts",
  about: [
    "The launcher's code, made of launcher.s.",
    "Two hexadecimal digits a byte; the parameters follow.",
  ],
  constant: "LAUNCHER_CODE",
};

/** What makes a process of an spt guest. */
export const SPT_LAUNCHER: AssemblyProgram = {
  source: "tender/spt/launcher.s",
  base: 0,
  module: "tender/spt/launcher.ts",
  about: [
    "The code of the launcher of spt guests, made of launcher.s.",
    "Two hexadecimal digits a byte; the parameters follow.",
  ],
  constant: "LAUNCHER_CODE",
};

/** Bytes in a line of a module. */
const COLUMNS = 40;

async function run(command: string, args: readonly string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command(command, { args: [...args] }).output();
  if (!success) throw new Error(`Cannot assemble: ${new TextDecoder().decode(stderr).trim()}`);
}

/** Assembles a program. @returns two hexadecimal digits a byte */
export async function assemble({ source, base }: AssemblyProgram): Promise<string> {
  const folder = await Deno.makeTempDir();
  try {
    const [object, binary] = [join(folder, "object"), join(folder, "binary")];
    await run("as", ["-o", object, join(PROJECT, source)]);
    const place = ["-e", `${base}`, `-Ttext=0x${base.toString(16)}`];
    await run("ld", ["--oformat", "binary", ...place, "-o", binary, object]);
    return (await Deno.readFile(binary)).reduce(
      (hex, byte) => hex + byte.toString(16).padStart(2, "0"),
      "",
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function render(
  { about: [module, constant], constant: name }: AssemblyProgram,
  hex: string,
): string {
  const lines = hex.match(new RegExp(`.{1,${2 * COLUMNS}}`, "g")) ?? [];
  return `/**
 * ${module}
 *
 * @module
 */

/** ${constant} */
export const ${name}: string = [
${lines.map((line) => `  "${line}",`).join("\n")}
].join("");
`;
}

if (import.meta.main) {
  for (const program of [SPAWNER, LAUNCHER, SPT_LAUNCHER]) {
    await Deno.writeTextFile(
      join(PROJECT, program.module),
      render(program, await assemble(program)),
    );
  }
}
