/**
 * Where a {@link BorrowedFile} writes down what it has borrowed: in the first directory that takes a
 * file. The last one is for a machine whose disk is full or read-only: the loan outlives a crash of the
 * daemon there, but not the machine.
 *
 * @module
 */

import { auditedRemove, auditedWrite } from "../audit/audited.ts";
import { type AuditSink, NO_AUDIT } from "../audit/event.ts";
import { readIfThere, writeAtomically } from "./files.ts";

/** The record of one loan. */
export class LoanRecord {
  readonly #paths: readonly string[];
  readonly #told: (path: string, reason: unknown) => void;
  readonly #audit: AuditSink;
  #hasTold = false;

  /**
   * Touches nothing yet.
   *
   * @param paths where it may stand, most durable first; at least one
   * @param told once, which of them could not be written, and why
   * @param audit told of what is written and removed
   */
  constructor(
    paths: readonly string[],
    told: (path: string, reason: unknown) => void = () => {},
    audit: AuditSink = NO_AUDIT,
  ) {
    this.#paths = paths;
    this.#told = told;
    this.#audit = audit;
  }

  /**
   * What was written down, the record that counts first: one in a later place was written because an
   * earlier place took none, so that what stands in the earlier one is older.
   */
  load(): Uint8Array[] {
    const found: Uint8Array[] = [];
    for (const path of this.#paths.toReversed()) {
      try {
        const bytes = readIfThere(path);
        if (bytes !== null) found.push(bytes);
      } catch {
        // What cannot be read is as good as none.
      }
    }
    return found;
  }

  /** Writes it down. @throws the last place's file error when no place takes it */
  keep(bytes: Uint8Array): void {
    for (const [i, path] of this.#paths.entries()) {
      try {
        auditedWrite(this.#audit, path, bytes, () => {
          writeAtomically(path, bytes, { mode: 0o600, durable: true });
        });
      } catch (error) {
        if (i === this.#paths.length - 1) throw error;
        this.#tell(path, error);
        continue;
      }
      for (const later of this.#paths.slice(i + 1)) auditedRemove(this.#audit, later);
      return;
    }
  }

  /**
   * Removes it. One that stands on a read-only disk stays: it names a text that is not in the borrowed
   * file any more.
   */
  forget(): void {
    for (const path of this.#paths) {
      try {
        auditedRemove(this.#audit, path);
      } catch (error) {
        this.#tell(path, error);
      }
    }
  }

  #tell(path: string, reason: unknown): void {
    if (this.#hasTold) return;
    this.#hasTold = true;
    this.#told(path, reason);
  }
}
