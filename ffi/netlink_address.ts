/**
 * IPv4 addresses of network interfaces through libnl. Users go through {@link ./netlink.ts}.
 *
 * @module
 */
import {
  AF_INET,
  cached,
  checkNetlink,
  ipv4Text,
  lend,
  lendAddress,
  lendOut,
  NetlinkError,
  NetlinkErrorCode,
  netlinkLibrary,
} from "./netlink_library.ts";

/** A lifetime without end (linux/if_addr.h, INFINITY_LIFE_TIME). */
export const FOREVER = 0xffffffff;

/** One IPv4 address of an interface. */
export interface Ipv4AddressEntry {
  /** Interface index. */
  readonly index: number;
  /** The address, `192.0.2.7`. */
  readonly address: string;
  /** Length of the on-link prefix, 0–32. */
  readonly prefixLength: number;
  /** Broadcast address, or null for none. */
  readonly broadcast: string | null;
  /** Seconds until the kernel removes the address; {@linkcode FOREVER} = never. */
  readonly validSeconds: number;
  /** Seconds until the address is no longer chosen; at most `validSeconds`. */
  readonly preferredSeconds: number;
  /** Where the address is known; `link` keeps it from being the source of what a router forwards. */
  readonly scope?: "link";
  /** Metric of the route to the prefix, which the kernel makes; 0 unless told. Not listed. */
  readonly metric?: number;
}

// linux/netlink.h
const NLM_F_REPLACE = 0x100;
const NLM_F_CREATE = 0x400;
const RT_SCOPE_LINK = 253; // linux/rtnetlink.h
/** Since Linux 4.18, and before that ignored (linux/if_addr.h). libnl has no function for it. */
const IFA_RT_PRIORITY = 9;

/**
 * The IPv4 addresses of one interface, in the kernel's order.
 *
 * @param socket a connected `struct nl_sock`
 * @param index interface index; one that does not exist has no addresses
 * @throws {NetlinkError} when the request fails
 */
export function getAddresses(socket: Deno.PointerObject, index: number): Ipv4AddressEntry[] {
  const library = netlinkLibrary();
  return lendOut(
    `list addresses of link ${index}`,
    (place) => library.rtnl_addr_alloc_cache(socket, place),
    library.nl_cache_free,
    (cache) => {
      const found: Ipv4AddressEntry[] = [];
      for (const entry of cached(cache)) {
        if (library.rtnl_addr_get_family(entry) !== AF_INET) continue;
        if (library.rtnl_addr_get_ifindex(entry) !== index) continue;
        const address = ipv4Text(library.rtnl_addr_get_local(entry));
        if (address === null) continue;
        found.push({
          index,
          address,
          prefixLength: library.rtnl_addr_get_prefixlen(entry),
          broadcast: ipv4Text(library.rtnl_addr_get_broadcast(entry)),
          validSeconds: library.rtnl_addr_get_valid_lifetime(entry),
          preferredSeconds: library.rtnl_addr_get_preferred_lifetime(entry),
        });
      }
      return found;
    },
  );
}

/**
 * Adds an address, or sets the lifetimes of one that exists. The kernel does not change the
 * broadcast address of one that exists: delete it first where that matters.
 *
 * @param socket a connected `struct nl_sock`
 * @param entry the address
 * @throws {NetlinkError} NODEV without such an interface, PERM without CAP_NET_ADMIN, INVAL when
 *   `preferredSeconds` exceeds `validSeconds`
 * @throws {TypeError} when a text is no address
 */
export function putAddress(socket: Deno.PointerObject, entry: Ipv4AddressEntry): void {
  const operation = `set address ${entry.address}/${entry.prefixLength}`;
  const library = netlinkLibrary();
  withAddress(entry, operation, (object) => {
    if (entry.broadcast !== null) {
      lendAddress(
        entry.broadcast,
        (address) => checkNetlink(library.rtnl_addr_set_broadcast(object, address), operation),
      );
    }
    library.rtnl_addr_set_valid_lifetime(object, entry.validSeconds);
    library.rtnl_addr_set_preferred_lifetime(object, entry.preferredSeconds);
    if (entry.scope === "link") library.rtnl_addr_set_scope(object, RT_SCOPE_LINK);
    const flags = NLM_F_CREATE | NLM_F_REPLACE;
    const place = new BigUint64Array(1);
    checkNetlink(
      library.rtnl_addr_build_add_request(object, flags, new Uint8Array(place.buffer)),
      operation,
    );
    const message = Deno.UnsafePointer.create(place[0]);
    const { metric = 0 } = entry;
    if (metric !== 0 && library.nla_put_u32(message, IFA_RT_PRIORITY, metric) < 0) {
      library.nlmsg_free(message);
      throw new NetlinkError(operation, NetlinkErrorCode.NOMEM, "out of memory");
    }
    // Frees the message, whatever happens.
    checkNetlink(library.nl_send_sync(socket, message), operation);
  });
}

/**
 * Removes an address; interface, address and prefix length must match.
 *
 * @param socket a connected `struct nl_sock`
 * @param entry the address
 * @throws {NetlinkError} NOADDR when the interface has no such address
 */
export function deleteAddress(socket: Deno.PointerObject, entry: Ipv4AddressEntry): void {
  const operation = `delete address ${entry.address}/${entry.prefixLength}`;
  const { rtnl_addr_delete } = netlinkLibrary();
  withAddress(
    entry,
    operation,
    (object) => checkNetlink(rtnl_addr_delete(socket, object, 0), operation),
  );
}

/** Lends a `struct rtnl_addr` with what identifies an address. */
function withAddress(
  entry: Ipv4AddressEntry,
  operation: string,
  use: (object: Deno.PointerObject) => void,
): void {
  const library = netlinkLibrary();
  lend(library.rtnl_addr_alloc(), library.rtnl_addr_put, (object) => {
    library.rtnl_addr_set_ifindex(object, entry.index);
    // The prefix length of the local address becomes that of the entry.
    lendAddress(
      `${entry.address}/${entry.prefixLength}`,
      (address) => checkNetlink(library.rtnl_addr_set_local(object, address), operation),
    );
    use(object);
  });
}
