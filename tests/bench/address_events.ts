/**
 * The kernel's own word on when an interface got an address: lines of `ip -tshort monitor address`.
 *
 * @module
 */

/** RTM_NEWADDR or RTM_DELADDR of an IPv4 address. */
export interface AddressEvent {
  /** When it came: milliseconds since 1970, with three decimals. */
  readonly at: number;
  /** Whether the address went. */
  readonly deleted: boolean;
  /** "eth0" */
  readonly interfaceName: string;
  /** "192.0.2.7/24" */
  readonly cidr: string;
}

const LINE = new RegExp(
  /^\[(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\.(\d{6})\] (Deleted )?\d+: ([^\s@]+)(?:@\S+)?\s+/.source +
    /inet (\d+\.\d+\.\d+\.\d+\/\d+)\s/.source,
);

/**
 * Reads a line; `ip` must have run with `TZ=UTC`, because its stamps name no zone.
 *
 * @returns null for what is no IPv4 address, such as the line of its lifetimes
 */
export function parseAddressEvent(line: string): AddressEvent | null {
  const match = LINE.exec(line);
  if (match === null) return null;
  const [, second, microseconds, deleted, interfaceName, cidr] = match;
  const at = Date.parse(`${second}Z`) + Number(microseconds) / 1000;
  return { at, deleted: deleted !== undefined, interfaceName, cidr };
}

/**
 * Finds when an interface got its first address.
 *
 * @param lines of the monitor
 * @param after only what came later counts; in milliseconds since 1970
 * @returns null while it has none
 */
export function firstAddress(
  lines: readonly string[],
  interfaceName: string,
  after = 0,
): AddressEvent | null {
  for (const line of lines) {
    const event = parseAddressEvent(line);
    if (event === null || event.deleted || event.at <= after) continue;
    if (event.interfaceName === interfaceName) return event;
  }
  return null;
}
