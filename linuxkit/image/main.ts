/**
 * `deno task image [--arm64=FILE] [--package]`: makes dist/mirage-dhcp-image.tar, and
 * dist/mirage-dhcp-client-image.tar for who had the MirageSDK's client.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { parseArgs } from "node:util";
import { removeIfThere } from "../build/interrupt.ts";
import { join, relative } from "../build/paths.ts";
import { PROJECT, readConfig } from "../build/project.ts";
import { buildImage, type Executables, imageLayer } from "./build.ts";
import { type Architecture, DHCP_CLIENT_IMAGE, DHCPCD_IMAGE } from "./config.ts";

const PACKAGE = join(PROJECT, "dist/linuxkit");

/** Replaces a file when the new one is complete. */
function write(path: string, bytes: Uint8Array): void {
  const unfinished = `${path}.unfinished`;
  try {
    Deno.writeFileSync(unfinished, bytes);
    Deno.renameSync(unfinished, path);
  } finally {
    removeIfThere(unfinished);
  }
}

/**
 * Writes a folder that `linuxkit pkg build` and `docker build` take: build.yml, the Dockerfile, and the root
 * directory as an archive for each machine, because a Dockerfile alone can make no symbolic link without a shell.
 */
async function writePackage(executables: Executables): Promise<void> {
  removeIfThere(PACKAGE);
  Deno.mkdirSync(PACKAGE, { recursive: true });
  for (const name of ["build.yml", "Dockerfile"]) {
    Deno.copyFileSync(join(PROJECT, "linuxkit", name), join(PACKAGE, name));
  }
  for (const [architecture, path] of executables) {
    write(join(PACKAGE, `root-${architecture}.tar`), await imageLayer(path, architecture));
  }
}

async function main(args: readonly string[]): Promise<void> {
  const options = { arm64: { type: "string" }, package: { type: "boolean" } } as const;
  const { values } = parseArgs({ args: [...args], options });
  const executables = new Map<Architecture, string>([["amd64", join(PROJECT, "dist/mirage-dhcp")]]);
  if (values.arm64 !== undefined) executables.set("arm64", values.arm64);
  for (const kind of [DHCPCD_IMAGE, DHCP_CLIENT_IMAGE]) {
    const path = join(PROJECT, `dist/${kind.name}-image.tar`);
    const image = await buildImage(executables, kind);
    write(path, image);
    const digest = createHash("sha256").update(image).digest("hex");
    console.log(
      `${relative(PROJECT, path)}: ${kind.name}:${readConfig().version}, sha256 ${digest}`,
    );
  }
  if (!values.package) return;
  await writePackage(executables);
  console.log(`${relative(PROJECT, PACKAGE)}: for linuxkit pkg build`);
}

if (import.meta.main) {
  try {
    await main(Deno.args);
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    Deno.exit(1);
  }
}
