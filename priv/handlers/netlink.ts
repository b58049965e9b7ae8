/**
 * What the system handlers ask of the kernel, so that tests can stand in for it.
 *
 * @module
 */

import type { RouteSocket } from "../../ffi/netlink.ts";

/** The public side of {@link RouteSocket}. */
export type Netlink = Pick<RouteSocket, keyof RouteSocket>;
