/**
 * Solo5's notes in a guest (elf(5), Nhdr; elf_abi.h and mft_abi.h of Solo5). Each is the first note
 * of a program header of its own; what else such a header holds is not looked at.
 *
 * @module
 */
import { type Elf, isInFile, type ProgramHeader, ProgramType } from "./elf.ts";
import { GuestError } from "./error.ts";

/** A note of Solo5. */
export interface NoteKind {
  /** What it is called in messages. */
  name: string;
  /** n_type. */
  type: number;
  /** Bytes between the owner and the contents, which are part of n_descsz. */
  padding: number;
  /** Largest size of the contents. */
  maxSize: number;
}

/** Contents of a note. */
export interface Note {
  /** Where they begin in the file. */
  fileOffset: number;
  /** How many bytes they have, all of them in the file. */
  size: number;
}

/** n_namesz, n_descsz and n_type. */
const HEADER_SIZE = 12;
/** The owner, "Solo5" with its terminator. */
const OWNER = [0x53, 0x6f, 0x6c, 0x6f, 0x35, 0x00];
/** The header and the owner, padded to a multiple of 4. */
const OWNED_HEADER_SIZE = 20;

/**
 * Finds a note.
 *
 * @param elf the guest's headers
 * @param kind which note
 * @throws GuestError when there is none, or two, or it is not well formed
 */
export function findNote(elf: Elf, kind: NoteKind): Note {
  const notes = elf.headers.filter((header) => isNote(elf.view, header, kind.type));
  if (notes.length === 0) throw new GuestError(`it has no ${kind.name} of Solo5`);
  if (notes.length > 1) throw new GuestError(`it has more than one ${kind.name}`);
  const [{ fileOffset, fileSize }] = notes;
  const size = elf.view.getUint32(fileOffset + 4, true);
  if (size > kind.padding + kind.maxSize) throw new GuestError(`its ${kind.name} is too large`);
  if (size <= kind.padding) throw new GuestError(`its ${kind.name} is too small`);
  const whole = OWNED_HEADER_SIZE + size;
  if (whole > fileSize || !isInFile(elf.view, fileOffset, whole)) {
    throw new GuestError(`its ${kind.name} is cut off`);
  }
  return {
    fileOffset: fileOffset + OWNED_HEADER_SIZE + kind.padding,
    size: size - kind.padding,
  };
}

/** Notes of others are passed over, unless they are too short for a note or not in the file. */
function isNote(view: DataView, header: ProgramHeader, type: number): boolean {
  const { index, fileOffset, fileSize } = header;
  if (header.type !== ProgramType.NOTE) return false;
  if (fileSize < HEADER_SIZE) {
    throw new GuestError(`its program header ${index} is too small for a note`);
  }
  if (fileSize < OWNED_HEADER_SIZE) return false;
  if (!isInFile(view, fileOffset, OWNED_HEADER_SIZE)) {
    throw new GuestError(`its program header ${index} has bytes that are not in the file`);
  }
  return view.getUint32(fileOffset, true) === OWNER.length &&
    OWNER.every((byte, i) => view.getUint8(fileOffset + HEADER_SIZE + i) === byte) &&
    view.getUint32(fileOffset + 8, true) === type;
}
