/**
 * Messages in annotated hex, and what they say.
 *
 * @module
 */
import { ip } from "../../sdk/sdk_fixture.ts";

/** The fixed fields up to `sname` of a reply that gives 192.0.2.7 to 02:00:00:00:00:01. */
const HEAD = `
  02 01 06 00         # op BOOTREPLY, htype Ethernet, hlen 6, hops
  12345678            # xid
  0000 0000           # secs, flags
  00000000 c0000207   # ciaddr, yiaddr 192.0.2.7
  c0000209 00000000   # siaddr 192.0.2.9, giaddr
  02000000000100000000000000000000  # chaddr`;

/** A DHCPACK with every option that is read, and some that are not. */
export const ACK: string = `${HEAD}
  ${"00".repeat(64)}  # sname
  ${"00".repeat(128)} # file
  63825363            # magic cookie
  35 01 05            # DHCP Message Type: DHCPACK
  36 04 c0000201      # Server Identifier: 192.0.2.1
  33 04 00000e10      # IP Address Lease Time: 3600
  3a 04 00000708      # Renewal Time: 1800
  3b 04 00000c4e      # Rebinding Time: 3150
  01 04 ffffff00      # Subnet Mask: 255.255.255.0
  1c 04 c00002ff      # Broadcast Address: 192.0.2.255
  00 00               # PAD
  03 08 c0000201 c0000202  # Router: 192.0.2.1, 192.0.2.2
  06 08 c0000235 c0000236  # Domain Name Server: 192.0.2.53, 192.0.2.54
  0f 0c 6578616d706c652e6f726700  # Domain Name: example.org, with a NUL
  1a 02 05dc          # Interface MTU: 1500
  0c 04 686f7374      # Host Name: not read
  77 11 07 6578616d706c65 03 6f7267 00  # Domain Search: example.org
        01 61 c000    # and a.example.org
  3d 07 01 020000000001    # Client-identifier
  ff                  # END
  00000000`;

/** What {@linkcode ACK} says. */
export const ACK_VALUES: Record<string, unknown> = {
  messageType: 5,
  xid: 0x12345678,
  yiaddr: ip("192.0.2.7"),
  server: ip("192.0.2.1"),
  leaseTime: 3600,
  t1: 1800,
  t2: 3150,
  prefixLength: 24,
  broadcast: ip("192.0.2.255"),
  router: ip("192.0.2.1"),
  nameServers: [ip("192.0.2.53"), ip("192.0.2.54")],
  mtu: 1500,
  domain: "example.org",
  search: "example.org a.example.org",
  clientId: [1, 2, 0, 0, 0, 0, 1],
};

/** A DHCPACK whose options are spread over all three areas (RFC 2132 §9.3, RFC 3396 §5). */
export const OVERLOADED_ACK: string = `${HEAD}
  06 04 c0000236      # sname: Domain Name Server: 192.0.2.54, the second part
  34 01 03            # Option Overload: means nothing here
  ff ${"00".repeat(54)}
  06 04 c0000235      # file: Domain Name Server: 192.0.2.53, the first part
  0f 0b 6578616d706c652e6f7267  # Domain Name: example.org
  33 04 00000001      # IP Address Lease Time again: the first counts
  ff ${"00".repeat(102)}
  63825363            # magic cookie
  35 01 05            # DHCP Message Type: DHCPACK
  34 01 03            # Option Overload: file and sname
  33 04 00000e10      # IP Address Lease Time: 3600
  ff`;

/** What {@linkcode OVERLOADED_ACK} says. */
export const OVERLOADED_VALUES: Record<string, unknown> = {
  ...ACK_VALUES,
  server: 0,
  t1: null,
  t2: null,
  prefixLength: 0,
  broadcast: 0,
  router: 0,
  mtu: 0,
  search: "",
  clientId: [],
};

/** Our DHCPDISCOVER: xid 0x12345678, secs 1. */
export const DISCOVER: string = `
  01 01 06 00         # op BOOTREQUEST, htype Ethernet, hlen 6, hops
  12345678            # xid
  0001 0000           # secs, flags
  00000000 00000000   # ciaddr, yiaddr
  00000000 00000000   # siaddr, giaddr
  02000000000100000000000000000000  # chaddr
  ${"00".repeat(192)} # sname, file
  63825363            # magic cookie
  35 01 01            # DHCP Message Type: DHCPDISCOVER
  3d 07 01 020000000001  # Client-identifier
  39 02 05c0          # Maximum DHCP Message Size: 1472
  50 00               # Rapid Commit
  37 1c               # Parameter Request List
    01 79 f9 21 03 06 0f 77 1a 1c 33 36 3a 3b
    0c 2a 72 fc 64 65 42 43 96 2b 3c 7d 78 a0
  ff
  ${"00".repeat(11)}`;

/** Our DHCPREQUEST in SELECTING: secs 3, 192.0.2.7 of 192.0.2.1. */
export const REQUEST_SELECTING: string = `
  01 01 06 00 12345678 0003 0000 00000000 00000000 00000000 00000000
  02000000000100000000000000000000
  ${"00".repeat(192)}
  63825363
  35 01 03            # DHCP Message Type: DHCPREQUEST
  3d 07 01 020000000001
  32 04 c0000207      # Requested IP Address: 192.0.2.7
  36 04 c0000201      # Server Identifier: 192.0.2.1
  39 02 05c0
  37 1c 01 79 f9 21 03 06 0f 77 1a 1c 33 36 3a 3b
    0c 2a 72 fc 64 65 42 43 96 2b 3c 7d 78 a0
  ff
  00`;

/** Our DHCPREQUEST in RENEWING and REBINDING: ciaddr instead of options 50 and 54. */
export const REQUEST_RENEWING: string = `
  01 01 06 00 12345678 0003 0000
  c0000207            # ciaddr 192.0.2.7
  00000000 00000000 00000000
  02000000000100000000000000000000
  ${"00".repeat(192)}
  63825363
  35 01 03            # DHCP Message Type: DHCPREQUEST
  3d 07 01 020000000001
  39 02 05c0
  37 1c 01 79 f9 21 03 06 0f 77 1a 1c 33 36 3a 3b
    0c 2a 72 fc 64 65 42 43 96 2b 3c 7d 78 a0
  ff
  ${"00".repeat(13)}`;
