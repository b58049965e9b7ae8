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

/** Words of a message whose shape counts as something seen. */
const SHAPED_WORDS = 24;

/**
 * The shape of a message: what each of its first words would be as a pointer.
 *
 * @param message a message, frame included
 * @param outcome what came of it, which makes the same shape another one
 * @returns one text for each word that is not zero
 */
export function* shapeOf(message: Uint8Array, outcome: string): Generator<string> {
  const view = new DataView(message.buffer, message.byteOffset, message.length);
  for (let word = 1; word <= SHAPED_WORDS && word * 8 + 8 <= message.length; word++) {
    const low = view.getUint32(word * 8, true);
    const high = view.getUint32(word * 8 + 4, true);
    if (low !== 0 || high !== 0) yield `${outcome} ${word} ${low & 3} ${high & 7}`;
  }
}
