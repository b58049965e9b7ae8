/**
 * The keys of a lease that the client itself has no use for: options as text.
 *
 * @module
 */

import { KvClient } from "../sdk/kv.ts";
import { Text } from "../sdk/text.ts";
import { readFqdn } from "./fqdn.ts";
import { Dhcp4Lease } from "./lease.ts";
import {
  INFINITE,
  MAX_NTP_SERVERS,
  MAX_SIP_SERVERS,
  MAX_TFTP_SERVERS,
  MIN_V6ONLY_WAIT,
  OPTION_AUTO_CONFIGURE,
  OPTION_BOOTFILE_NAME,
  OPTION_CAPTIVE_PORTAL,
  OPTION_HOST_NAME,
  OPTION_IPV6_ONLY_PREFERRED,
  OPTION_MESSAGE,
  OPTION_NTP_SERVERS,
  OPTION_POSIX_TIMEZONE,
  OPTION_PROVISIONING,
  OPTION_TFTP_SERVER_ADDRESS,
  OPTION_TFTP_SERVER_NAME,
  OPTION_TZDB_TIMEZONE,
  OPTION_VENDOR_CLASS,
  OPTION_VENDOR_IDENTIFYING,
  OPTION_VENDOR_SPECIFIC,
  OPTION_WPAD,
} from "./options.ts";
import { OptionTable } from "./option_table.ts";
import {
  readAddresses,
  readHex,
  readHostName,
  readSipServer,
  readText,
  readUri,
} from "./option_values.ts";

const ntpServers: Uint32Array = new Uint32Array(MAX_NTP_SERVERS);
const tftpServers: Uint32Array = new Uint32Array(MAX_TFTP_SERVERS);

/** Adds what `lease.options` and the BOOTP fields hold to the commit; `scratch` takes a value. */
export function writeFurther(kv: KvClient, scratch: Text, lease: Dhcp4Lease): void {
  const options: OptionTable = lease.options;
  if (readHostName(options, OPTION_HOST_NAME, scratch)) kv.changeWrite("/hostname", -1, scratch);
  if (readFqdn(options, scratch)) kv.changeWrite("/fqdn", -1, scratch);
  const ntpCount: i32 = readAddresses(options, OPTION_NTP_SERVERS, ntpServers);
  writeAddresses(kv, scratch, "/ntp", ntpServers, ntpCount);
  for (let i: i32 = 0; i < MAX_SIP_SERVERS && readSipServer(options, i, scratch); i++) {
    kv.changeWrite("/sip", i + 1, scratch);
  }
  writeStatus(kv, scratch, options);
  writeUri(kv, scratch, options, OPTION_CAPTIVE_PORTAL, "/captive-portal");
  writeUri(kv, scratch, options, OPTION_WPAD, "/wpad");
  writeText(kv, scratch, options, OPTION_PROVISIONING, "/provisioning");
  writeText(kv, scratch, options, OPTION_POSIX_TIMEZONE, "/timezone/posix");
  writeText(kv, scratch, options, OPTION_TZDB_TIMEZONE, "/timezone/name");
  writeText(kv, scratch, options, OPTION_MESSAGE, "/message");
  writeText(kv, scratch, options, OPTION_VENDOR_CLASS, "/vendor/class");
  writeHex(kv, scratch, options, OPTION_VENDOR_SPECIFIC, "/vendor/specific");
  writeHex(kv, scratch, options, OPTION_VENDOR_IDENTIFYING, "/vendor/identifying");
  writeBoot(kv, scratch, lease);
}

/** Adds the first `count` of `addresses` to the commit, as `path` with the numbers from 1 on. */
export function writeAddresses(
  kv: KvClient,
  scratch: Text,
  path: string,
  addresses: Uint32Array,
  count: i32,
): void {
  for (let i: i32 = 0; i < count; i++) {
    kv.changeWrite(path, i + 1, scratch.clear().ipv4(addresses[i]));
  }
}

/** Adds an address to the commit unless it is 0. */
export function writeAddress(kv: KvClient, scratch: Text, path: string, address: u32): void {
  if (address !== 0) kv.changeWrite(path, -1, scratch.clear().ipv4(address));
}

/** Adds a time to the commit. */
export function writeSeconds(kv: KvClient, scratch: Text, path: string, seconds: u32): void {
  kv.changeWrite(path, -1, appendSeconds(scratch.clear(), seconds));
}

/** Appends a time as the store has it: decimal, or `infinite`. */
export function appendSeconds(text: Text, seconds: u32): Text {
  return seconds === INFINITE ? text.ascii("infinite") : text.decimal(seconds);
}

/** Adds options 108 and 116, which can come without an address too, to the commit. */
export function writeStatus(kv: KvClient, scratch: Text, options: OptionTable): void {
  if (options.has(OPTION_IPV6_ONLY_PREFERRED)) {
    const wait: u32 = options.word(OPTION_IPV6_ONLY_PREFERRED);
    // RFC 8925 §3.4.
    writeSeconds(kv, scratch, "/ipv6-only", wait < MIN_V6ONLY_WAIT ? MIN_V6ONLY_WAIT : wait);
  }
  if (options.has(OPTION_AUTO_CONFIGURE) && options.byte(OPTION_AUTO_CONFIGURE) <= 1) {
    const may: bool = options.byte(OPTION_AUTO_CONFIGURE) === 1;
    kv.changeWrite("/auto-configure", -1, scratch.clear().ascii(may ? "on" : "off"));
  }
}

/** The boot server and file: `sname` and `file` count where the options are absent (RFC 2132 §9.4). */
function writeBoot(kv: KvClient, scratch: Text, lease: Dhcp4Lease): void {
  const options: OptionTable = lease.options;
  writeAddress(kv, scratch, "/boot/next-server", lease.nextServer);
  if (options.has(OPTION_TFTP_SERVER_NAME)) {
    writeText(kv, scratch, options, OPTION_TFTP_SERVER_NAME, "/boot/server-name");
  } else if (lease.serverName.length > 0) {
    kv.changeWrite("/boot/server-name", -1, lease.serverName);
  }
  if (options.has(OPTION_BOOTFILE_NAME)) {
    writeText(kv, scratch, options, OPTION_BOOTFILE_NAME, "/boot/file");
  } else if (lease.bootFile.length > 0) {
    kv.changeWrite("/boot/file", -1, lease.bootFile);
  }
  const count: i32 = readAddresses(options, OPTION_TFTP_SERVER_ADDRESS, tftpServers);
  writeAddresses(kv, scratch, "/boot/tftp", tftpServers, count);
}

function writeText(
  kv: KvClient,
  scratch: Text,
  options: OptionTable,
  code: i32,
  path: string,
): void {
  if (readText(options, code, scratch)) kv.changeWrite(path, -1, scratch);
}

function writeUri(
  kv: KvClient,
  scratch: Text,
  options: OptionTable,
  code: i32,
  path: string,
): void {
  if (readUri(options, code, scratch)) kv.changeWrite(path, -1, scratch);
}

function writeHex(
  kv: KvClient,
  scratch: Text,
  options: OptionTable,
  code: i32,
  path: string,
): void {
  if (readHex(options, code, scratch)) kv.changeWrite(path, -1, scratch);
}
