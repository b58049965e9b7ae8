/**
 * Bytes as hexadecimal digits.
 *
 * @module
 */

/** Each byte as two digits in lower case. */
export function bytesToHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
