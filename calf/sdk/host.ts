/**
 * What a service running in a calf may ask of whatever runs it (V8, an spt guest, an hvt guest).
 * Portable subset: this file is compiled by asc as well.
 *
 * @module
 */

/** Syslog severity of an error (RFC 5424 §6.2.1). */
export const LOG_ERR: i32 = 3;
/** Syslog severity of a warning (RFC 5424 §6.2.1). */
export const LOG_WARNING: i32 = 4;
/** Syslog severity of normal information (RFC 5424 §6.2.1). */
export const LOG_INFO: i32 = 6;
/** Syslog severity of a debugging message (RFC 5424 §6.2.1). */
export const LOG_DEBUG: i32 = 7;

/** What the portable core needs from outside. All calls are synchronous. */
export abstract class Host {
  /** Sends one Ethernet frame, `buf[0..len)`. A frame that cannot be sent is dropped silently. */
  abstract netWrite(buf: Uint8Array, len: i32): void;
  /** Sends one Cap'n Proto message, `buf[0..len)`, to priv. */
  abstract ctlWrite(buf: Uint8Array, len: i32): void;
  /** Milliseconds of a clock that also counts suspend (CLOCK_BOOTTIME), modulo 2^32. */
  abstract nowMs(): u32;
  /** One log record: a syslog severity and printable ASCII text `text[0..len)`. */
  abstract log(severity: i32, text: Uint8Array, len: i32): void;
}

/** A protocol service (DHCPv4; later DHCPv6, NTP …) as its host sees it. */
export abstract class Service {
  /** Called once, before anything else. */
  abstract start(): void;
  /** One received Ethernet frame, `buf[0..len)`. Never throws, whatever the bytes are. */
  abstract onFrame(buf: Uint8Array, len: i32): void;
  /** One message from priv, `buf[0..len)`. */
  abstract onCtl(buf: Uint8Array, len: i32): void;
  /** Called when `nextDeadlineMs()` has passed; calling it earlier does no harm. */
  abstract onTimer(): void;
  /** Milliseconds from now to the next timer, 0 when one is due, at most 2^30. */
  abstract nextDeadlineMs(): i32;
}
