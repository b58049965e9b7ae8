/**
 * The shared libraries the executable carries: what denort and our FFI want, and where they are.
 *
 * @module
 */
import { join } from "../paths.ts";
import { ElfError, ElfFile } from "./elf.ts";

/** A library by its soname, and the Debian package that has it. */
export interface LibraryName {
  /** DT_SONAME, which is also the file's name. */
  soname: string;
  /** Name of the package. */
  package: string;
}

/** The dynamic linker. */
export const LINKER: LibraryName = { soname: "ld-linux-x86-64.so.2", package: "libc6" };

/** The libraries, in the order in which ld.so searches them for symbols: denort's own order, then FFI's. */
export const LIBRARIES: readonly LibraryName[] = [
  { soname: "libdl.so.2", package: "libc6" },
  { soname: "libgcc_s.so.1", package: "libgcc-s1" },
  { soname: "librt.so.1", package: "libc6" },
  { soname: "libpthread.so.0", package: "libc6" },
  { soname: "libm.so.6", package: "libc6" },
  { soname: "libc.so.6", package: "libc6" },
  { soname: "libseccomp.so.2", package: "libseccomp2" },
  { soname: "libnl-3.so.200", package: "libnl-3-200" },
  { soname: "libnl-route-3.so.200", package: "libnl-route-3-200" },
];

/** Where Debian keeps them; the first that has a library counts. */
const FOLDERS = ["/usr/lib/x86_64-linux-gnu", "/lib/x86_64-linux-gnu"];

/** A library that was read. */
export interface Library {
  /** Its name among {@linkcode LIBRARIES}. */
  soname: string;
  /** The file. */
  file: ElfFile;
}

/** What is packed with denort. */
export interface Libraries {
  /** ld.so. */
  linker: Library;
  /** The others, in the order of {@linkcode LIBRARIES}. */
  others: Library[];
}

/**
 * Reads the libraries of this machine.
 *
 * @param folders where to look
 * @throws ElfError that names the packages when some are missing
 */
export async function readLibraries(folders: readonly string[] = FOLDERS): Promise<Libraries> {
  const names = [LINKER, ...LIBRARIES];
  const read = async ({ soname }: LibraryName): Promise<Library | null> => {
    for (const folder of folders) {
      const bytes = await Deno.readFile(join(folder, soname)).catch(() => null);
      if (bytes !== null) return { soname, file: new ElfFile(soname, bytes) };
    }
    return null;
  };
  const found = await Promise.all(names.map(read));
  const missing = new Set(names.filter((_, i) => found[i] === null).map((name) => name.package));
  if (missing.size > 0) {
    throw new ElfError(
      "Cannot build a static executable: libraries are missing. Install what these Debian packages hold: " +
        [...missing].join(" "),
    );
  }
  const [linker, ...others] = found;
  return { linker: linker!, others: others.map((library) => library!) };
}

/**
 * Checks that a program and its libraries have all they need in each other, so that nothing is looked
 * for on disk at run time.
 *
 * @param program what is linked with them
 * @throws ElfError about the first soname or symbol version that is not there
 */
export function checkLibraries(program: ElfFile, { linker, others }: Libraries): void {
  const libraries = [...others, linker];
  const bySoname = new Map(libraries.map(({ soname, file }) => [soname, file]));
  for (const { soname, file } of libraries) {
    if (file.soname() !== soname) {
      throw new ElfError(`Cannot pack ${soname}: it calls itself ${file.soname()}`);
    }
  }
  for (const { soname, file } of [{ soname: "denort", file: program }, ...libraries]) {
    for (const needed of file.needed()) {
      if (!bySoname.has(needed)) {
        throw new ElfError(`Cannot pack ${soname}: it needs ${needed}, which is not packed`);
      }
    }
    for (const { library, version } of file.neededVersions()) {
      if (!bySoname.get(library)?.definedVersions().includes(version)) {
        throw new ElfError(`Cannot pack ${soname}: it needs ${version}, which ${library} lacks`);
      }
    }
  }
}
