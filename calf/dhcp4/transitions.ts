/**
 * The states of the client (RFC 2131 §4.4, figure 5), what can happen, and where it leads: the whole
 * table. PROBING, INFORMING, V6ONLY and RELEASED are not in the figure: see the constants.
 *
 * | state       | START     | OFFER      | ACK   | PROBE   | NAK  | GAVE_UP | T1       | T2        | EXPIRED | CARRIER   | NO_CARRIER  | LOST | SAVED       | IPV6_ONLY | INFORM    |
 * | ----------- | --------- | ---------- | ----- | ------- | ---- | ------- | -------- | --------- | ------- | --------- | ----------- | ---- | ----------- | --------- | --------- |
 * | INIT        | SELECTING |            |       |         |      |         |          |           |         |           | INIT        |      | INIT-REBOOT |           | INFORMING |
 * | SELECTING   | SELECTING | REQUESTING | BOUND | PROBING |      |         |          |           |         |           | INIT        |      |             | V6ONLY    |           |
 * | REQUESTING  | SELECTING |            | BOUND | PROBING | INIT | INIT    |          |           |         |           | INIT        |      |             | V6ONLY    |           |
 * | INIT-REBOOT | REBOOTING |            |       |         |      |         |          |           |         |           | INIT-REBOOT |      |             |           |           |
 * | REBOOTING   | SELECTING |            | BOUND | PROBING | INIT | INIT    |          |           |         |           | INIT-REBOOT |      |             | V6ONLY    |           |
 * | PROBING     |           |            | BOUND |         |      |         |          |           | INIT    |           | INIT        | INIT |             |           |           |
 * | BOUND       |           |            |       |         |      |         | RENEWING | REBINDING | INIT    | REBINDING | BOUND       | INIT |             |           | INFORMING |
 * | RENEWING    |           |            | BOUND |         | INIT |         | RENEWING | REBINDING | INIT    | REBINDING | RENEWING    | INIT |             |           |           |
 * | REBINDING   |           |            | BOUND |         | INIT |         | RENEWING | REBINDING | INIT    | REBINDING | REBINDING   | INIT |             |           |           |
 * | INFORMING   |           |            | BOUND |         |      |         |          |           |         |           | INFORMING   | INIT |             |           | INFORMING |
 * | V6ONLY      | SELECTING |            |       |         |      |         |          |           |         |           | INIT        |      |             |           |           |
 * | RELEASED    | SELECTING |            |       |         |      |         |          |           |         |           | RELEASED    |      |             |           | INFORMING |
 *
 * RELEASE leads from everywhere to RELEASED.
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
/** There was a lease before the client was started, and no carrier to ask for it again. */
export const STATE_INIT_REBOOT: i32 = 6;
/** A DHCPREQUEST for the address of that lease is out. */
export const STATE_REBOOTING: i32 = 7;
/** The lease is acknowledged, and its address probed before it is used (RFC 5227 §2.1.1). */
export const STATE_PROBING: i32 = 8;
/** A DHCPINFORM is out (RFC 2131 §4.4.3). */
export const STATE_INFORMING: i32 = 9;
/** A server said that IPv4 is not needed here (RFC 8925 §3.2). */
export const STATE_V6ONLY: i32 = 10;
/** The lease was given back on request. */
export const STATE_RELEASED: i32 = 11;

/** Time to look for a server. */
export const EVENT_START: i32 = 0;
/** A DHCPOFFER was chosen. */
export const EVENT_OFFER: i32 = 1;
/** A DHCPACK was accepted, and its address may be used. */
export const EVENT_ACK: i32 = 2;
/** A DHCPNAK was accepted. */
export const EVENT_NAK: i32 = 3;
/** The chosen server, or that of the last lease, does not answer. */
export const EVENT_GAVE_UP: i32 = 4;
/** T1 has passed (RFC 2131 §4.4.5), or somebody asked for a renewal. */
export const EVENT_T1: i32 = 5;
/** T2 has passed (RFC 2131 §4.4.5); it comes in BOUND when the machine slept through T1. */
export const EVENT_T2: i32 = 6;
/** The lease has expired. */
export const EVENT_EXPIRED: i32 = 7;
/** The carrier is back while we have a lease: perhaps on another network. */
export const EVENT_CARRIER: i32 = 8;
/** The carrier is gone. */
export const EVENT_NO_CARRIER: i32 = 9;
/** The lease is dropped: priv refused it, or somebody else has its address. */
export const EVENT_LOST: i32 = 10;
/** The lease of a predecessor is known. */
export const EVENT_SAVED: i32 = 11;
/** A DHCPACK was accepted, and its address must be probed before. */
export const EVENT_PROBE: i32 = 12;
/** A server said that IPv4 is not needed here. */
export const EVENT_IPV6_ONLY: i32 = 13;
/** Options are to be asked for, not an address. */
export const EVENT_INFORM: i32 = 14;
/** The lease has been given back. */
export const EVENT_RELEASE: i32 = 15;

/** The state after `event` in `state`, or −1: such an event cannot happen there. */
export function nextState(state: i32, event: i32): i32 {
  if (event === EVENT_RELEASE) return STATE_RELEASED;
  switch (state) {
    case STATE_INIT:
    case STATE_INIT_REBOOT:
    case STATE_V6ONLY:
    case STATE_RELEASED:
      return fromRest(state, event);
    case STATE_SELECTING:
    case STATE_REQUESTING:
    case STATE_REBOOTING:
      return fromAsking(state, event);
    case STATE_BOUND:
    case STATE_RENEWING:
    case STATE_REBINDING:
      return withLease(state, event);
    case STATE_PROBING:
      return fromProbing(event);
    case STATE_INFORMING:
      return fromInforming(event);
    default:
      return -1;
  }
}

/** The name of a state, which is also the value of the key /state. */
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
    case STATE_REBINDING:
      return "REBINDING";
    case STATE_INIT_REBOOT:
      return "INIT-REBOOT";
    case STATE_REBOOTING:
      return "REBOOTING";
    case STATE_PROBING:
      return "PROBING";
    case STATE_INFORMING:
      return "INFORMING";
    case STATE_V6ONLY:
      return "V6ONLY";
    default:
      return "RELEASED";
  }
}

/** True when a server's DHCPACK can lead from `state` to a lease. */
export function isAsking(state: i32): bool {
  return state === STATE_REQUESTING || state === STATE_REBOOTING || state === STATE_RENEWING ||
    state === STATE_REBINDING;
}

/** INIT, INIT-REBOOT, V6ONLY, RELEASED: nothing is asked. */
function fromRest(state: i32, event: i32): i32 {
  switch (event) {
    case EVENT_START:
      return state === STATE_INIT_REBOOT ? STATE_REBOOTING : STATE_SELECTING;
    case EVENT_NO_CARRIER:
      return state === STATE_V6ONLY ? STATE_INIT : state;
    case EVENT_SAVED:
      return state === STATE_INIT ? STATE_INIT_REBOOT : -1;
    case EVENT_INFORM:
      return state === STATE_INIT || state === STATE_RELEASED ? STATE_INFORMING : -1;
    default:
      return -1;
  }
}

/** SELECTING, REQUESTING, REBOOTING: an address is asked for. */
function fromAsking(state: i32, event: i32): i32 {
  switch (event) {
    case EVENT_START:
      return STATE_SELECTING;
    case EVENT_OFFER:
      return state === STATE_SELECTING ? STATE_REQUESTING : -1;
    case EVENT_ACK:
      return STATE_BOUND;
    case EVENT_PROBE:
      return STATE_PROBING;
    case EVENT_IPV6_ONLY:
      return STATE_V6ONLY;
    case EVENT_NAK:
    case EVENT_GAVE_UP:
      return state === STATE_SELECTING ? -1 : STATE_INIT;
    case EVENT_NO_CARRIER:
      return state === STATE_REBOOTING ? STATE_INIT_REBOOT : STATE_INIT;
    default:
      return -1;
  }
}

function withLease(state: i32, event: i32): i32 {
  switch (event) {
    case EVENT_ACK:
      return state === STATE_BOUND ? -1 : STATE_BOUND;
    case EVENT_NAK:
      return state === STATE_BOUND ? -1 : STATE_INIT;
    case EVENT_T1:
      return STATE_RENEWING;
    case EVENT_T2:
    case EVENT_CARRIER:
      return STATE_REBINDING;
    case EVENT_NO_CARRIER:
      return state;
    case EVENT_EXPIRED:
    case EVENT_LOST:
      return STATE_INIT;
    case EVENT_INFORM:
      return state === STATE_BOUND ? STATE_INFORMING : -1;
    default:
      return -1;
  }
}

function fromProbing(event: i32): i32 {
  if (event === EVENT_ACK) return STATE_BOUND;
  const ends: bool = event === EVENT_LOST || event === EVENT_EXPIRED;
  return ends || event === EVENT_NO_CARRIER ? STATE_INIT : -1;
}

function fromInforming(event: i32): i32 {
  if (event === EVENT_ACK) return STATE_BOUND;
  if (event === EVENT_LOST) return STATE_INIT;
  return event === EVENT_INFORM || event === EVENT_NO_CARRIER ? STATE_INFORMING : -1;
}
