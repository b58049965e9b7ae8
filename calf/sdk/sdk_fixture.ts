/**
 * What the tests of the portable core share: annotated hex, and a host that records.
 *
 * @module
 */
import "portable";
import { Host } from "./host.ts";

/** Bytes of annotated hex: what follows a `#` on a line is a comment, spaces are for the eye. */
export function hex(text: string): Uint8Array {
  const digits = text.replace(/#.*/g, "").replace(/\s/g, "");
  if (!/^([0-9a-f]{2})*$/.test(digits)) throw new Error(`Cannot read hex: ${digits}`);
  return Uint8Array.from(digits.match(/../g) ?? [], (pair) => parseInt(pair, 16));
}

/** Bytes as lower-case hex. */
export function toHex(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** ASCII characters as bytes. */
export function ascii(text: string): Uint8Array {
  return Uint8Array.from(text, (char) => char.charCodeAt(0));
}

/** Bytes as characters. */
export function fromAscii(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}

/** An IPv4 address as a number. */
export function ip(text: string): number {
  return text.split(".").reduce((sum, octet) => sum * 256 + Number(octet), 0);
}

/** A host whose clock the test sets, and that keeps what it is given. */
export class RecordingHost extends Host {
  /** Frames sent. */
  frames: Uint8Array[] = [];
  /** Messages sent. */
  messages: Uint8Array[] = [];
  /** Log lines. */
  lines: string[] = [];
  /** What `nowMs()` returns. */
  now = 0;

  /** Keeps a copy of the frame. */
  override netWrite(buf: Uint8Array, len: i32): void {
    this.frames.push(buf.slice(0, len));
  }

  /** Keeps a copy of the message. */
  override ctlWrite(buf: Uint8Array, len: i32): void {
    this.messages.push(buf.slice(0, len));
  }

  /** The test's time. */
  override nowMs(): u32 {
    return this.now;
  }

  /** Keeps the line. */
  override log(severity: i32, text: Uint8Array, len: i32): void {
    this.lines.push(`<${severity}>${fromAscii(text.subarray(0, len))}`);
  }
}
