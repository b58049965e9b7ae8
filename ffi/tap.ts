/**
 * Tap interfaces: Ethernet interfaces whose cable ends in a descriptor (Linux'
 * Documentation/networking/tuntap.rst).
 *
 * @module
 */

import { check, Errno, errno, ErrnoError, LIBC, openLibrary } from "./errno.ts";
import { closeFd, O_NONBLOCK, O_RDWR, openFd } from "./fd.ts";

const AF_INET = 2; // linux/socket.h
const SOCK_DGRAM = 2; // linux/net.h
const SOCK_CLOEXEC = 0o2000000; // linux/net.h
const SIOCGIFFLAGS = 0x8913n; // linux/sockios.h
const SIOCGIFMTU = 0x8921n; // linux/sockios.h
const TUNSETIFF = 0x400454can; // linux/if_tun.h
const TUNGETIFF = 0x800454d2n; // linux/if_tun.h
const IFF_UP = 0x1; // linux/if.h
const IFF_TAP = 0x2; // linux/if_tun.h
const IFF_NO_PI = 0x1000; // linux/if_tun.h
const IFF_VNET_HDR = 0x4000; // linux/if_tun.h
/** struct ifreq: char name[16], then a union of 24 bytes; linux/if.h. */
const IFREQ_SIZE = 40;
const IFNAMSIZ = 16;

const libc = openLibrary(LIBC, {
  ioctl: { parameters: ["i32", "usize", "buffer"], result: "i32" },
  socket: { parameters: ["i32", "i32", "i32"], result: "i32" },
});

/** An Ethernet cable's end. */
export interface Tap {
  /** Descriptor: a read or a write is a frame; non-blocking, close-on-exec. */
  readonly fd: number;
  /** Bytes behind the Ethernet header of the longest frame. */
  readonly mtu: number;
}

function request(interfaceName: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(IFREQ_SIZE);
  const name = new TextEncoder().encode(interfaceName);
  if (name.length === 0 || name.length >= IFNAMSIZ || name.includes(0)) {
    throw new ErrnoError(`use interface ${interfaceName}`, Errno.EINVAL);
  }
  bytes.set(name);
  return bytes;
}

/** Asks about an interface: what the answer's union begins with. */
function ask(what: bigint, interfaceName: string): DataView {
  const socket = check(libc.socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), "socket");
  try {
    const bytes = request(interfaceName);
    check(libc.ioctl(socket, what, bytes), `look at interface ${interfaceName}`);
    return new DataView(bytes.buffer, IFNAMSIZ);
  } finally {
    closeFd(socket);
  }
}

function nameOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes.subarray(0, bytes.indexOf(0)));
}

/**
 * Takes the other end of a tap interface that is there and up; none is made.
 *
 * @param interfaceName its name
 * @throws {ErrnoError} ENODEV when there is none, ENETDOWN when it is down, EINVAL when it is no tap
 *   interface, EBUSY when somebody has its end, EPERM, EACCES; ENOENT without /dev/net/tun
 */
export function openTap(interfaceName: string): Tap {
  if ((ask(SIOCGIFFLAGS, interfaceName).getUint16(0, true) & IFF_UP) === 0) {
    throw new ErrnoError(`use interface ${interfaceName}`, Errno.ENETDOWN);
  }
  const mtu = ask(SIOCGIFMTU, interfaceName).getInt32(0, true);
  const fd = openFd("/dev/net/tun", O_RDWR | O_NONBLOCK, 0);
  try {
    const bytes = request(interfaceName);
    new DataView(bytes.buffer).setUint16(IFNAMSIZ, IFF_TAP | IFF_NO_PI, true);
    check(libc.ioctl(fd, TUNSETIFF, bytes), `attach to interface ${interfaceName}`);
    if (nameOf(bytes) !== interfaceName) { // a pattern such as tap%d makes a new one
      throw new ErrnoError(`attach to interface ${interfaceName}`, Errno.ENODEV);
    }
    return { fd, mtu };
  } catch (error) {
    closeFd(fd);
    throw error;
  }
}

/**
 * The MTU of the interface whose end a descriptor is.
 *
 * @param fd any descriptor
 * @returns bytes; null when it is no end of a tap interface whose frames come bare (IFF_NO_PI, no
 *   IFF_VNET_HDR)
 * @throws {ErrnoError} when the interface is not in this network namespace: ENODEV
 */
export function tapMtu(fd: number): number | null {
  const bytes = new Uint8Array(IFREQ_SIZE);
  if (libc.ioctl(fd, TUNGETIFF, bytes) === -1) {
    if (errno() === Errno.EBADF) throw new ErrnoError(`use descriptor ${fd}`, Errno.EBADF);
    return null;
  }
  const flags = new DataView(bytes.buffer).getUint16(IFNAMSIZ, true);
  const isBare = (flags & (IFF_TAP | IFF_NO_PI | IFF_VNET_HDR)) === (IFF_TAP | IFF_NO_PI);
  return isBare ? ask(SIOCGIFMTU, nameOf(bytes)).getInt32(0, true) : null;
}
