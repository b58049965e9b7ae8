/**
 * Exit codes of every mode, from sysexits.h so that systemd and shells name them.
 *
 * @module
 */

/** What the process exits with. Source: `<sysexits.h>`. */
export const ExitCode = {
  /** Done: SIGTERM, SIGINT or SIGQUIT was obeyed, or `--oneshot` got its lease. */
  OK: 0,
  /** The command line is wrong. */
  USAGE: 64,
  /** The audit log is not what was written. */
  DATAERR: 65,
  /** No Ethernet interface, or a file that cannot be read: the configuration, an audit log. */
  NOINPUT: 66,
  /** There is no such user (`--user`). */
  NOUSER: 67,
  /** A library or a kernel feature is missing. */
  UNAVAILABLE: 69,
  /** A fault of our own. */
  SOFTWARE: 70,
  /** The kernel refused a system call that should have worked. */
  OSERR: 71,
  /** Another instance already manages the interface, or the run directory cannot be used. */
  CANTCREAT: 73,
  /** `--oneshot` got no lease within `--timeout`, or no calf can be started any more: the daemon must be started anew. */
  TEMPFAIL: 75,
  /** A capability is missing. */
  NOPERM: 77,
  /** The configuration file is wrong. */
  CONFIG: 78,
} as const;

/** One of the values of {@link ExitCode}. */
export type ExitCode = typeof ExitCode[keyof typeof ExitCode];

/** Ends a mode: one line for stderr and the code to exit with. */
export class ExitError extends Error {
  /** The process exits with this. */
  readonly code: ExitCode;

  /** `message` is one line, without the program's name. */
  constructor(code: ExitCode, message: string) {
    super(message);
    this.name = "ExitError";
    this.code = code;
  }
}
