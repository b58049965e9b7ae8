/**
 * The lease in the store as one plain value for the system handlers.
 *
 * @module
 */

import {
  DomainName,
  DomainNameList,
  Ipv4Address,
  Ipv4Broadcast,
  Ipv4Cidr,
  Ipv4Route,
  Mtu,
  Seconds,
} from "../../schema/values.ts";
import { Uri } from "../../schema/text_values.ts";
import type { ValueType } from "../../schema/value_type.ts";
import { Origin } from "../../schema/word_values.ts";
import type { KvStore } from "./store.ts";

/** A lease, or what stands in for one. What the server did not send is null or empty. */
export interface Lease {
  /** Where it comes from. */
  readonly origin: Origin;
  /** The address of the interface and its network. */
  readonly address: Ipv4Cidr;
  /** Where broadcasts of this network go. */
  readonly broadcast: Ipv4Broadcast | null;
  /** The default router. */
  readonly gateway: Ipv4Address | null;
  /** Further routes, in order. */
  readonly routes: readonly Ipv4Route[];
  /** MTU of the interface in bytes. */
  readonly mtu: Mtu | null;
  /** The name of the host. */
  readonly hostName: DomainName | null;
  /** The domain of the host. */
  readonly domain: DomainName | null;
  /** Domains to search, in order. */
  readonly search: DomainNameList;
  /** Name servers, in order. */
  readonly nameservers: readonly Ipv4Address[];
  /** Time servers, in order. */
  readonly timeServers: readonly Ipv4Address[];
  /** API of the captive portal. */
  readonly captivePortal: Uri | null;
  /** The server that gave the lease. */
  readonly server: Ipv4Address | null;
  /** Length of the lease from the commit on; `INFINITE_SECONDS` never ends. */
  readonly leaseSeconds: Seconds;
  /** When the calf renews, after the same start. */
  readonly t1Seconds: Seconds | null;
  /** When the calf rebinds, after the same start. */
  readonly t2Seconds: Seconds | null;
}

/** The values of the numbered keys below `path`, such as `/route/`, among `keys`, in their order. */
function readList<T>(
  store: KvStore,
  keys: readonly string[],
  path: string,
  type: ValueType<T>,
): T[] {
  const found: T[] = [];
  for (const key of keys) {
    const value = key.startsWith(path) ? store.value(key, type) : null;
    if (value !== null) found.push(value);
  }
  return found;
}

/** The lease that the store holds, or null when there is none. */
export function readLease(store: KvStore): Lease | null {
  const address = store.value("/ip", Ipv4Cidr);
  const leaseSeconds = store.value("/lease/time", Seconds);
  if (address === null || leaseSeconds === null) return null;
  const keys = [...store.snapshot().keys()];
  return {
    origin: store.value("/origin", Origin) ?? "dhcp",
    address,
    broadcast: store.value("/broadcast", Ipv4Broadcast),
    gateway: store.value("/gateway", Ipv4Address),
    routes: readList(store, keys, "/route/", Ipv4Route),
    mtu: store.value("/mtu", Mtu),
    hostName: store.value("/hostname", DomainName),
    domain: store.value("/domain", DomainName),
    search: store.value("/search", DomainNameList) ?? [],
    nameservers: readList(store, keys, "/nameserver/", Ipv4Address),
    timeServers: readList(store, keys, "/ntp/", Ipv4Address),
    captivePortal: store.value("/captive-portal", Uri),
    server: store.value("/lease/server", Ipv4Address),
    leaseSeconds,
    t1Seconds: store.value("/lease/t1", Seconds),
    t2Seconds: store.value("/lease/t2", Seconds),
  };
}
