/**
 * The identity of this host towards DHCP servers (RFC 8415 §11): a DUID-UUID, made once and kept in the
 * state directory. Other programs' DUIDs are left alone.
 *
 * @module
 */

import { auditedWrite } from "./audit/audited.ts";
import { type AuditSink, NO_AUDIT } from "./audit/event.ts";
import { readIfThere, writeAtomically } from "./handlers/files.ts";
import { bytesToHex } from "./hex.ts";

/** DUID-UUID (RFC 6355 §4). */
const DUID_UUID = "0004";

/** A type field and the 16 bytes of a UUID. */
const WHOLE = /^0004[0-9a-f]{32}$/;

/** A random UUID (RFC 9562 §5.4) as 16 bytes. */
function randomUuid(): Uint8Array {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  return bytes;
}

/**
 * The DUID in a file, which is made when there is none or none that could be sent.
 *
 * A host without its DUID is another host to every server, so a file that cannot be read is not
 * written over, and a new DUID that cannot be kept is not used.
 *
 * @param path of the file: hexadecimal digits and a newline
 * @param warn is told of a file that was not a DUID
 * @param audit is told of a file that is written
 * @returns 18 bytes as hexadecimal digits in lower case
 * @throws file errors
 */
export function hostDuid(
  path: string,
  warn: (text: string) => void,
  audit: AuditSink = NO_AUDIT,
): string {
  const bytes = readIfThere(path);
  if (bytes !== null) {
    const text = new TextDecoder().decode(bytes).trim();
    if (WHOLE.test(text)) return text;
    warn(`${path} is no DUID-UUID: replaced by a new one`);
  }
  const duid = DUID_UUID + bytesToHex(randomUuid());
  const content = new TextEncoder().encode(`${duid}\n`);
  auditedWrite(audit, path, content, () => {
    writeAtomically(path, content, { mode: 0o644, durable: true });
  });
  return duid;
}
