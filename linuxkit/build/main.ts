/**
 * `deno task build`: builds dist/mirage-dhcp, and writes dist/LICENSES.txt.
 *
 * @module
 */
import { buildExecutable } from "./executable.ts";
import { PROJECT } from "./project.ts";
import { licenses, LICENSES_FILE } from "./licenses.ts";
import { join, relative } from "./paths.ts";

if (import.meta.main) {
  try {
    const content = await licenses();
    const { path, built } = await buildExecutable({
      entry: "main.ts",
      output: "dist/mirage-dhcp",
      alone: [
        "calf/host/program.ts",
        "priv/operator/main.ts",
        "priv/multicall/dhcpcd_commands.ts",
        "tender/main.ts",
      ],
      text: { name: LICENSES_FILE, content },
    });
    await Deno.writeTextFile(join(PROJECT, "dist", LICENSES_FILE), content);
    const shown = relative(PROJECT, path);
    console.log(built ? `${shown}: built` : `${shown}: up to date`);
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    Deno.exit(1);
  }
}
