/**
 * Numbers of DHCPv4: ports, message types and option codes by their IANA names
 * (https://www.iana.org/assignments/bootp-dhcp-parameters), and the limits that we chose.
 *
 * @module
 */

/** UDP port of servers and relay agents (RFC 2131 §4.1). */
export const PORT_SERVER: i32 = 67;
/** UDP port of clients (RFC 2131 §4.1). */
export const PORT_CLIENT: i32 = 68;

/** `op` of a message from a client (RFC 2131 §2). */
export const BOOTREQUEST: i32 = 1;
/** `op` of a message to a client (RFC 2131 §2). */
export const BOOTREPLY: i32 = 2;
/** `htype` of Ethernet (RFC 2131 §2, ARP hardware types). */
export const HTYPE_ETHERNET: i32 = 1;
/** `hlen` of Ethernet: bytes of `chaddr` in use. */
export const HLEN_ETHERNET: i32 = 6;
/** The first four bytes of the options field (RFC 2131 §3). */
export const MAGIC_COOKIE: u32 = 0x63825363;
/** The BROADCAST bit of `flags` (RFC 2131 §2, figure 2). */
export const FLAG_BROADCAST: i32 = 0x8000;

/** Message type of option 53 (RFC 2132 §9.6), as are those below. */
export const DHCPDISCOVER: i32 = 1;
/** A server's offer. */
export const DHCPOFFER: i32 = 2;
/** Asks for an offered address, or for more time. */
export const DHCPREQUEST: i32 = 3;
/** The offered address is in use by somebody else. */
export const DHCPDECLINE: i32 = 4;
/** The lease. */
export const DHCPACK: i32 = 5;
/** The address is not (or no longer) ours. */
export const DHCPNAK: i32 = 6;
/** Gives the address back. */
export const DHCPRELEASE: i32 = 7;
/** Asks for options only, with an address from elsewhere. */
export const DHCPINFORM: i32 = 8;

/** Filler without a length byte (RFC 2132 §3.1). */
export const OPTION_PAD: i32 = 0;
/** Subnet Mask, 4 bytes (RFC 2132 §3.3). */
export const OPTION_SUBNET_MASK: i32 = 1;
/** Router, 4 bytes each, in order of preference (RFC 2132 §3.5). */
export const OPTION_ROUTER: i32 = 3;
/** Domain Name Server, 4 bytes each, in order of preference (RFC 2132 §3.8). */
export const OPTION_DOMAIN_NAME_SERVER: i32 = 6;
/** Host Name, text (RFC 2132 §3.14). */
export const OPTION_HOST_NAME: i32 = 12;
/** Domain Name, text (RFC 2132 §3.17). */
export const OPTION_DOMAIN_NAME: i32 = 15;
/** Interface MTU, 2 bytes (RFC 2132 §5.1). */
export const OPTION_INTERFACE_MTU: i32 = 26;
/** Broadcast Address, 4 bytes (RFC 2132 §5.3). */
export const OPTION_BROADCAST_ADDRESS: i32 = 28;
/** Static Route, pairs of destination and router (RFC 2132 §5.8). */
export const OPTION_STATIC_ROUTE: i32 = 33;
/** NTP Servers, 4 bytes each, in order of preference (RFC 2132 §8.3). */
export const OPTION_NTP_SERVERS: i32 = 42;
/** Vendor Specific Information, bytes (RFC 2132 §8.4). */
export const OPTION_VENDOR_SPECIFIC: i32 = 43;
/** Requested IP Address, 4 bytes (RFC 2132 §9.1). */
export const OPTION_REQUESTED_IP_ADDRESS: i32 = 50;
/** IP Address Lease Time, 4 bytes, seconds (RFC 2132 §9.2). */
export const OPTION_IP_ADDRESS_LEASE_TIME: i32 = 51;
/** Option Overload, 1 byte: 1 `file`, 2 `sname`, 3 both hold options (RFC 2132 §9.3). */
export const OPTION_OVERLOAD: i32 = 52;
/** DHCP Message Type, 1 byte (RFC 2132 §9.6). */
export const OPTION_DHCP_MESSAGE_TYPE: i32 = 53;
/** Server Identifier, 4 bytes (RFC 2132 §9.7). */
export const OPTION_SERVER_IDENTIFIER: i32 = 54;
/** Parameter Request List, one code per byte (RFC 2132 §9.8). */
export const OPTION_PARAMETER_REQUEST_LIST: i32 = 55;
/** Message, text for people (RFC 2132 §9.9). */
export const OPTION_MESSAGE: i32 = 56;
/** Maximum DHCP Message Size, 2 bytes (RFC 2132 §9.10). */
export const OPTION_MAXIMUM_DHCP_MESSAGE_SIZE: i32 = 57;
/** Renewal (T1) Time Value, 4 bytes, seconds (RFC 2132 §9.11). */
export const OPTION_RENEWAL_TIME: i32 = 58;
/** Rebinding (T2) Time Value, 4 bytes, seconds (RFC 2132 §9.12). */
export const OPTION_REBINDING_TIME: i32 = 59;
/** Vendor class identifier, text (RFC 2132 §9.13). */
export const OPTION_VENDOR_CLASS: i32 = 60;
/** Client-identifier: a type byte and the identifier (RFC 2132 §9.14). */
export const OPTION_CLIENT_IDENTIFIER: i32 = 61;
/** TFTP server name, text (RFC 2132 §9.4). */
export const OPTION_TFTP_SERVER_NAME: i32 = 66;
/** Bootfile name, text (RFC 2132 §9.5). */
export const OPTION_BOOTFILE_NAME: i32 = 67;
/** User Class, each with its length before it (RFC 3004 §4). */
export const OPTION_USER_CLASS: i32 = 77;
/** Rapid Commit, empty (RFC 4039 §4). */
export const OPTION_RAPID_COMMIT: i32 = 80;
/** Client FQDN: flags, two obsolete bytes, a name (RFC 4702 §2). */
export const OPTION_CLIENT_FQDN: i32 = 81;
/** PCode: the time zone as POSIX has it (RFC 4833 §2). */
export const OPTION_POSIX_TIMEZONE: i32 = 100;
/** TCode: the time zone's name in the tz database (RFC 4833 §2). */
export const OPTION_TZDB_TIMEZONE: i32 = 101;
/** IPv6-Only Preferred, 4 bytes, seconds (RFC 8925 §3.1). */
export const OPTION_IPV6_ONLY_PREFERRED: i32 = 108;
/** DHCP Captive-Portal, a URI (RFC 8910 §2.1). */
export const OPTION_CAPTIVE_PORTAL: i32 = 114;
/** Auto-Configure, 1 byte: 0 do not, 1 do (RFC 2563 §2). */
export const OPTION_AUTO_CONFIGURE: i32 = 116;
/** Domain Search, compressed names (RFC 3397 §2). */
export const OPTION_DOMAIN_SEARCH: i32 = 119;
/** SIP Servers: an encoding byte, then names or addresses (RFC 3361 §3). */
export const OPTION_SIP_SERVERS: i32 = 120;
/** Classless Static Route, the significant bytes of each destination and its router (RFC 3442). */
export const OPTION_CLASSLESS_STATIC_ROUTE: i32 = 121;
/** V-I Vendor-Specific Information, bytes (RFC 3925 §4). */
export const OPTION_VENDOR_IDENTIFYING: i32 = 125;
/** TFTP server address, 4 bytes each (RFC 5859 §3). */
export const OPTION_TFTP_SERVER_ADDRESS: i32 = 150;
/** Where telephones are configured from, text; private use. */
export const OPTION_PROVISIONING: i32 = 160;
/** Option 121 as Microsoft numbered it before the RFC; private use. */
export const OPTION_MS_CLASSLESS_STATIC_ROUTE: i32 = 249;
/** Web Proxy Auto-Discovery, a URL; private use. */
export const OPTION_WPAD: i32 = 252;
/** End of the options, without a length byte (RFC 2132 §3.2). */
export const OPTION_END: i32 = 255;

/** A time that never ends (RFC 2131 §3.3). */
export const INFINITE: u32 = 0xffffffff;
/** Lease time in seconds when a server gives none. RFC 2131 demands one; one hour is cautious. */
export const DEFAULT_LEASE_TIME: u32 = 3600;
/** Shortest lease time in seconds that we believe; a shorter one counts as this. */
export const MIN_LEASE_TIME: u32 = 20;
/** Shortest T1 in seconds that we obey; a shorter one counts as absent. */
export const MIN_T1: u32 = 10;
/** What we announce in option 57: the UDP payload of a 1500-byte packet. */
export const MAX_MESSAGE_SIZE: i32 = 1472;
/** The shortest message that we send (a BOOTP message, RFC 1542 §2.1); relays drop shorter ones. */
export const MIN_MESSAGE_SIZE: i32 = 300;
/**
 * The longest message that we send: what every server takes (RFC 2131 §2), a packet of 576 bytes
 * less the headers of IP and UDP.
 */
export const MAX_SENT_SIZE: i32 = 548;
/** Shortest time in seconds that a host does without IPv4 (MIN_V6ONLY_WAIT, RFC 8925 §3.4). */
export const MIN_V6ONLY_WAIT: u32 = 300;
/** Name servers that we keep. */
export const MAX_NAME_SERVERS: i32 = 16;
/** Search domains that we keep. */
export const MAX_SEARCH_DOMAINS: i32 = 16;
/** Bytes of the search list that we keep, as text. */
export const MAX_SEARCH_LENGTH: i32 = 512;
/** The smallest MTU that we pass on: what every IPv4 host must take (RFC 791 §3.1). */
export const MIN_MTU: i32 = 576;
/** Time servers that we keep. */
export const MAX_NTP_SERVERS: i32 = 16;
/** Routes that we keep. */
export const MAX_ROUTES: i32 = 32;
/** TFTP servers that we keep. */
export const MAX_TFTP_SERVERS: i32 = 4;
/** SIP servers that we keep. */
export const MAX_SIP_SERVERS: i32 = 8;
/** Bytes of option 56 that are shown in the log, escapes included. */
export const MAX_MESSAGE_LENGTH: i32 = 200;
/** Bytes of a text or of opaque data that we keep: a longer one counts as absent. */
export const MAX_OPTION_LENGTH: i32 = 255;
