/**
 * The kernel's interfaces, addresses and routes through libnl: {@linkcode RouteSocket} asks and
 * changes, {@linkcode LinkMonitor} says when an interface changed.
 *
 * Everything is IPv4 and of the caller's network namespace at the time the socket is made.
 *
 * @module
 */
import { getLink, getLinks, type LinkState, setLinkMtu, setLinkUp } from "./netlink_link.ts";
import {
  deleteAddress,
  FOREVER,
  getAddresses,
  type Ipv4AddressEntry,
  putAddress,
} from "./netlink_address.ts";
import {
  addRoute,
  deleteRoute,
  getRoutes,
  type Ipv4RouteEntry,
  RTPROT_DHCP,
} from "./netlink_route.ts";
import { checkNetlink, NetlinkError, NetlinkErrorCode, netlinkLibrary } from "./netlink_library.ts";
import { setReceiveTimeout } from "./socket.ts";

export { FOREVER, NetlinkError, NetlinkErrorCode, RTPROT_DHCP };
export type { Ipv4AddressEntry, Ipv4RouteEntry, LinkState };

// linux/netlink.h, linux/rtnetlink.h
const NETLINK_ROUTE = 0;
const RTNLGRP_LINK = 1;

/**
 * The kernel answers before a request is sent off, so that nobody ever waits so long; but some functions of
 * libnl wait for the answer to what they could not send.
 */
const ANSWER_SECONDS = 1;

/** So many failures in a row are no overrun, and whoever goes on reading does nothing else. */
const MAX_OVERRUNS = 64;

/** Opens a socket; `setUp` may change it before it is connected. */
function connect(
  operation: string,
  setUp: (socket: Deno.PointerObject) => void,
): Deno.PointerObject {
  const library = netlinkLibrary();
  const socket = library.nl_socket_alloc();
  if (socket === null) throw new NetlinkError(operation, NetlinkErrorCode.NOMEM, "out of memory");
  try {
    setUp(socket);
    checkNetlink(library.nl_connect(socket, NETLINK_ROUTE), operation);
  } catch (error) {
    library.nl_socket_free(socket);
    throw error;
  }
  return socket;
}

/**
 * A blocking socket for requests; each method is one exchange with the kernel, or a few.
 *
 * After a failure the next request has a new socket: where a message was not sent or an answer was lost
 * (ENOBUFS), libnl would go on counting from there, take each later answer for a wrong one, or wait for
 * one that has been read. A question is asked once more then.
 */
export class RouteSocket {
  #socket: Deno.PointerValue;
  #closed = false;

  /**
   * Opens the socket.
   *
   * @throws {MissingLibraryError} when libnl is not installed
   * @throws {NetlinkError} when the kernel refuses it
   */
  constructor() {
    this.#socket = this.#connect();
  }

  #connect(): Deno.PointerObject {
    const socket = connect("open a routing socket", () => {});
    try {
      setReceiveTimeout(netlinkLibrary().nl_socket_get_fd(socket), ANSWER_SECONDS);
    } catch (error) {
      netlinkLibrary().nl_socket_free(socket);
      throw error;
    }
    return socket;
  }

  #request<T>(ask: (socket: Deno.PointerObject) => T): T {
    if (this.#closed) throw new TypeError("Cannot use a routing socket: it is closed");
    const socket = this.#socket ??= this.#connect();
    try {
      return ask(socket);
    } catch (error) {
      this.#free();
      throw error;
    }
  }

  /** A question may be asked twice. */
  #ask<T>(ask: (socket: Deno.PointerObject) => T): T {
    try {
      return this.#request(ask);
    } catch (error) {
      if (!(error instanceof NetlinkError)) throw error;
      return this.#request(ask);
    }
  }

  #free(): void {
    if (this.#socket !== null) netlinkLibrary().nl_socket_free(this.#socket);
    this.#socket = null;
  }

  /**
   * Asks about one interface.
   *
   * @param which name or index
   * @returns its state, or null when there is no such interface
   * @throws {NetlinkError} when the request fails otherwise
   */
  link(which: string | number): LinkState | null {
    return this.#ask((socket) => getLink(socket, which));
  }

  /**
   * Asks about all interfaces.
   *
   * @returns their states, in the kernel's order
   * @throws {NetlinkError} when the request fails
   */
  links(): LinkState[] {
    return this.#ask((socket) => getLinks(socket));
  }

  /**
   * Switches an interface on (IFF_UP); does nothing to one that is on.
   *
   * @param index interface index
   * @throws {NetlinkError} NODEV without such an interface, PERM without CAP_NET_ADMIN
   */
  setLinkUp(index: number): void {
    this.#request((socket) => setLinkUp(socket, index));
  }

  /**
   * Sets an interface's largest packet size.
   *
   * @param index interface index
   * @param mtu bytes
   * @throws {NetlinkError} NODEV without such an interface, PERM without CAP_NET_ADMIN, INVAL when
   *   the driver cannot do it
   */
  setLinkMtu(index: number, mtu: number): void {
    this.#request((socket) => setLinkMtu(socket, index, mtu));
  }

  /**
   * The IPv4 addresses of one interface, in the kernel's order.
   *
   * @param index interface index; one that does not exist has no addresses
   * @throws {NetlinkError} when the request fails
   */
  addresses(index: number): Ipv4AddressEntry[] {
    return this.#ask((socket) => getAddresses(socket, index));
  }

  /**
   * Adds an address, or sets the lifetimes of one that exists. The kernel does not change the
   * broadcast address of one that exists: delete it first where that matters.
   *
   * @param entry the address
   * @throws {NetlinkError} NODEV without such an interface, PERM without CAP_NET_ADMIN, INVAL when
   *   `preferredSeconds` exceeds `validSeconds`
   * @throws {TypeError} when a text is no address
   */
  putAddress(entry: Ipv4AddressEntry): void {
    this.#request((socket) => putAddress(socket, entry));
  }

  /**
   * Removes an address; interface, address and prefix length must match. The kernel also removes
   * the routes that have it as their source, and further addresses of the same prefix unless the
   * interface's sysctl `promote_secondaries` is on.
   *
   * @param entry the address
   * @throws {NetlinkError} NOADDR when the interface has no such address
   */
  deleteAddress(entry: Ipv4AddressEntry): void {
    this.#request((socket) => deleteAddress(socket, entry));
  }

  /**
   * The unicast routes of the main table through one interface, in the kernel's order.
   *
   * @param index interface index; one that does not exist has no routes
   * @throws {NetlinkError} when the request fails
   */
  routes(index: number): Ipv4RouteEntry[] {
    return this.#ask((socket) => getRoutes(socket, index));
  }

  /**
   * Adds a route to the main table.
   *
   * @param entry the route
   * @throws {NetlinkError} EXIST when destination and metric are taken, NODEV without such an
   *   interface, PERM without CAP_NET_ADMIN, INVAL when the kernel refuses the combination
   * @throws {TypeError} when a text is no address or prefix
   */
  addRoute(entry: Ipv4RouteEntry): void {
    this.#request((socket) => addRoute(socket, entry));
  }

  /**
   * Removes the route of the main table that has all properties of `entry`.
   *
   * @param entry the route
   * @throws {NetlinkError} OBJ_NOTFOUND when there is none
   */
  deleteRoute(entry: Ipv4RouteEntry): void {
    this.#request((socket) => deleteRoute(socket, entry));
  }

  /** Closes the socket; closing it again does nothing. */
  close(): void {
    this.#closed = true;
    this.#free();
  }
}

/**
 * A descriptor that becomes readable when some interface changes (RTNLGRP_LINK). It says that,
 * not what changed: the caller asks a {@linkcode RouteSocket}, which also makes lost messages
 * harmless.
 */
export class LinkMonitor {
  /** Non-blocking descriptor to poll for POLLIN. Do not read it; call {@linkcode drain}. */
  readonly fd: number;
  #socket: Deno.PointerValue;

  /**
   * Opens the socket and subscribes.
   *
   * @throws {MissingLibraryError} when libnl is not installed
   * @throws {NetlinkError} when the kernel refuses it
   */
  constructor() {
    const library = netlinkLibrary();
    const operation = "watch links";
    // Notifications carry sequence numbers of other programs' requests.
    const socket = connect(operation, library.nl_socket_disable_seq_check);
    this.#socket = socket;
    try {
      checkNetlink(library.nl_socket_set_nonblocking(socket), operation);
      checkNetlink(library.nl_socket_add_membership(socket, RTNLGRP_LINK), operation);
    } catch (error) {
      this.close();
      throw error;
    }
    this.fd = library.nl_socket_get_fd(socket);
  }

  /**
   * Takes everything off the socket. Messages that the kernel had to drop (ENOBUFS) are no error,
   * because none is looked at.
   *
   * @throws {NetlinkError} when the socket fails
   */
  drain(): void {
    if (this.#socket === null) throw new TypeError("Cannot drain a link monitor: it is closed");
    const { nl_recvmsgs_default } = netlinkLibrary();
    let overruns = 0;
    while (true) {
      // One call takes one datagram.
      const result = nl_recvmsgs_default(this.#socket);
      if (result === -NetlinkErrorCode.AGAIN) return;
      // NLE_NOMEM is libnl's word for ENOBUFS: the socket's queue overran.
      if (result === -NetlinkErrorCode.NOMEM && ++overruns < MAX_OVERRUNS) continue;
      checkNetlink(result, "watch links");
    }
  }

  /** Closes the descriptor; closing it again does nothing. */
  close(): void {
    if (this.#socket === null) return;
    netlinkLibrary().nl_socket_free(this.#socket);
    this.#socket = null;
  }
}
