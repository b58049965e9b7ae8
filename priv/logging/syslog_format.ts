/**
 * Syslog messages of RFC 5424.
 *
 * @module
 */

import type { LogRecord } from "@logtape/logtape";
import { fieldsOf, originText } from "./fields.ts";

/** APP-NAME, and the journal's SYSLOG_IDENTIFIER. */
export const APP_NAME = "mirage-dhcp";
/** "System daemons", RFC 5424 §6.2.1. */
export const FACILITY = 3;

/** SD-ID: the enterprise number that RFC 5612 keeps for examples, as we have none. */
const SD_ID = "mirage@32473";
/** PRINTUSASCII of a length that HOSTNAME may have, RFC 5424 §6. */
const HOST_NAME = /^[\x21-\x7e]{1,255}$/;

/** What is the same for all messages of a time. */
export interface SyslogSender {
  /** Name of this host; one that RFC 5424 does not allow is left out. */
  readonly hostName: string;
  /** Process id. */
  readonly pid: number;
}

/**
 * `<PRI>1 TIMESTAMP HOSTNAME APP-NAME PROCID MSGID SD MSG`, RFC 5424 §6, in ASCII and on one line.
 * MSGID is the source. What the structured data says is also in the message, since many daemons write
 * the message alone. Shorter than the 2048 bytes that RFC 5426 §3.2 wants every receiver to take.
 */
export function formatSyslog(record: LogRecord, sender: SyslogSender): string {
  const fields = fieldsOf(record);
  const { time, severity, source, interfaceName, untrusted, message } = fields;
  const hostName = HOST_NAME.test(sender.hostName) ? sender.hostName : "-";
  const parameters = [
    ...interfaceName === null ? [] : [` interface="${escapeParameter(interfaceName)}"`],
    ...untrusted ? [' untrusted="true"'] : [],
  ].join("");
  const data = parameters === "" ? "-" : `[${SD_ID}${parameters}]`;
  const header = `<${FACILITY * 8 + severity}>1 ${time} ${hostName} ${APP_NAME} ${sender.pid}`;
  return `${header} ${source} ${data} ${originText(fields)}: ${message}`;
}

/** PARAM-VALUE, RFC 5424 §6.3.3. */
function escapeParameter(value: string): string {
  return value.replace(/["\\\]]/g, "\\$&");
}
