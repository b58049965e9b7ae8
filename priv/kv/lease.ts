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
  Mtu,
  Seconds,
} from "../../schema/values.ts";
import type { KvStore } from "./store.ts";

/** A DHCP lease. What the server did not send is null or empty. */
export interface Lease {
  /** The address of the interface and its network. */
  readonly address: Ipv4Cidr;
  /** Where broadcasts of this network go. */
  readonly broadcast: Ipv4Broadcast | null;
  /** The default router. */
  readonly gateway: Ipv4Address | null;
  /** MTU of the interface in bytes. */
  readonly mtu: Mtu | null;
  /** The domain of the host. */
  readonly domain: DomainName | null;
  /** Domains to search, in order. */
  readonly search: DomainNameList;
  /** Name servers, in order. */
  readonly nameservers: readonly Ipv4Address[];
  /** The server that gave the lease. */
  readonly server: Ipv4Address | null;
  /** Length of the lease from the commit on; `INFINITE_SECONDS` never ends. */
  readonly leaseSeconds: Seconds;
  /** When the calf renews, after the same start. */
  readonly t1Seconds: Seconds | null;
  /** When the calf rebinds, after the same start. */
  readonly t2Seconds: Seconds | null;
}

/** The lease that the store holds, or null when there is none. */
export function readLease(store: KvStore): Lease | null {
  const address = store.value("/ip", Ipv4Cidr);
  const leaseSeconds = store.value("/lease/time", Seconds);
  if (address === null || leaseSeconds === null) return null;
  const nameservers: Ipv4Address[] = [];
  for (const path of store.snapshot().keys()) {
    if (!path.startsWith("/nameserver/")) continue;
    const nameserver = store.value(path, Ipv4Address);
    if (nameserver !== null) nameservers.push(nameserver);
  }
  return {
    address,
    broadcast: store.value("/broadcast", Ipv4Broadcast),
    gateway: store.value("/gateway", Ipv4Address),
    mtu: store.value("/mtu", Mtu),
    domain: store.value("/domain", DomainName),
    search: store.value("/search", DomainNameList) ?? [],
    nameservers,
    server: store.value("/lease/server", Ipv4Address),
    leaseSeconds,
    t1Seconds: store.value("/lease/t1", Seconds),
    t2Seconds: store.value("/lease/t2", Seconds),
  };
}
