/**
 * What the DHCP client does to the world, so that it can be tested without one.
 *
 * @module
 */

import { Dhcp4Query } from "./encode.ts";
import { Dhcp4Lease } from "./lease.ts";

/** Why a lease was lost: its time is over. */
export const LOST_EXPIRED: i32 = 0;
/** Why a lease was lost: a server sent a DHCPNAK. */
export const LOST_NAK: i32 = 1;
/** Why a lease was lost: priv refused it. */
export const LOST_REFUSED: i32 = 2;

/** Implemented by the service, and by tests. */
export abstract class Dhcp4Output {
  /**
   * Sends `query`: to `destination` by unicast from the leased address, or to everybody when
   * `destination` is 0, from `query.ciaddr` (which is 0 without a lease).
   */
  abstract transmit(query: Dhcp4Query, destination: u32): void;
  /** The state is now `state`. Not called when one of the next two is. */
  abstract stateChanged(state: i32): void;
  /**
   * The state is now BOUND with `lease`, new or (when `renewed`) extended. False when it cannot be
   * applied, as if priv had refused it.
   */
  abstract leaseAcquired(lease: Dhcp4Lease, renewed: bool): bool;
  /** The state is now INIT and `lease` is over, for the reason `cause` (`LOST_*`). */
  abstract leaseLost(lease: Dhcp4Lease, cause: i32): void;
}
