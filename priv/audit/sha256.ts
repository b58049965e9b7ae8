/**
 * SHA-256 (FIPS 180-4).
 *
 * Of node:crypto, which costs a millisecond to load and to call for the first time, and 3 µs for each
 * line after that; code of our own would cost 220 µs for each line without a JIT. It is loaded when it is
 * first needed, not with this module.
 *
 * @module
 */

/** The global of Node.js; to import node:process would cost half a millisecond of the start. */
declare const process: {
  readonly getBuiltinModule: (name: "node:crypto") => typeof import("node:crypto");
};

let createHash: typeof import("node:crypto").createHash | null = null;

/** The SHA-256 of bytes, or of a text in UTF-8, as 64 hexadecimal digits in lower case. */
export function sha256(data: Uint8Array | string): string {
  createHash ??= process.getBuiltinModule("node:crypto").createHash;
  return createHash("sha256").update(data).digest("hex");
}
