/**
 * `deno task build`: builds dist/mirage-dhcp.
 *
 * @module
 */
import { buildExecutable } from "./executable.ts";
import { PROJECT } from "./project.ts";
import { relative } from "./paths.ts";

if (import.meta.main) {
  try {
    const { path, built } = await buildExecutable({
      entry: "main.ts",
      output: "dist/mirage-dhcp",
      alone: [
        "calf/host/program.ts",
        "priv/operator/main.ts",
        "priv/multicall/dhcpcd_commands.ts",
      ],
    });
    const shown = relative(PROJECT, path);
    console.log(built ? `${shown}: built` : `${shown}: up to date`);
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    Deno.exit(1);
  }
}
