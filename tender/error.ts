/**
 * How a tender says that it does not run a guest.
 *
 * @module
 */

/** Exit codes of a tender; those of Solo5's, and EX_UNAVAILABLE of sysexits.h. */
export const TenderExit = {
  /** `--version`. */
  OK: 0,
  /** A command line, a guest or a device is refused; `--help`, too. */
  REFUSED: 1,
  /** The machine lacks what the tender needs. */
  UNAVAILABLE: 69,
} as const;

/** Ends a tender: one line for stderr, and the code to exit with. */
export class TenderError extends Error {
  /** Always `TenderError`. */
  override readonly name: string = "TenderError";
  /** The process exits with this. */
  readonly code: number;

  /**
   * Makes one.
   *
   * @param message one line, without the program's name
   * @param code one of {@linkcode TenderExit}
   */
  constructor(message: string, code: number = TenderExit.REFUSED) {
    super(message);
    this.code = code;
  }
}
