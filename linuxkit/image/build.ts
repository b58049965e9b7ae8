/**
 * Makes the image out of the files of this repository and an executable.
 *
 * @module
 */
import { licenses } from "../build/licenses.ts";
import { join } from "../build/paths.ts";
import { PROJECT, readConfig } from "../build/project.ts";
import { imageArchive, type PlatformImage } from "./archive.ts";
import { type Architecture, DHCPCD_IMAGE, type ImageKind } from "./config.ts";
import { rootEntries } from "./root.ts";
import { tarArchive } from "./tar.ts";

/** Executables by the machines they are for; paths are absolute or relative to the working directory. */
export type Executables = ReadonlyMap<Architecture, string>;

/** e_machine of an ELF file (elf.h). */
const MACHINES: Readonly<Record<Architecture, number>> = { amd64: 62, arm64: 183 };
const ELF_MAGIC = 0x7f454c46;

function checkMachine(path: string, bytes: Uint8Array, architecture: Architecture): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const isElf = bytes.length > 64 && view.getUint32(0) === ELF_MAGIC;
  if (isElf && view.getUint16(18, true) === MACHINES[architecture]) return;
  throw new Error(`Cannot make the image: ${path} is no executable for ${architecture}`);
}

function readExecutable(path: string, architecture: Architecture): Uint8Array {
  let bytes: Uint8Array;
  try {
    bytes = Deno.readFileSync(path);
  } catch (error) {
    const reason = error instanceof Error ? error.message : error;
    throw new Error(`Cannot make the image: ${path}: ${reason}`);
  }
  checkMachine(path, bytes, architecture);
  return bytes;
}

/**
 * The layer of an image.
 *
 * @param path the executable
 * @param architecture the machine it is for
 * @returns an uncompressed tar archive
 * @throws Error when there is no such executable
 */
export async function imageLayer(
  path: string,
  architecture: Architecture,
): Promise<Uint8Array> {
  return tarArchive(rootEntries({
    executable: readExecutable(path, architecture),
    configuration: Deno.readFileSync(join(PROJECT, "linuxkit/dhcpcd.conf")),
    licenses: new TextEncoder().encode(await licenses()),
  }));
}

/**
 * An image as an OCI archive.
 *
 * @param executables at least one
 * @param kind which image
 * @returns its bytes
 * @throws Error when there is no such executable
 */
export async function buildImage(
  executables: Executables,
  kind: ImageKind = DHCPCD_IMAGE,
): Promise<Uint8Array> {
  const platforms: PlatformImage[] = [];
  for (const [architecture, path] of executables) {
    platforms.push({ architecture, layer: await imageLayer(path, architecture) });
  }
  return imageArchive({ kind, version: readConfig().version, platforms });
}
