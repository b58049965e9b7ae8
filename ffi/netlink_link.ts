/**
 * Network interfaces through libnl: what one looks like, and the two things that are changed.
 * Users go through {@link ./netlink.ts}.
 *
 * @module
 */
import {
  addressBytes,
  cached,
  checkNetlink,
  lend,
  lendOut,
  NetlinkErrorCode,
  netlinkLibrary,
} from "./netlink_library.ts";
import { cString } from "./memory.ts";
import { PollSet } from "./poll.ts";

/** What the kernel says about one network interface. */
export interface LinkState {
  /** Interface index, 1 or more. */
  readonly index: number;
  /** Interface name, such as `eth0`. */
  readonly name: string;
  /** Link-layer address, lower case, `02:00:00:00:00:01`; empty when there is none. */
  readonly mac: string;
  /** Largest packet, bytes. */
  readonly mtu: number;
  /** IFF_UP: switched on by the administrator. */
  readonly up: boolean;
  /** IFF_RUNNING: switched on and with carrier. */
  readonly running: boolean;
  /** How often the carrier has come or gone; it tells of a change that was over when we looked. */
  readonly carrierChanges: number;
  /** IFF_LOOPBACK. */
  readonly loopback: boolean;
  /** ARPHRD_* (linux/if_arp.h); 1 = Ethernet. */
  readonly arpType: number;
}

// linux/if.h
const IFF_UP = 0x1;
const IFF_LOOPBACK = 0x8;
const IFF_RUNNING = 0x40;
const IFNAMSIZ = 16;
const AF_UNSPEC = 0; // linux/socket.h

/**
 * Asks the kernel about one interface.
 *
 * @param socket a connected `struct nl_sock`
 * @param which name or index
 * @returns its state, or null when there is no such interface
 * @throws {NetlinkError} when the request fails otherwise
 */
export function getLink(socket: Deno.PointerObject, which: string | number): LinkState | null {
  return withLink(socket, which, `read link ${which}`, readLink);
}

/**
 * Asks the kernel about all interfaces.
 *
 * @param socket a connected `struct nl_sock`
 * @returns their states, in the kernel's order
 * @throws {NetlinkError} when the request fails
 */
export function getLinks(socket: Deno.PointerObject): LinkState[] {
  const library = netlinkLibrary();
  return lendOut(
    "list links",
    (place) => library.rtnl_link_alloc_cache(socket, AF_UNSPEC, place),
    library.nl_cache_free,
    (cache) => Array.from(cached(cache), readLink),
  );
}

/**
 * Switches an interface on (IFF_UP); does nothing to one that is on.
 *
 * @param socket a connected `struct nl_sock`
 * @param index interface index
 * @throws {NetlinkError} NODEV when there is no such interface, PERM without CAP_NET_ADMIN
 */
export function setLinkUp(socket: Deno.PointerObject, index: number): void {
  const { rtnl_link_set_flags } = netlinkLibrary();
  change(socket, index, `set link ${index} up`, (link) => rtnl_link_set_flags(link, IFF_UP));
}

/**
 * Sets an interface's largest packet size.
 *
 * @param socket a connected `struct nl_sock`
 * @param index interface index
 * @param mtu bytes
 * @throws {NetlinkError} NODEV when there is no such interface, PERM without CAP_NET_ADMIN, INVAL
 *   when the driver cannot do it
 */
export function setLinkMtu(socket: Deno.PointerObject, index: number, mtu: number): void {
  const { rtnl_link_set_mtu } = netlinkLibrary();
  change(
    socket,
    index,
    `set MTU of link ${index} to ${mtu}`,
    (link) => rtnl_link_set_mtu(link, mtu),
  );
}

/** Lends the kernel's present view of an interface, or returns null when it has none. */
function withLink<T>(
  socket: Deno.PointerObject,
  which: string | number,
  operation: string,
  use: (link: Deno.PointerObject) => T,
): T | null {
  const { rtnl_link_get_kernel, rtnl_link_put } = netlinkLibrary();
  const name = typeof which === "string" ? cString(which, "an interface name") : null;
  // The kernel answers ERANGE or EINVAL to a name or index that no interface can have.
  if (name === null ? Number(which) <= 0 : name.length < 2 || name.length > IFNAMSIZ) return null;
  const index = typeof which === "string" ? 0 : which;
  let missing = false;
  const get = (place: Uint8Array<ArrayBuffer>): number => {
    const result = rtnl_link_get_kernel(socket, index, name, place);
    missing = result === -NetlinkErrorCode.OBJ_NOTFOUND || result === -NetlinkErrorCode.NODEV;
    return result;
  };
  try {
    return lendOut(operation, get, rtnl_link_put, (link) => {
      checkNothingUnread(socket, operation);
      return use(link);
    });
  } catch (error) {
    if (missing) return null;
    throw error;
  }
}

/**
 * libnl does not tell when it could not read the acknowledgement that follows a link. The next request would
 * take that for its own: a list would be empty, and a change done.
 */
function checkNothingUnread(socket: Deno.PointerObject, operation: string): void {
  const poll = new PollSet();
  poll.add(netlinkLibrary().nl_socket_get_fd(socket));
  if (poll.wait(0) > 0) checkNetlink(-NetlinkErrorCode.AGAIN, operation);
}

function readLink(link: Deno.PointerObject): LinkState {
  const library = netlinkLibrary();
  const flags = library.rtnl_link_get_flags(link);
  const name = library.rtnl_link_get_name(link);
  const mac = addressBytes(library.rtnl_link_get_addr(link));
  return {
    index: library.rtnl_link_get_ifindex(link),
    name: name === null ? "" : Deno.UnsafePointerView.getCString(name),
    mac: Array.from(mac, (byte) => byte.toString(16).padStart(2, "0")).join(":"),
    mtu: library.rtnl_link_get_mtu(link),
    up: (flags & IFF_UP) !== 0,
    running: (flags & IFF_RUNNING) !== 0,
    carrierChanges: carrierChanges(link),
    loopback: (flags & IFF_LOOPBACK) !== 0,
    arpType: library.rtnl_link_get_arptype(link),
  };
}

/** IFLA_CARRIER_CHANGES; 0 on a kernel that does not count. */
function carrierChanges(link: Deno.PointerObject): number {
  const count = new Uint32Array(1);
  return netlinkLibrary().rtnl_link_get_carrier_changes(link, count) === 0 ? count[0] : 0;
}

/** Sends the difference between the present interface and one with `edit` applied. */
function change(
  socket: Deno.PointerObject,
  index: number,
  operation: string,
  edit: (link: Deno.PointerObject) => void,
): void {
  const library = netlinkLibrary();
  // The kernel takes all flags of such a message at once, so they start from the present ones.
  const done = withLink(socket, index, operation, (present) => {
    lend(library.rtnl_link_alloc(), library.rtnl_link_put, (wanted) => {
      edit(wanted);
      checkNetlink(library.rtnl_link_change(socket, present, wanted, 0), operation);
    });
    return true;
  });
  if (done === null) checkNetlink(-NetlinkErrorCode.NODEV, operation);
}
