/**
 * The log as entries of systemd's journal, where it is the journal that reads our standard error.
 *
 * @module
 */

import type { LogRecord } from "@logtape/logtape";
import { descriptorStatus, pathStatus } from "../../ffi/file_status.ts";
import { DatagramClient } from "../datagram_client.ts";
import { formatJournal, formatJournalLine } from "./journal_format.ts";

/** Where the journal receives entries in its own form; systemd-journald.service(8). */
export const JOURNAL_SOCKET = "/run/systemd/journal/socket";
/** Where it receives syslog messages: /dev/log is a link to this, or the same file. */
const JOURNAL_DEV_LOG = "/run/systemd/journal/dev-log";

const encoder = new TextEncoder();

/** Entries with fields; as lines on standard error when they cannot be had. */
export class Journal {
  readonly #client: DatagramClient;
  readonly #writeLine: (line: string) => boolean;

  /**
   * Opens nothing yet.
   *
   * @param socket the journal's socket
   * @param writeLine writes a line where the journal reads it too, or returns false
   */
  constructor(socket: string, writeLine: (line: string) => boolean) {
    this.#client = new DatagramClient(socket);
    this.#writeLine = writeLine;
  }

  /** Writes a record. Returns false when it is lost. */
  write(record: LogRecord): boolean {
    if (this.#client.send(encoder.encode(formatJournal(record))) === 0) return true;
    return this.#writeLine(formatJournalLine(record));
  }

  /** Gives the socket back. */
  close(): void {
    this.#client.close();
  }
}

/**
 * Whether a descriptor is the journal's, as it says in $JOURNAL_STREAM; systemd.exec(5).
 *
 * @param stream the variable, device and inode separated by a colon
 */
export function isJournalStream(fd: number, stream: string | undefined): boolean {
  const match = /^(\d+):(\d+)$/.exec(stream ?? "");
  if (match === null) return false;
  try {
    const { device, inode } = descriptorStatus(fd);
    return device === BigInt(match[1]) && inode === BigInt(match[2]);
  } catch {
    return false; // closed
  }
}

/**
 * Whether it is the journal that takes what is sent to /dev/log. It knows only the form of RFC 3164
 * there, and would take the head of an RFC 5424 message for text.
 */
export function devLogIsJournal(devLog: string, journalDevLog = JOURNAL_DEV_LOG): boolean {
  try {
    const [a, b] = [devLog, journalDevLog].map(pathStatus);
    return a.device === b.device && a.inode === b.inode;
  } catch {
    return false; // nobody there yet
  }
}
