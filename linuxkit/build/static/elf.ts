/**
 * Reads 64-bit little-endian ELF files as far as packing needs it. Source: elf(5), gABI "Object
 * Files" and "Dynamic Linking", LSB Core "Symbol Versioning".
 *
 * @module
 */

/** e_type of a shared object or position-independent executable. */
const ET_DYN = 3;
const EM_X86_64 = 62;

/** p_type of a program header. */
export const SegmentType = {
  LOAD: 1,
  DYNAMIC: 2,
  INTERP: 3,
  PHDR: 6,
  GNU_STACK: 0x6474e551,
} as const;

/** p_flags of a program header. */
export const SegmentFlag = { X: 1, W: 2, R: 4 } as const;

/** d_tag of an entry of the dynamic section. */
export const DynamicTag = {
  NULL: 0,
  NEEDED: 1,
  STRTAB: 5,
  SONAME: 14,
  VERDEF: 0x6ffffffc,
  VERDEFNUM: 0x6ffffffd,
  VERNEED: 0x6ffffffe,
  VERNEEDNUM: 0x6fffffff,
} as const;

/** Elf64_Phdr. Places and sizes in bytes. */
export interface ProgramHeader {
  /** p_type, one of {@linkcode SegmentType} or another. */
  type: number;
  /** p_flags, bits of {@linkcode SegmentFlag}. */
  flags: number;
  /** p_offset: in the file. */
  offset: number;
  /** p_vaddr: in memory, before the file as a whole is moved. */
  vaddr: number;
  /** p_filesz. */
  fileSize: number;
  /** p_memsz: what the file does not have is zero. */
  memorySize: number;
  /** p_align. */
  align: number;
}

/** Elf64_Dyn. */
export interface DynamicEntry {
  /** d_tag, one of {@linkcode DynamicTag} or another. */
  tag: number;
  /** d_val or d_ptr. */
  value: number;
}

/** sizeof(Elf64_Phdr). */
export const PROGRAM_HEADER_SIZE = 56;
/** sizeof(Elf64_Dyn). */
export const DYNAMIC_ENTRY_SIZE = 16;

/** An ELF file that cannot be packed. */
export class ElfError extends Error {
  /** Name of this kind of error. */
  override name = "ElfError";
}

/** A shared object or position-independent executable for x86-64. */
export class ElfFile {
  /** The file. */
  readonly bytes: Uint8Array;
  /** Its program headers, in their order. */
  readonly headers: readonly ProgramHeader[];
  /** e_entry. */
  readonly entry: number;
  /** e_phoff. */
  readonly headersAt: number;
  readonly #view: DataView;
  readonly #name: string;

  /**
   * Reads the ELF header and the program headers.
   *
   * @param name shown in errors
   * @param bytes the file
   * @throws ElfError when it is no such file
   */
  constructor(name: string, bytes: Uint8Array) {
    this.#name = name;
    this.bytes = bytes;
    const view = this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    // EI_MAG, EI_CLASS and EI_DATA
    if (bytes.length < 64 || view.getUint32(0) !== 0x7f454c46 || view.getUint16(4) !== 0x0201) {
      throw this.#error("no 64-bit little-endian ELF file");
    }
    if (view.getUint16(16, true) !== ET_DYN || view.getUint16(18, true) !== EM_X86_64) {
      throw this.#error("not position-independent code for x86-64");
    }
    this.entry = this.#long(24);
    this.headersAt = this.#long(32);
    this.headers = Array.from(
      { length: view.getUint16(56, true) },
      (_, i) => this.#header(this.headersAt + i * PROGRAM_HEADER_SIZE),
    );
  }

  /** The program headers of a type. */
  segments(type: number): ProgramHeader[] {
    return this.headers.filter((header) => header.type === type);
  }

  /** The dynamic section without its end. @returns no entries when there is none */
  dynamic(): DynamicEntry[] {
    const [segment] = this.segments(SegmentType.DYNAMIC);
    const entries: DynamicEntry[] = [];
    if (segment === undefined) return entries;
    for (let at = segment.offset; at < segment.offset + segment.fileSize; at += 16) {
      const entry = { tag: this.#long(at), value: this.#long(at + 8) };
      if (entry.tag === DynamicTag.NULL) break;
      entries.push(entry);
    }
    return entries;
  }

  /** Value of the first dynamic entry with a tag, or nothing. */
  dynamicValue(tag: number): number | undefined {
    return this.dynamic().find((entry) => entry.tag === tag)?.value;
  }

  /** DT_NEEDED: the sonames it wants to be linked with. */
  needed(): string[] {
    return this.dynamic().filter(({ tag }) => tag === DynamicTag.NEEDED)
      .map(({ value }) => this.#string(value));
  }

  /** DT_SONAME, or nothing. */
  soname(): string | undefined {
    const value = this.dynamicValue(DynamicTag.SONAME);
    return value === undefined ? undefined : this.#string(value);
  }

  /** The symbol versions it defines, such as `GLIBC_2.34` (Elf64_Verdef). */
  definedVersions(): string[] {
    const versions: string[] = [];
    let at = this.#table(DynamicTag.VERDEF);
    for (let i = this.dynamicValue(DynamicTag.VERDEFNUM) ?? 0; i > 0; i--) {
      // The first Elf64_Verdaux names the version, the others its parents.
      versions.push(this.#string(this.#word(at + this.#word(at + 12))));
      at += this.#word(at + 16);
    }
    return versions;
  }

  /** The symbol versions it needs, and of which library (Elf64_Verneed). */
  neededVersions(): { library: string; version: string }[] {
    const versions: { library: string; version: string }[] = [];
    let at = this.#table(DynamicTag.VERNEED);
    for (let i = this.dynamicValue(DynamicTag.VERNEEDNUM) ?? 0; i > 0; i--) {
      const library = this.#string(this.#word(at + 4));
      let aux = at + this.#word(at + 8);
      for (let j = this.#view.getUint16(at + 2, true); j > 0; j--) {
        versions.push({ library, version: this.#string(this.#word(aux + 8)) });
        aux += this.#word(aux + 12);
      }
      at += this.#word(at + 12);
    }
    return versions;
  }

  /** Where in the file a virtual address lies. */
  offsetOf(vaddr: number): number {
    const segment = this.segments(SegmentType.LOAD)
      .find((each) => vaddr >= each.vaddr && vaddr < each.vaddr + each.fileSize);
    if (segment === undefined) throw this.#error(`nothing of it is at ${vaddr.toString(16)}`);
    return vaddr - segment.vaddr + segment.offset;
  }

  #table(tag: number): number {
    const value = this.dynamicValue(tag);
    return value === undefined ? 0 : this.offsetOf(value);
  }

  /** A string of DT_STRTAB. */
  #string(index: number): string {
    const start = this.#table(DynamicTag.STRTAB) + index;
    return new TextDecoder().decode(this.bytes.subarray(start, this.bytes.indexOf(0, start)));
  }

  #header(at: number): ProgramHeader {
    return {
      type: this.#word(at),
      flags: this.#word(at + 4),
      offset: this.#long(at + 8),
      vaddr: this.#long(at + 16),
      fileSize: this.#long(at + 32),
      memorySize: this.#long(at + 40),
      align: this.#long(at + 48),
    };
  }

  #word(at: number): number {
    return this.#view.getUint32(at, true);
  }

  #long(at: number): number {
    return Number(this.#view.getBigUint64(at, true));
  }

  #error(reason: string): ElfError {
    return new ElfError(`Cannot pack ${this.#name}: ${reason}`);
  }
}

/** Writes an Elf64_Phdr; p_paddr becomes p_vaddr. */
export function writeProgramHeader(view: DataView, at: number, header: ProgramHeader): void {
  view.setUint32(at, header.type, true);
  view.setUint32(at + 4, header.flags, true);
  const { offset, vaddr, fileSize, memorySize, align } = header;
  [offset, vaddr, vaddr, fileSize, memorySize, align].forEach((value, i) =>
    view.setBigUint64(at + 8 + 8 * i, BigInt(value), true)
  );
}

/** Writes an Elf64_Dyn. */
export function writeDynamicEntry(view: DataView, at: number, entry: DynamicEntry): void {
  view.setBigUint64(at, BigInt(entry.tag), true);
  view.setBigUint64(at + 8, BigInt(entry.value), true);
}
