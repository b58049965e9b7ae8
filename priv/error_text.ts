/**
 * What to say of something that was thrown.
 *
 * @module
 */

/** The message of an error, or the thing itself as text. */
export function errorText(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
