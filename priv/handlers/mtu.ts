/**
 * System handler of /mtu: the interface's MTU, given back when the lease ends.
 *
 * @module
 */

import type { Netlink } from "./netlink.ts";
import type { Lease } from "../kv/lease.ts";

/** Sets one interface's MTU from its lease. */
export class MtuHandler {
  readonly #netlink: Netlink;
  readonly #index: number;
  #original: number | null = null;
  #applied: number | null = null;

  /** `index` is the interface's. */
  constructor(netlink: Netlink, index: number) {
    this.#netlink = netlink;
    this.#index = index;
  }

  /** Converges on `lease`; without one, or without an MTU in it, on the original. */
  apply(lease: Lease | null): void {
    const current = this.#netlink.link(this.#index)?.mtu;
    if (current === undefined) return;
    const wanted = lease?.mtu ?? null;
    if (wanted === null) {
      // Changed by somebody else meanwhile: theirs, not ours to give back.
      if (this.#original !== null && current === this.#applied) {
        this.#netlink.setLinkMtu(this.#index, this.#original);
      }
      this.#original = null;
      this.#applied = null;
      return;
    }
    this.#original ??= current;
    if (current !== wanted) this.#netlink.setLinkMtu(this.#index, wanted);
    this.#applied = wanted;
  }
}
