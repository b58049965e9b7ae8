/**
 * The states of the client (RFC 2131 §4.4, figure 5), what can happen, and where it leads: the whole
 * table. INIT-REBOOT and REBOOTING will be rows of it.
 *
 * | state      | START     | OFFER      | ACK   | NAK  | GAVE_UP | T1       | T2        | EXPIRED | CARRIER   | NO_CARRIER | REFUSED |
 * | ---------- | --------- | ---------- | ----- | ---- | ------- | -------- | --------- | ------- | --------- | ---------- | ------- |
 * | INIT       | SELECTING |            |       |      |         |          |           |         |           | INIT       |         |
 * | SELECTING  |           | REQUESTING |       |      |         |          |           |         |           | INIT       |         |
 * | REQUESTING |           |            | BOUND | INIT | INIT    |          |           |         |           | INIT       |         |
 * | BOUND      |           |            |       |      |         | RENEWING | REBINDING | INIT    | REBINDING | BOUND      | INIT    |
 * | RENEWING   |           |            | BOUND | INIT |         |          | REBINDING | INIT    | REBINDING | RENEWING   | INIT    |
 * | REBINDING  |           |            | BOUND | INIT |         |          |           | INIT    | REBINDING | REBINDING  | INIT    |
 *
 * @module
 */

/** No lease; nothing is asked (yet). */
export const STATE_INIT: i32 = 0;
/** A DHCPDISCOVER is out. */
export const STATE_SELECTING: i32 = 1;
/** A DHCPREQUEST for an offered address is out. */
export const STATE_REQUESTING: i32 = 2;
/** The lease is good. */
export const STATE_BOUND: i32 = 3;
/** T1 has passed: the server is asked, by unicast, for more time. */
export const STATE_RENEWING: i32 = 4;
/** T2 has passed, or the carrier came back: any server is asked, by broadcast. */
export const STATE_REBINDING: i32 = 5;

/** Time to look for a server. */
export const EVENT_START: i32 = 0;
/** A DHCPOFFER was chosen. */
export const EVENT_OFFER: i32 = 1;
/** A DHCPACK was accepted. */
export const EVENT_ACK: i32 = 2;
/** A DHCPNAK was accepted. */
export const EVENT_NAK: i32 = 3;
/** The chosen server does not answer. */
export const EVENT_GAVE_UP: i32 = 4;
/** T1 has passed (RFC 2131 §4.4.5). */
export const EVENT_T1: i32 = 5;
/** T2 has passed (RFC 2131 §4.4.5); it comes in BOUND when the machine slept through T1. */
export const EVENT_T2: i32 = 6;
/** The lease has expired. */
export const EVENT_EXPIRED: i32 = 7;
/** The carrier is back while we have a lease: perhaps on another network. */
export const EVENT_CARRIER: i32 = 8;
/** The carrier is gone. */
export const EVENT_NO_CARRIER: i32 = 9;
/** priv refused the lease. */
export const EVENT_REFUSED: i32 = 10;

/** The state after `event` in `state`, or −1: such an event cannot happen there. */
export function nextState(state: i32, event: i32): i32 {
  switch (state) {
    case STATE_INIT:
      return fromInit(event);
    case STATE_SELECTING:
      return fromSelecting(event);
    case STATE_REQUESTING:
      return fromRequesting(event);
    case STATE_BOUND:
    case STATE_RENEWING:
    case STATE_REBINDING:
      return withLease(state, event);
    default:
      return -1;
  }
}

/** The name of a state as in RFC 2131, which is also the value of the key /state. */
export function stateName(state: i32): string {
  switch (state) {
    case STATE_INIT:
      return "INIT";
    case STATE_SELECTING:
      return "SELECTING";
    case STATE_REQUESTING:
      return "REQUESTING";
    case STATE_BOUND:
      return "BOUND";
    case STATE_RENEWING:
      return "RENEWING";
    default:
      return "REBINDING";
  }
}

function fromInit(event: i32): i32 {
  if (event === EVENT_START) return STATE_SELECTING;
  return event === EVENT_NO_CARRIER ? STATE_INIT : -1;
}

function fromSelecting(event: i32): i32 {
  if (event === EVENT_OFFER) return STATE_REQUESTING;
  return event === EVENT_NO_CARRIER ? STATE_INIT : -1;
}

function fromRequesting(event: i32): i32 {
  if (event === EVENT_ACK) return STATE_BOUND;
  const failed: bool = event === EVENT_NAK || event === EVENT_GAVE_UP || event === EVENT_NO_CARRIER;
  return failed ? STATE_INIT : -1;
}

function withLease(state: i32, event: i32): i32 {
  switch (event) {
    case EVENT_ACK:
      return state === STATE_BOUND ? -1 : STATE_BOUND;
    case EVENT_NAK:
      return state === STATE_BOUND ? -1 : STATE_INIT;
    case EVENT_T1:
      return state === STATE_BOUND ? STATE_RENEWING : -1;
    case EVENT_T2:
      return state === STATE_REBINDING ? -1 : STATE_REBINDING;
    case EVENT_CARRIER:
      return STATE_REBINDING;
    case EVENT_NO_CARRIER:
      return state;
    case EVENT_EXPIRED:
    case EVENT_REFUSED:
      return STATE_INIT;
    default:
      return -1;
  }
}
