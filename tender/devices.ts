/**
 * Attaching devices: what the guest declares and what the command line gives must be the same.
 *
 * @module
 */

import { ErrnoError } from "../ffi/errno.ts";
import { setNonblocking } from "../ffi/fd.ts";
import { isMessageSocket } from "../ffi/socket_type.ts";
import { openStorage } from "../ffi/storage.ts";
import { openTap, type Tap, tapMtu } from "../ffi/tap.ts";
import type { NetTarget, TenderOptions } from "./command_line.ts";
import { TenderError } from "./error.ts";
import { EntryField, MANIFEST_ENTRY_SIZE, MANIFEST_HEADER_SIZE } from "./guest/guest.ts";
import type { Manifest, ManifestEntry } from "./guest/guest.ts";

/** A device that is ready. */
export type Device =
  & {
    /** Its handle: its place in the manifest. */
    readonly index: number;
    /** What it is attached to. */
    readonly fd: number;
  }
  & ({
    readonly type: "net";
    /** Hardware address, 6 bytes. */
    readonly mac: Uint8Array;
    /** Bytes behind the Ethernet header of the longest frame. */
    readonly mtu: number;
  } | {
    readonly type: "block";
    /** Bytes, at least one sector. */
    readonly capacity: bigint;
    /** Bytes in a sector. */
    readonly sectorSize: number;
  });

/** Of Ethernet; for a descriptor that does not say. */
const DEFAULT_MTU = 1500;
const DEFAULT_SECTOR_SIZE = 512;

/**
 * Compares the manifest with the command line.
 *
 * @param entries the devices that the guest declares
 * @param options the command line
 * @throws {TenderError} for a device that is not attached, or not declared
 */
export function checkDevices(entries: readonly ManifestEntry[], options: TenderOptions): void {
  const declared = (type: string, name: string) =>
    entries.some((entry) => entry.type === type && entry.name === name);
  const given: [option: string, type: string, names: Iterable<string>][] = [
    ["--net", "net", options.nets.map(({ name }) => name)],
    ["--net-mac", "net", options.macs.keys()],
    ["--block", "block", options.blocks.map(({ name }) => name)],
    ["--block-sector-size", "block", options.sectorSizes.keys()],
  ];
  for (const [option, type, names] of given) {
    for (const name of names) {
      if (declared(type, name)) continue;
      throw new TenderError(
        `Cannot use ${option}:${name}: the guest declares no ${type} device ${name}`,
      );
    }
  }
  const attached = { net: options.nets, block: options.blocks };
  const missing = entries.filter(({ type, name }) =>
    !attached[type].some((option) => option.name === name)
  );
  if (missing.length === 0) return;
  const list = missing.map(({ type, name }) => `--${type}:${name}=`).join(", ");
  throw new TenderError(`Cannot run the guest: devices that it declares are not attached: ${list}`);
}

/**
 * Opens the devices of a guest. Their descriptors are close-on-exec, except for inherited ones.
 *
 * @param entries the devices that the guest declares
 * @param options the command line, checked by {@linkcode checkDevices}
 * @returns by ascending index
 * @throws {TenderError} when one cannot be used
 */
export function attachDevices(
  entries: readonly ManifestEntry[],
  options: TenderOptions,
): Device[] {
  const files = new Map<string, string>();
  return entries.map(({ index, name, type }): Device => {
    if (type === "net") {
      const { target } = options.nets.find((option) => option.name === name)!;
      const mac = options.macs.get(name) ?? randomMac();
      return { index, type, ...attempt(`--net:${name}`, () => attachNet(target)), mac };
    }
    const { path } = options.blocks.find((option) => option.name === name)!;
    const sectorSize = options.sectorSizes.get(name) ?? DEFAULT_SECTOR_SIZE;
    const { fd, capacity, identity } = attempt(`--block:${name}`, () => openStorage(path));
    const other = files.get(identity);
    files.set(identity, name);
    const reason = other !== undefined
      ? `it is attached as ${other} already`
      : capacity < sectorSize
      ? `it has not even one sector of ${sectorSize} bytes`
      : capacity % BigInt(sectorSize) !== 0n
      ? `it is not made of sectors of ${sectorSize} bytes`
      : null;
    if (reason !== null) throw new TenderError(`Cannot use ${path} as ${name}: ${reason}`);
    return { index, type, fd, capacity, sectorSize };
  });
}

function attempt<T>(option: string, body: () => T): T {
  try {
    return body();
  } catch (error) {
    if (!(error instanceof ErrnoError)) throw error;
    throw new TenderError(`Cannot attach ${option}: ${error.message}`);
  }
}

function attachNet(target: NetTarget): Tap {
  if ("interface" in target) return openTap(target.interface);
  const { fd } = target;
  const mtu = tapMtu(fd);
  if (mtu === null && !isMessageSocket(fd)) {
    throw new TenderError(
      `Cannot use descriptor ${fd}: neither a tap interface's nor a socket that keeps messages apart`,
    );
  }
  setNonblocking(fd, true);
  return { fd, mtu: mtu ?? DEFAULT_MTU };
}

/** A locally administered address of one station (IEEE 802). */
function randomMac(): Uint8Array {
  const mac = crypto.getRandomValues(new Uint8Array(6));
  mac[0] = mac[0] & 0xfc | 0x02;
  return mac;
}

/**
 * The manifest as the guest is to see it.
 *
 * @param manifest of the guest
 * @param devices all of its devices
 * @returns a `struct mft`
 */
export function attachedManifest(manifest: Manifest, devices: readonly Device[]): Uint8Array {
  const bytes = manifest.bytes.slice();
  const view = new DataView(bytes.buffer);
  for (const device of devices) {
    const at = MANIFEST_HEADER_SIZE + device.index * MANIFEST_ENTRY_SIZE;
    if (device.type === "net") {
      bytes.set(device.mac, at + EntryField.MAC);
      view.setUint16(at + EntryField.MTU, device.mtu, true);
    } else {
      view.setBigUint64(at + EntryField.CAPACITY, device.capacity, true);
      view.setUint16(at + EntryField.BLOCK_SIZE, device.sectorSize, true);
    }
    view.setInt32(at + EntryField.HOST_FD, device.fd, true);
    view.setUint8(at + EntryField.ATTACHED, 1);
  }
  return bytes;
}
