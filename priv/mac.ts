/**
 * Ethernet addresses as text and as bytes.
 *
 * @module
 */

/** The 6 bytes of `02:00:00:00:00:01`. */
export function macBytes(text: string): Uint8Array {
  return Uint8Array.from(text.split(":"), (part) => parseInt(part, 16));
}
