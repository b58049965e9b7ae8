/**
 * The one error of a guest that is refused.
 *
 * @module
 */

/** A guest cannot be run because of what its file says. */
export class GuestError extends Error {
  /** Name of this kind of error. */
  override name = "GuestError";

  /**
   * Makes one.
   *
   * @param reason why, of printable characters; nothing of the file is quoted in it unchecked
   */
  constructor(reason: string) {
    super(`Cannot run the guest: ${reason}`);
  }
}
