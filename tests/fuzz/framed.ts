/**
 * Inputs that become messages of the control path.
 *
 * @module
 */

/**
 * A message of an input: what follows the first byte, whose lowest bit asks for a frame that fits.
 *
 * @param input the input
 * @returns a copy
 */
export function framed(input: Uint8Array): Uint8Array {
  const [repairs = 0] = input;
  if ((repairs & 1) === 0) return input.slice(1);
  const message = input.slice(1, 1 + ((input.length - 1) & ~7));
  if (message.length < 8) return message;
  const frame = new DataView(message.buffer);
  frame.setUint32(0, 0, true);
  frame.setUint32(4, message.length / 8 - 1, true);
  return message;
}
