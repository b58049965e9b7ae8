/**
 * Which interfaces of the system the command line means.
 *
 * @module
 */

import type { LinkState, RouteSocket } from "../ffi/netlink.ts";
import { expressionOf, fitsAny, isPattern } from "./fnmatch.ts";
import { isInterfaceName } from "./option_values.ts";

/** ARPHRD_ETHER (linux/if_arp.h). */
const ARPHRD_ETHER = 1;

/** An interface that is meant. */
export interface SelectedLink {
  /** Its state. */
  readonly link: LinkState;
  /** Place on the command line of what first means it. */
  readonly rank: number;
}

/** Whether a calf can work there. */
export function isEthernet({ arpType, loopback }: LinkState): boolean {
  return arpType === ARPHRD_ETHER && !loopback;
}

/** Names and patterns, in the order of the command line. */
export class InterfaceSelection {
  /** As given. */
  readonly names: readonly string[];
  /** For each of {@link names} what fits it; null for a plain name. */
  readonly #expressions: readonly (RegExp | null)[];
  readonly #denied: readonly string[];

  /** `names` are checked already. What fits one of `denied` is meant by no pattern, only by its name. */
  constructor(names: readonly string[], denied: readonly string[] = []) {
    this.names = names;
    this.#denied = denied;
    this.#expressions = names.map((name) => isPattern(name) ? expressionOf(name) : null);
  }

  /**
   * The interfaces that are there and meant, most preferred first. A pattern means Ethernet interfaces
   * only; a name also what cannot be used. What has a name that nobody could give here is not meant by
   * anything, not even by an alternative name.
   *
   * @throws {NetlinkError}
   */
  find(netlink: Pick<RouteSocket, "link" | "links">): SelectedLink[] {
    // Where no pattern asks for it, not every interface of a large host is looked at each time.
    const all = this.#expressions.some((each) => each !== null) ? netlink.links() : [];
    const found = new Map<number, SelectedLink>();
    this.names.forEach((name, rank) => {
      const expression = this.#expressions[rank];
      const named = expression === null ? netlink.link(name) : null;
      const fitting = expression === null
        ? (named === null ? [] : [named])
        : all.filter((link) => this.#isMeant(expression, link));
      for (const link of fitting) {
        if (isInterfaceName(link.name) && !found.has(link.index)) {
          found.set(link.index, { link, rank });
        }
      }
    });
    return [...found.values()];
  }

  #isMeant(expression: RegExp, link: LinkState): boolean {
    return expression.test(link.name) && isEthernet(link) && !fitsAny(this.#denied, link.name);
  }

  /** Which of {@link names} nothing of `present` is meant by. */
  missing(present: readonly SelectedLink[]): string[] {
    return this.names.filter((name, rank) => {
      const expression = this.#expressions[rank];
      // What an earlier one means may be meant by this one too. A name may be an alternative one.
      return !present.some((selected) =>
        selected.rank === rank ||
        (expression?.test(selected.link.name) ?? selected.link.name === name)
      );
    });
  }
}
