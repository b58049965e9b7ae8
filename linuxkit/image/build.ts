/**
 * Makes the image out of the files of this repository and an executable.
 *
 * @module
 */
import { join } from "../build/paths.ts";
import { PROJECT, readConfig } from "../build/project.ts";
import { LIBRARIES, LINKER } from "../build/static/libraries.ts";
import { imageArchive, type PlatformImage } from "./archive.ts";
import type { Architecture } from "./config.ts";
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

/** Our licence, and what Debian says of the libraries that the executable carries. */
function licences(): Map<string, Uint8Array> {
  const packages = new Set([LINKER, ...LIBRARIES].map((library) => library.package));
  const files = new Map([["LICENSE", Deno.readFileSync(join(PROJECT, "LICENSE"))]]);
  for (const name of packages) {
    try {
      files.set(`${name}.copyright`, Deno.readFileSync(`/usr/share/doc/${name}/copyright`));
    } catch {
      throw new Error(
        `Cannot make the image: Debian's /usr/share/doc/${name}/copyright is missing`,
      );
    }
  }
  return files;
}

/**
 * The layer of an image.
 *
 * @param path the executable
 * @param architecture the machine it is for
 * @returns an uncompressed tar archive
 * @throws Error when there is no such executable
 */
export function imageLayer(path: string, architecture: Architecture): Uint8Array {
  return tarArchive(rootEntries({
    executable: readExecutable(path, architecture),
    configuration: Deno.readFileSync(join(PROJECT, "linuxkit/dhcpcd.conf")),
    licences: licences(),
  }));
}

/**
 * The image as an OCI archive.
 *
 * @param executables at least one
 * @returns its bytes
 * @throws Error when there is no such executable
 */
export function buildImage(executables: Executables): Uint8Array {
  const platforms = [...executables].map(([architecture, path]): PlatformImage => ({
    architecture,
    layer: imageLayer(path, architecture),
  }));
  return imageArchive({ version: readConfig().version, platforms });
}
