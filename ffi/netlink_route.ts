/**
 * IPv4 routes of the main table through libnl. Users go through {@link ./netlink.ts}.
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

/** Routes that a DHCP client made (linux/rtnetlink.h, RTPROT_DHCP). */
export const RTPROT_DHCP = 16;

/** One IPv4 unicast route of the main table with one next hop. */
export interface Ipv4RouteEntry {
  /** Interface index of the next hop. */
  readonly index: number;
  /** Destination prefix, `192.0.2.0/24`; the default route is `0.0.0.0/0`. */
  readonly destination: string;
  /** Next hop, or null when the destination is on the link. */
  readonly gateway: string | null;
  /** Preferred source address, or null to leave it to the kernel. */
  readonly source: string | null;
  /** Priority; the lowest wins. */
  readonly metric: number;
  /** `link` without a gateway, `global` with one. */
  readonly scope: "link" | "global";
  /** Who made it, RTPROT_*; {@linkcode RTPROT_DHCP} for ours. */
  readonly protocol: number;
  /** RTNH_F_ONLINK: take the gateway as reachable although no route covers it. Default false. */
  readonly onLink?: boolean;
}

// linux/rtnetlink.h
const RT_TABLE_MAIN = 254;
const RTN_UNICAST = 1;
const RT_SCOPE_UNIVERSE = 0;
const RT_SCOPE_LINK = 253;
const RTNH_F_ONLINK = 4;
// linux/netlink.h
const NLM_F_EXCL = 0x200;
const NLM_F_CREATE = 0x400;

/**
 * The routes of the main table through one interface, in the kernel's order. A route with several
 * next hops counts once for each that uses the interface; `onLink` is not reported.
 *
 * @param socket a connected `struct nl_sock`
 * @param index interface index; one that does not exist has no routes
 * @throws {NetlinkError} when the request fails
 */
export function getRoutes(socket: Deno.PointerObject, index: number): Ipv4RouteEntry[] {
  const library = netlinkLibrary();
  return lendOut(
    `list routes of link ${index}`,
    (place) => library.rtnl_route_alloc_cache(socket, AF_INET, 0, place),
    library.nl_cache_free,
    (cache) => {
      const found: Ipv4RouteEntry[] = [];
      for (const route of cached(cache)) {
        if (library.rtnl_route_get_family(route) !== AF_INET) continue;
        if (library.rtnl_route_get_table(route) !== RT_TABLE_MAIN) continue;
        if (library.rtnl_route_get_type(route) !== RTN_UNICAST) continue;
        const hops = library.rtnl_route_get_nnexthops(route);
        for (let n = 0; n < hops; n++) {
          const hop = library.rtnl_route_nexthop_n(route, n);
          if (hop !== null && library.rtnl_route_nh_get_ifindex(hop) === index) {
            found.push(readRoute(route, hop, index));
          }
        }
      }
      return found;
    },
  );
}

function readRoute(
  route: Deno.PointerObject,
  hop: Deno.PointerObject,
  index: number,
): Ipv4RouteEntry {
  const library = netlinkLibrary();
  const destination = library.rtnl_route_get_dst(route);
  // The default route comes without an address, or with one of no bytes.
  const address = ipv4Text(destination) ?? "0.0.0.0";
  const length = destination === null ? 0 : library.nl_addr_get_prefixlen(destination);
  return {
    index,
    destination: `${address}/${length}`,
    gateway: ipv4Text(library.rtnl_route_nh_get_gateway(hop)),
    source: ipv4Text(library.rtnl_route_get_pref_src(route)),
    metric: library.rtnl_route_get_priority(route),
    scope: library.rtnl_route_get_scope(route) >= RT_SCOPE_LINK ? "link" : "global",
    protocol: library.rtnl_route_get_protocol(route),
  };
}

/**
 * Adds a route to the main table.
 *
 * @param socket a connected `struct nl_sock`
 * @param entry the route
 * @throws {NetlinkError} EXIST when destination and metric are taken, NODEV without such an
 *   interface, PERM without CAP_NET_ADMIN, INVAL when the kernel refuses the combination
 * @throws {TypeError} when a text is no address or prefix
 */
export function addRoute(socket: Deno.PointerObject, entry: Ipv4RouteEntry): void {
  const operation = `add route ${entry.destination}`;
  const { rtnl_route_add } = netlinkLibrary();
  withRoute(
    entry,
    operation,
    (route) => checkNetlink(rtnl_route_add(socket, route, NLM_F_CREATE | NLM_F_EXCL), operation),
  );
}

/**
 * Removes the route of the main table that has all properties of `entry`.
 *
 * @param socket a connected `struct nl_sock`
 * @param entry the route
 * @throws {NetlinkError} OBJ_NOTFOUND when there is none
 */
export function deleteRoute(socket: Deno.PointerObject, entry: Ipv4RouteEntry): void {
  const operation = `delete route ${entry.destination}`;
  const { rtnl_route_delete } = netlinkLibrary();
  withRoute(
    entry,
    operation,
    (route) => checkNetlink(rtnl_route_delete(socket, route, 0), operation),
  );
}

/** Lends a `struct rtnl_route` with one next hop. */
function withRoute(
  entry: Ipv4RouteEntry,
  operation: string,
  use: (route: Deno.PointerObject) => void,
): void {
  const library = netlinkLibrary();
  lend(library.rtnl_route_alloc(), library.rtnl_route_put, (route) => {
    checkNetlink(library.rtnl_route_set_family(route, AF_INET), operation);
    library.rtnl_route_set_table(route, RT_TABLE_MAIN);
    library.rtnl_route_set_protocol(route, entry.protocol);
    library.rtnl_route_set_priority(route, entry.metric);
    library.rtnl_route_set_scope(
      route,
      entry.scope === "link" ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE,
    );
    lendAddress(
      entry.destination,
      (address) => checkNetlink(library.rtnl_route_set_dst(route, address), operation),
    );
    if (entry.source !== null) {
      lendAddress(
        entry.source,
        (address) => checkNetlink(library.rtnl_route_set_pref_src(route, address), operation),
      );
    }
    const hop = library.rtnl_route_nh_alloc();
    if (hop === null) throw new NetlinkError(operation, NetlinkErrorCode.NOMEM, "out of memory");
    // From here on the hop belongs to the route and is freed with it.
    library.rtnl_route_add_nexthop(route, hop);
    library.rtnl_route_nh_set_ifindex(hop, entry.index);
    if (entry.gateway !== null) {
      lendAddress(
        entry.gateway,
        (address) => library.rtnl_route_nh_set_gateway(hop, address),
      );
    }
    if (entry.onLink === true) library.rtnl_route_nh_set_flags(hop, RTNH_F_ONLINK);
    use(route);
  });
}
