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
/** Why a lease was lost: somebody else has the address. */
export const LOST_CONFLICT: i32 = 3;
/** Why a lease was lost: it was given back on request. */
export const LOST_RELEASED: i32 = 4;
/** Why a lease was lost: the server gives another address instead. */
export const LOST_MOVED: i32 = 5;

/** Implemented by the service, and by tests. */
export abstract class Dhcp4Output {
  /**
   * Sends `query`: to `destination` by unicast from the leased address, or to everybody when
   * `destination` is 0, from `query.ciaddr` (which is 0 without a lease).
   */
  abstract transmit(query: Dhcp4Query, destination: u32): void;
  /** The state is now `state`. Not called when one of the others is that tells it. */
  abstract stateChanged(state: i32): void;
  /** A server (0: it does not say which) refuses `address`, which was asked for: now `state` (INIT). */
  abstract addressRefused(address: u32, server: u32, state: i32): void;
  /** No server has answered for some time; they are asked on. */
  abstract nobodyAnswers(): void;
  /**
   * The state is now `state` with `lease`, new or (when `renewed`) extended. False when it cannot be
   * applied, as if priv had refused it.
   */
  abstract leaseAcquired(lease: Dhcp4Lease, renewed: bool, state: i32): bool;
  /**
   * The state is now PROBING: the owner is to find out whether anybody has the address of `lease`, and
   * to call `addressVerified()` or `addressConflict()`.
   */
  abstract probeAddress(lease: Dhcp4Lease): void;
  /** The state is now `state` (INIT or RELEASED) and `lease` is over, for `cause` (`LOST_*`). */
  abstract leaseLost(lease: Dhcp4Lease, cause: i32, state: i32): void;
  /** The state is now `state` (V6ONLY): for `seconds` there is to be no IPv4 (RFC 8925 §3.2). */
  abstract ipv6Only(seconds: u32, state: i32): void;
  /** A server without an address for us says whether hosts may choose one themselves (RFC 2563). */
  abstract autoConfigure(allowed: bool): void;
}
