/**
 * Arithmetic on dotted quads that the schema has already checked.
 *
 * @module
 */

/** 192.0.2.7 as a number, the first octet in its top byte. */
export function toNumber(address: string): number {
  return address.split(".").reduce((value, part) => value * 256 + Number(part), 0);
}

function toText(value: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join(".");
}

/** The network of `local`/`prefixLength`, such as `192.0.2.0/24`. */
export function networkOf(local: string, prefixLength: number): string {
  const size = 2 ** (32 - prefixLength);
  return `${toText(Math.floor(toNumber(local) / size) * size)}/${prefixLength}`;
}

/** Whether `address` lies in `network`, such as `192.0.2.0/24`. */
export function inNetwork(address: string, network: string): boolean {
  const [local, bits] = network.split("/");
  return inSubnet(address, local, Number(bits));
}

/** Whether `address` lies in the subnet of `local`/`prefixLength`. */
export function inSubnet(address: string, local: string, prefixLength: number): boolean {
  const size = 2 ** (32 - prefixLength);
  return Math.floor(toNumber(address) / size) === Math.floor(toNumber(local) / size);
}

/** Whether `address` is its subnet's own or broadcast address, which no host has (RFC 1122 §3.2.1.3). */
export function isNoHost(address: string, prefixLength: number): boolean {
  if (prefixLength > 30) return false; // RFC 3021
  const size = 2 ** (32 - prefixLength);
  const host = toNumber(address) % size;
  return host === 0 || host === size - 1;
}

/** The address of all hosts of a subnet; null when it has none (31 and 32 bits, RFC 3021). */
export function subnetBroadcast(address: string, prefixLength: number): string | null {
  if (prefixLength > 30) return null;
  const size = 2 ** (32 - prefixLength);
  return toText(Math.floor(toNumber(address) / size) * size + size - 1);
}
