/**
 * System handler of /mtu: the interface's MTU, given back when the lease ends.
 *
 * @module
 */

import { NetlinkError, NetlinkErrorCode } from "../../ffi/netlink.ts";
import type { MtuChange } from "../journal.ts";
import type { Lease } from "../kv/lease.ts";
import type { Netlink } from "./netlink.ts";

/** Below this the kernel takes IPv6 off the interface (RFC 8200 §5), addresses and routes included. */
export const IPV6_MIN_MTU = 1280;

/** Sets one interface's MTU from its lease. */
export class MtuHandler {
  readonly #netlink: Netlink;
  readonly #index: number;
  readonly #warn: (text: string) => void;
  #change: MtuChange | null = null;

  /** `index` is the interface's; `warn` is told of an MTU that cannot be used. */
  constructor(netlink: Netlink, index: number, warn: (text: string) => void) {
    this.#netlink = netlink;
    this.#index = index;
    this.#warn = warn;
  }

  /** What is ours. */
  get owned(): MtuChange | null {
    return this.#change;
  }

  /** Takes over a predecessor's change, if it still stands. */
  adopt(change: MtuChange | null): void {
    if (change?.applied === this.#netlink.link(this.#index)?.mtu) this.#change = change;
  }

  /** What will be ours after {@link apply}: to be written down before. */
  plan(lease: Lease | null): MtuChange | null {
    const wanted = this.#wanted(lease);
    if (wanted === null) return this.#change;
    const current = this.#netlink.link(this.#index)?.mtu;
    if (current === undefined) return this.#change;
    return { original: this.#change?.original ?? current, applied: wanted };
  }

  /**
   * Converges on `lease`; without one, or without a usable MTU in it, on the original. An MTU that
   * the driver refuses costs nothing but a warning.
   */
  apply(lease: Lease | null): void {
    const mtu = lease?.mtu ?? null;
    if (mtu === null && this.#change === null) return; // as a rule: the kernel need not be asked
    const current = this.#netlink.link(this.#index)?.mtu;
    if (current === undefined) return;
    const wanted = this.#wanted(lease);
    if (mtu !== null && wanted === null) {
      this.#warn(`MTU ${mtu} ignored: below ${IPV6_MIN_MTU} there is no IPv6`);
    }
    if (wanted === null) return this.#giveBack(current);
    const before = this.#change;
    // Ours even if the request seems to fail: it may be done, and the answer lost.
    this.#change = { original: before?.original ?? current, applied: wanted };
    try {
      if (current !== wanted) this.#netlink.setLinkMtu(this.#index, wanted);
    } catch (error) {
      const refused = error instanceof NetlinkError &&
        (error.code === NetlinkErrorCode.INVAL || error.code === NetlinkErrorCode.RANGE);
      if (!refused) throw error;
      this.#change = before;
      this.#warn(`MTU ${wanted} ignored: ${error.message}`);
    }
  }

  #wanted(lease: Lease | null): number | null {
    const mtu = lease?.mtu ?? null;
    return mtu === null || mtu < IPV6_MIN_MTU ? null : mtu;
  }

  #giveBack(current: number): void {
    const change = this.#change;
    // Changed by somebody else meanwhile: theirs, not ours to give back.
    if (change !== null && current === change.applied) {
      this.#netlink.setLinkMtu(this.#index, change.original);
    }
    this.#change = null;
  }
}
