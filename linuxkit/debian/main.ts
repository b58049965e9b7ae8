/**
 * `deno task package`: builds dist/mirage-dhcp_VERSION_amd64.deb.
 *
 * @module
 */
import { join, relative } from "../build/paths.ts";
import { PROJECT } from "../build/project.ts";
import { buildPackage } from "./package.ts";

if (import.meta.main) {
  try {
    const folder = join(PROJECT, "dist");
    const path = await buildPackage({ executable: join(folder, "mirage-dhcp"), folder });
    console.log(`${relative(PROJECT, path)}: built`);
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    Deno.exit(1);
  }
}
