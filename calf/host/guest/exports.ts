/**
 * The core as a WebAssembly module: this file is the entry that asc compiles, for V8 and for the
 * guests. It is never run as TypeScript. The module imports four functions from `exports` and
 * exports the five of a {@linkcode Service} and its receive buffer; addresses are offsets in its
 * memory.
 *
 * @module
 */

import { Dhcp4Service } from "../../dhcp4/service.ts";
import { Host } from "../../sdk/host.ts";

/** Imported: sends the Ethernet frame of `len` bytes at `address`. */
declare function netWrite(address: i32, len: i32): void;
/** Imported: sends the Cap'n Proto message of `len` bytes at `address`. */
declare function ctlWrite(address: i32, len: i32): void;
/** Imported: see `Host.nowMs()`. */
declare function nowMs(): u32;
/** Imported: logs `len` bytes of text at `address` with a syslog severity. */
declare function log(severity: i32, address: i32, len: i32): void;

/** Bytes of the receive buffer: the longest message; the largest jumbo frames in use have 9216. */
export const RECEIVE_BUFFER_LENGTH: i32 = 16384;

/** Passes the core's calls on to the imports. */
class ImportedHost extends Host {
  override netWrite(buf: Uint8Array, len: i32): void {
    netWrite(addressOf(buf), len);
  }

  override ctlWrite(buf: Uint8Array, len: i32): void {
    ctlWrite(addressOf(buf), len);
  }

  override nowMs(): u32 {
    return nowMs();
  }

  override log(severity: i32, text: Uint8Array, len: i32): void {
    log(severity, addressOf(text), len);
  }
}

const received: Uint8Array = new Uint8Array(RECEIVE_BUFFER_LENGTH);
const service: Dhcp4Service = new Dhcp4Service(new ImportedHost());

/** Where the host puts a frame or message before `onFrame()` or `onCtl()`. */
export function receiveBuffer(): i32 {
  return addressOf(received);
}

/** See `Service.start()`. */
export function start(): void {
  service.start();
}

/** See `Service.onFrame()`; the frame is the first `len` bytes of the receive buffer. */
export function onFrame(len: i32): void {
  service.onFrame(received, fitting(len));
}

/** See `Service.onCtl()`; the message is the first `len` bytes of the receive buffer. */
export function onCtl(len: i32): void {
  service.onCtl(received, fitting(len));
}

/** See `Service.onTimer()`. */
export function onTimer(): void {
  service.onTimer();
}

/** See `Service.nextDeadlineMs()`. */
export function nextDeadlineMs(): i32 {
  return service.nextDeadlineMs();
}

/** A length that the receive buffer can have, whatever the host says. */
function fitting(len: i32): i32 {
  if (len < 0) return 0;
  return len > RECEIVE_BUFFER_LENGTH ? RECEIVE_BUFFER_LENGTH : len;
}

/** Where a buffer's bytes lie in the module's memory. */
function addressOf(buf: Uint8Array): i32 {
  // @ts-expect-error: `dataStart` exists only in asc's Uint8Array.
  return i32(buf.dataStart);
}
