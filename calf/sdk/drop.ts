/**
 * Why a frame was refused: one number and one slug per reason, and counters.
 *
 * @module
 */

/** Nothing wrong. */
export const DROP_NONE: i32 = 0;
/** Shorter than an Ethernet header (14 bytes). */
export const DROP_ETHERNET_SHORT: i32 = 1;
/** The destination is neither our MAC address nor broadcast. */
export const DROP_ETHERNET_NOT_FOR_US: i32 = 2;
/** The source is a group address, which never sends (IEEE 802.3 §3.2.3). */
export const DROP_ETHERNET_SOURCE: i32 = 3;
/** A VLAN tag (IEEE 802.1Q, 802.1ad): not our network. */
export const DROP_VLAN: i32 = 4;
/** Neither IPv4 nor ARP. */
export const DROP_ETHERTYPE: i32 = 5;
/** Shorter than an IPv4 header (20 bytes). */
export const DROP_IPV4_SHORT: i32 = 6;
/** The version is not 4. */
export const DROP_IPV4_VERSION: i32 = 7;
/** The header length is below 5 words, or beyond the frame. */
export const DROP_IPV4_IHL: i32 = 8;
/** The total length is below the header length, or beyond the frame. */
export const DROP_IPV4_LENGTH: i32 = 9;
/** The header checksum is wrong. */
export const DROP_IPV4_CHECKSUM: i32 = 10;
/** A fragment: more fragments, or an offset. */
export const DROP_IPV4_FRAGMENT: i32 = 11;
/** The source is a multicast, broadcast or loopback address (RFC 1122 §3.2.1.3). */
export const DROP_IPV4_SOURCE: i32 = 12;
/** The destination is not us. */
export const DROP_IPV4_NOT_FOR_US: i32 = 13;
/** The protocol is not UDP. */
export const DROP_NOT_UDP: i32 = 14;
/** Shorter than a UDP header (8 bytes). */
export const DROP_UDP_SHORT: i32 = 15;
/** The UDP length is below 8, or beyond the IPv4 payload. */
export const DROP_UDP_LENGTH: i32 = 16;
/** The UDP checksum is there (not 0) and wrong. */
export const DROP_UDP_CHECKSUM: i32 = 17;
/** A UDP port that nobody listens to; counted by the service, which knows its ports. */
export const DROP_UDP_PORT: i32 = 18;
/** Shorter than an ARP packet for Ethernet and IPv4 (28 bytes). */
export const DROP_ARP_SHORT: i32 = 19;
/** Not ARP for Ethernet and IPv4, or neither request nor reply. */
export const DROP_ARP_MALFORMED: i32 = 20;
/** The sender's MAC or IPv4 address is one that no host can have. */
export const DROP_ARP_SENDER: i32 = 21;
/** Asks for, or answers to, another host. */
export const DROP_ARP_NOT_FOR_US: i32 = 22;
/** A reply to a question that we did not ask. */
export const DROP_ARP_UNSOLICITED: i32 = 23;
/** Another host claims our address, or the one that we probe for (RFC 5227 §2.4, §2.1.1). */
export const DROP_ARP_CONFLICT: i32 = 24;
/** Another host probes for the address that we probe for (RFC 5227 §2.1.1). */
export const DROP_ARP_PROBE: i32 = 25;
/** A request for our address that is not answered, because many others were just before. */
export const DROP_ARP_RATE: i32 = 26;

/** The first reason that belongs to DHCP (`calf/dhcp4/`). */
export const DROP_DHCP: i32 = 100;
/** One more than the last reason that can be counted. */
export const DROP_LIMIT: i32 = 200;

/**
 * The slug of a reason below `DROP_DHCP`, for the log and for its key below /packets/dropped (see
 * schema/drop_reasons.ts); empty when there is no such reason.
 */
export function dropSlug(reason: i32): string {
  switch (reason) {
    case DROP_ETHERNET_SHORT:
      return "ethernet-short";
    case DROP_ETHERNET_NOT_FOR_US:
      return "ethernet-not-for-us";
    case DROP_ETHERNET_SOURCE:
      return "ethernet-source";
    case DROP_VLAN:
      return "ethernet-vlan";
    case DROP_ETHERTYPE:
      return "ethernet-type";
    case DROP_IPV4_SHORT:
      return "ipv4-short";
    case DROP_IPV4_VERSION:
      return "ipv4-version";
    case DROP_IPV4_IHL:
      return "ipv4-header-length";
    case DROP_IPV4_LENGTH:
      return "ipv4-length";
    case DROP_IPV4_CHECKSUM:
      return "ipv4-checksum";
    case DROP_IPV4_FRAGMENT:
      return "ipv4-fragment";
    case DROP_IPV4_SOURCE:
      return "ipv4-source";
    case DROP_IPV4_NOT_FOR_US:
      return "ipv4-not-for-us";
    case DROP_NOT_UDP:
      return "ipv4-protocol";
    case DROP_UDP_SHORT:
      return "udp-short";
    case DROP_UDP_LENGTH:
      return "udp-length";
    case DROP_UDP_CHECKSUM:
      return "udp-checksum";
    case DROP_UDP_PORT:
      return "udp-port";
    case DROP_ARP_SHORT:
      return "arp-short";
    case DROP_ARP_MALFORMED:
      return "arp-malformed";
    case DROP_ARP_SENDER:
      return "arp-sender";
    case DROP_ARP_NOT_FOR_US:
      return "arp-not-for-us";
    case DROP_ARP_UNSOLICITED:
      return "arp-unsolicited";
    case DROP_ARP_CONFLICT:
      return "arp-conflict";
    case DROP_ARP_PROBE:
      return "arp-probe";
    case DROP_ARP_RATE:
      return "arp-rate";
    default:
      return "";
  }
}

/** How many frames were refused, by reason. A counter that is full stays full. */
export class DropCounters {
  /** Whether a counter has changed since somebody cleared this; `DROP_NONE` does not count. */
  changed: bool = false;
  private counts: Uint32Array = new Uint32Array(DROP_LIMIT);

  /** Counts one frame; a reason out of range counts as `DROP_NONE`. */
  count(reason: i32): void {
    const i: i32 = reason > 0 && reason < DROP_LIMIT ? reason : DROP_NONE;
    if (this.counts[i] === 0xffffffff) return;
    this.counts[i] = u32(this.counts[i] + 1);
    if (i !== DROP_NONE) this.changed = true;
  }

  /** Frames refused for `reason` so far; 0 when it is out of range. */
  get(reason: i32): u32 {
    return reason >= 0 && reason < DROP_LIMIT ? this.counts[reason] : 0;
  }

  /** Frames refused for any reason so far, modulo 2^32. */
  total(): u32 {
    let sum: u32 = 0;
    for (let i: i32 = 0; i < DROP_LIMIT; i++) sum = u32(sum + this.counts[i]);
    return sum;
  }
}
