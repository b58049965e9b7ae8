/**
 * objdump(1) of binutils, to see what the assembler made.
 *
 * @module
 */
import { findProgram } from "../../support/requirements.ts";

/**
 * Disassembles x86-64 code.
 *
 * @param code the instructions
 * @param address where they begin
 * @returns a line for each, in Intel's syntax, with single spaces
 */
export async function disassemble(code: Uint8Array, address: number): Promise<string[]> {
  const path = await Deno.makeTempFile();
  try {
    await Deno.writeFile(path, code);
    const { success, stdout, stderr } = await new Deno.Command(findProgram("objdump"), {
      args: [
        ...["-D", "-b", "binary", "-m", "i386:x86-64", "-M", "intel", "--no-show-raw-insn"],
        ...[`--adjust-vma=${address}`, path],
      ],
      env: { LC_ALL: "C" },
      stdin: "null",
    }).output();
    if (!success) throw new Error(`Cannot disassemble: ${new TextDecoder().decode(stderr)}`);
    return new TextDecoder().decode(stdout).split("\n")
      .map((line) => /^ *[0-9a-f]+:\t(.*)$/.exec(line)?.[1].trim().replaceAll(/ +/g, " "))
      .filter((line) => line !== undefined);
  } finally {
    await Deno.remove(path);
  }
}
