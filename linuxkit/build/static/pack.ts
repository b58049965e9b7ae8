/**
 * Packs denort, the dynamic linker and the libraries into one ELF file that needs nothing on disk:
 * for the kernel, and for ldd(1), a static program whose entry is the launcher (launcher.s).
 *
 * The file is denort as it was, but for its ELF header and program headers; an image follows it:
 *
 *     launcher              R-X   code and its parameters
 *     libraries             R--   whole files; gone as soon as they are linked
 *     ld.so                       as it is itself laid out: R--, R-X, R--, RW-
 *     what ld.so is told    RW-   program headers and dynamic section of denort, in which the libraries
 *                                 come first, and a table of these for the launcher
 *
 * `deno compile` appends the program to what comes out of here.
 *
 * @module
 */
import {
  DYNAMIC_ENTRY_SIZE,
  type DynamicEntry,
  DynamicTag,
  ElfError,
  type ElfFile,
  PROGRAM_HEADER_SIZE,
  type ProgramHeader,
  SegmentFlag,
  SegmentType,
  writeDynamicEntry,
  writeProgramHeader,
} from "./elf.ts";
import { LAUNCHER_CODE } from "./launcher.ts";
import { type Layout, layOut, pages, RECORD } from "./layout.ts";
import { checkLibraries, type Libraries } from "./libraries.ts";

/** The launcher's code; the parameters follow it. */
export const LAUNCHER: Uint8Array = Uint8Array.from(
  LAUNCHER_CODE.match(/../g) ?? [],
  (digits) => parseInt(digits, 16),
);
/** The launcher's parameters, eight bytes each. */
const PARAMETERS_SIZE = 9 * 8;
/** sizeof(Elf64_Shdr), and two values of its sh_type. */
const SECTION_HEADER_SIZE = 64;
const SHT_NULL = 0;
const SHT_DYNAMIC = 6;
/** The launcher writes a number over the last slashes; the kernel takes the others for one. */
const PATH = "/proc/self/fd/" + "/".repeat(10);
/** ld.so loads what this file lists, whoever wrote it. Ours gets an empty name, and finds none. */
const PRELOAD = "/etc/ld.so.preload";

const ascii = (text: string): Uint8Array => new TextEncoder().encode(text);
const viewOf = (bytes: Uint8Array): DataView =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/**
 * Packs.
 *
 * @param program denort
 * @param libraries what it is linked with
 * @returns the packed file; equal inputs give equal bytes
 * @throws ElfError when the pieces do not fit each other
 */
export function pack(program: ElfFile, libraries: Libraries): Uint8Array {
  checkLibraries(program, libraries);
  const layout = layOut(program, libraries, LAUNCHER.length + PARAMETERS_SIZE);
  const imageAt = pages(program.bytes.length);
  const bytes = new Uint8Array(imageAt + layout.end - layout.start);
  bytes.set(program.bytes);
  const image = bytes.subarray(imageAt);
  placeLauncher(image, program, libraries, layout);
  placeLibraries(image, libraries, layout);
  placeLinker(image, libraries, layout);
  placeProgramHeaders(image, program, layout);
  placeDynamicSection(image, program, libraries, layout);
  describeToKernel(bytes, program, libraries, layout);
  hideSections(bytes, program);
  return bytes;
}

function placeLauncher(
  image: Uint8Array,
  program: ElfFile,
  { linker, others }: Libraries,
  { start, images, linker: linkerAt, headers, table }: Layout,
): void {
  image.set(LAUNCHER);
  const parameters = [
    linkerAt - start,
    linkerAt - start + linker.file.entry,
    headers - start,
    program.headers.length,
    program.entry - start,
    table - start,
    others.length,
    images - start,
    linkerAt - images,
  ];
  const view = viewOf(image);
  parameters.forEach((value, i) => view.setBigInt64(LAUNCHER.length + 8 * i, BigInt(value), true));
}

function placeLibraries(
  image: Uint8Array,
  { others }: Libraries,
  { start, libraries, table }: Layout,
): void {
  const view = viewOf(image);
  others.forEach(({ soname, file }, i) => {
    image.set(file.bytes, libraries[i] - start);
    const record = table - start + i * RECORD.length;
    view.setBigInt64(record + RECORD.start, BigInt(libraries[i] - start), true);
    view.setBigInt64(record + RECORD.size, BigInt(file.bytes.length), true);
    image.set(ascii(soname), record + RECORD.name);
    image.set(ascii(PATH), record + RECORD.path);
  });
}

function placeLinker(image: Uint8Array, { linker }: Libraries, layout: Layout): void {
  const memory = image.subarray(layout.linker - layout.start);
  for (const { offset, vaddr, fileSize } of linker.file.segments(SegmentType.LOAD)) {
    memory.set(linker.file.bytes.subarray(offset, offset + fileSize), vaddr);
  }
  const name = ascii(PRELOAD + "\0");
  const places = findAll(memory, name);
  if (places.length !== 1) {
    throw new ElfError(`Cannot pack ld.so: ${PRELOAD} is there ${places.length} times, not once`);
  }
  memory.fill(0, places[0], places[0] + name.length);
}

/** Denort's own, but that ld.so finds the other dynamic section. */
function placeProgramHeaders(
  image: Uint8Array,
  program: ElfFile,
  { start, headers, dynamic }: Layout,
): void {
  const moved = new Map([[SegmentType.PHDR as number, headers], [SegmentType.DYNAMIC, dynamic]]);
  program.headers.forEach((header, i) => {
    const vaddr = moved.get(header.type) ?? header.vaddr;
    const at = headers - start + i * PROGRAM_HEADER_SIZE;
    writeProgramHeader(viewOf(image), at, { ...header, vaddr });
  });
}

/** Denort's own behind one DT_NEEDED for each library: what it asks for by soname is then there. */
function placeDynamicSection(
  image: Uint8Array,
  program: ElfFile,
  { others }: Libraries,
  { start, dynamic, table }: Layout,
): void {
  const strings = program.dynamicValue(DynamicTag.STRTAB);
  if (strings === undefined) throw new ElfError("Cannot pack denort: it is not dynamically linked");
  const entries: DynamicEntry[] = others.map((_, i) => ({
    tag: DynamicTag.NEEDED,
    // ld.so adds this to the address of the strings, and does not ask how many there are.
    value: table + i * RECORD.length + RECORD.path - strings,
  }));
  entries.push(...program.dynamic(), { tag: DynamicTag.NULL, value: 0 });
  entries.forEach((entry, i) =>
    writeDynamicEntry(viewOf(image), dynamic - start + i * DYNAMIC_ENTRY_SIZE, entry)
  );
}

/** The ELF header and program headers that the kernel reads, in denort's place. */
function describeToKernel(
  bytes: Uint8Array,
  program: ElfFile,
  { linker }: Libraries,
  layout: Layout,
): void {
  const { R, W, X } = SegmentFlag;
  const offset = pages(program.bytes.length) - layout.start;
  const part = (from: number, to: number, flags: number): ProgramHeader => ({
    type: SegmentType.LOAD,
    flags,
    offset: from + offset,
    vaddr: from,
    fileSize: to - from,
    memorySize: to - from,
    align: pages(1),
  });
  const parts = linker.file.segments(SegmentType.LOAD).map(({ vaddr, memorySize, flags }) =>
    part(layout.linker + vaddr, layout.linker + vaddr + memorySize, flags)
  );
  const data = parts.pop();
  if (data?.flags !== (R | W)) throw new ElfError("Cannot pack ld.so: its data are not its end");
  const headers = [
    ...program.segments(SegmentType.PHDR),
    ...program.segments(SegmentType.LOAD),
    part(layout.start, layout.images, R | X),
    part(layout.images, layout.linker, R),
    ...parts,
    part(data.vaddr, layout.end, R | W),
    ...program.segments(SegmentType.GNU_STACK),
  ];
  if (headers.length > program.headers.length) {
    throw new ElfError(
      `Cannot pack denort: ${headers.length} program headers do not fit in ${program.headers.length}`,
    );
  }
  const view = viewOf(bytes);
  view.setBigUint64(24, BigInt(layout.start), true); // e_entry
  view.setUint16(56, headers.length, true); // e_phnum
  headers.forEach((header, i) =>
    writeProgramHeader(view, program.headersAt + i * PROGRAM_HEADER_SIZE, header)
  );
}

/** The sections that tell debuggers and readelf(1) of a dynamic linker on disk become unused ones. */
function hideSections(bytes: Uint8Array, program: ElfFile): void {
  const view = viewOf(bytes);
  const sectionsAt = Number(view.getBigUint64(40, true)); // e_shoff
  const [interpreter] = program.segments(SegmentType.INTERP);
  for (let i = 0; i < view.getUint16(60, true); i++) { // e_shnum
    const at = sectionsAt + i * SECTION_HEADER_SIZE;
    const isInterpreter = Number(view.getBigUint64(at + 16, true)) === interpreter?.vaddr;
    if (view.getUint32(at + 4, true) === SHT_DYNAMIC || isInterpreter) {
      view.setUint32(at + 4, SHT_NULL, true); // sh_type
    }
  }
}

/** Places of `wanted` in `bytes`. */
function findAll(bytes: Uint8Array, wanted: Uint8Array): number[] {
  const places: number[] = [];
  for (let at = -1; (at = bytes.indexOf(wanted[0], at + 1)) !== -1;) {
    if (wanted.every((byte, i) => bytes[at + i] === byte)) places.push(at);
  }
  return places;
}
