/**
 * The places that a record goes to, as the operator has decided and the surroundings allow.
 *
 * @module
 */

import { closeFd, O_NOCTTY, O_NONBLOCK, O_WRONLY, openFd } from "../../ffi/fd.ts";
import { bootTimeMs } from "../../ffi/time.ts";
import { LineWriter } from "../line_writer.ts";
import type { LogFormat, LogOptions } from "../service_options.ts";
import { formatRecord } from "./format.ts";
import { devLogIsJournal, isJournalStream, Journal, JOURNAL_SOCKET } from "./journal.ts";
import { LogFile } from "./log_file.ts";
import { countingSink, type RecordSink } from "./sink.ts";
import { DEV_LOG, Syslog, syslogSender } from "./syslog.ts";

const STDERR = 2;

/** What is found where the process runs. */
export interface Surroundings {
  /** Descriptor of the standard error. */
  readonly stderr: number;
  /** Whether it is a terminal. */
  readonly isTerminal: boolean;
  /** $NO_COLOR, see https://no-color.org. */
  readonly noColor: string | undefined;
  /** $JOURNAL_STREAM, see systemd.exec(5). */
  readonly journalStream: string | undefined;
  /** The journal's own socket. */
  readonly journalSocket: string;
  /** The syslog daemon's socket. */
  readonly devLog: string;
}

interface Output {
  readonly sink: RecordSink;
  close(): void;
}

/** Sinks by name, and what belongs to them. */
export interface Outputs {
  /** One for each place. */
  readonly sinks: Readonly<Record<string, RecordSink>>;
  /** Opens the log file anew, if there is one. */
  reopen(): void;
  /** Gives back what is open. */
  close(): void;
}

/** Looks around. */
export function surroundings(): Surroundings {
  return {
    stderr: STDERR,
    isTerminal: Deno.stderr.isTerminal(),
    noColor: Deno.env.get("NO_COLOR"),
    journalStream: Deno.env.get("JOURNAL_STREAM"),
    journalSocket: JOURNAL_SOCKET,
    devLog: DEV_LOG,
  };
}

/**
 * Makes the sinks. Only standard error is opened at once; the others at their first record. Nothing
 * throws and nothing waits.
 *
 * @param onTrouble told once when the log file begins to fail
 */
export function openOutputs(
  options: LogOptions,
  around: Surroundings,
  onTrouble: (text: string) => void,
): Outputs {
  const { format, file, syslog } = options;
  const isJournal = isJournalStream(around.stderr, around.journalStream);
  const outputs: Record<string, Output> = {
    stderr: isJournal ? journalOutput(around, around.stderr) : stderrOutput(format, around),
  };
  let logFile: LogFile | null = null;
  if (file !== null) {
    logFile = new LogFile(file, { now: bootTimeMs, onTrouble });
    outputs.file = fileOutput(logFile, format);
  }
  if (syslog === "local" && devLogIsJournal(around.devLog)) {
    if (!isJournal) outputs.syslog = journalOutput(around, null);
  } else if (syslog !== null) {
    outputs.syslog = syslogOutput(new Syslog(syslogSender(syslog, around.devLog)));
  }
  return {
    sinks: Object.fromEntries(Object.entries(outputs).map(([name, { sink }]) => [name, sink])),
    reopen: () => logFile?.reopen(),
    close: () => Object.values(outputs).forEach(({ close }) => close()),
  };
}

function stderrOutput(format: LogFormat, around: Surroundings): Output {
  const { stderr, isTerminal, noColor } = around;
  const colour = isTerminal && (noColor === undefined || noColor === "");
  const fd = openStderr(around);
  const writer = new LineWriter(fd);
  return {
    sink: countingSink(
      (record) => writer.write(formatRecord(record, format, colour)),
      () => "nobody read them",
    ),
    close: () => {
      if (fd !== stderr) closeFd(fd);
    },
  };
}

/**
 * A terminal that somebody has stopped may take a part of a line and wait with the rest. So it is
 * opened once more, with an O_NONBLOCK of our own.
 */
function openStderr({ stderr, isTerminal }: Surroundings): number {
  if (!isTerminal) return stderr;
  try {
    return openFd(`/proc/self/fd/${stderr}`, O_WRONLY | O_NOCTTY | O_NONBLOCK, 0);
  } catch {
    return stderr; // another user's, after su(1)
  }
}

/** `stderr` is a descriptor that the journal reads too, or null. */
function journalOutput(around: Surroundings, stderr: number | null): Output {
  const writer = stderr === null ? null : new LineWriter(stderr);
  const journal = new Journal(around.journalSocket, (line) => writer?.write(line) ?? false);
  return {
    sink: countingSink((record) => journal.write(record), () => "the journal did not take them"),
    close: () => journal.close(),
  };
}

function fileOutput(file: LogFile, format: LogFormat): Output {
  return {
    sink: countingSink(
      (record) => file.write(formatRecord(record, format, false)),
      () => file.reason,
    ),
    close: () => file.close(),
  };
}

function syslogOutput(syslog: Syslog): Output {
  return {
    sink: countingSink((record) => syslog.write(record), () => syslog.reason),
    close: () => syslog.close(),
  };
}
