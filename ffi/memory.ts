/**
 * Memory whose address is handed to the kernel inside another structure.
 *
 * V8 keeps a typed array of up to 64 bytes inside its own heap, where the garbage collector moves
 * it; and it frees any buffer that nothing refers to. So such memory is larger than that, and
 * whoever embeds its address keeps the buffer referenced until the call has returned.
 *
 * @module
 */

const SMALLEST = 128;

/**
 * Zeroed memory that never moves.
 *
 * @param size bytes wanted
 * @returns at least `size` bytes, and more than V8 would keep inside its heap
 */
export function fixedMemory(size: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(new ArrayBuffer(Math.max(size, SMALLEST)));
}

/**
 * The address of memory made by {@linkcode fixedMemory}. Needs the `ffi` permission, so it is for
 * set-up only.
 *
 * @param memory the memory; must stay referenced as long as the address is in use
 */
export function addressOf(memory: Uint8Array<ArrayBuffer>): bigint {
  return Deno.UnsafePointer.value(Deno.UnsafePointer.of(memory));
}

/**
 * A zero-terminated string for a C function.
 *
 * @param text text without a zero byte
 * @param what what the text is, for the message
 * @returns its UTF-8 form and one zero byte
 * @throws {TypeError} when the text holds a zero byte
 */
export function cString(text: string, what: string): Uint8Array {
  if (text.includes("\0")) throw new TypeError(`Cannot use ${what}: it contains a zero byte`);
  return new TextEncoder().encode(text + "\0");
}
