/**
 * A stand-in for the kernel's list of interfaces in unit tests.
 *
 * @module
 */

import type { LinkState } from "../../ffi/netlink.ts";

/** An Ethernet interface that is up and has a carrier, with `changes`. */
export function linkOf(name: string, index: number, changes: Partial<LinkState> = {}): LinkState {
  return {
    index,
    name,
    mac: `02:00:00:00:00:${index.toString(16).padStart(2, "0")}`,
    mtu: 1500,
    up: true,
    running: true,
    carrierChanges: 0,
    loopback: false,
    arpType: 1,
    ...changes,
  };
}

/** Interfaces that a test adds, changes and removes. */
export class FakeLinks {
  /** What there is now. */
  present: readonly LinkState[];
  /** Further names, and the index that each means. */
  readonly alternatives: Map<string, number> = new Map();
  /** How often all interfaces were asked for. */
  dumps = 0;

  /** `present` is what there is at first. */
  constructor(present: readonly LinkState[] = []) {
    this.present = present;
  }

  /** The interface of that name or index. */
  link(which: string | number): LinkState | null {
    const index = typeof which === "string" ? this.alternatives.get(which) : which;
    return this.present.find((link) => link.name === which || link.index === index) ?? null;
  }

  /** All. */
  links(): LinkState[] {
    this.dumps++;
    return [...this.present];
  }
}
