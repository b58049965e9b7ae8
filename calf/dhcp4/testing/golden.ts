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

/** A DHCPACK with every option that becomes a key. */
export const FULL_ACK: string = `${HEAD}
  626f6f7473727600 ${"00".repeat(56)}   # sname: bootsrv, which option 66 overrides
  70786500 6465616400 ${"ff".repeat(119)} # file: pxe, and leftovers after the NUL
  63825363            # magic cookie
  35 01 05            # DHCP Message Type: DHCPACK
  36 04 c0000201      # Server Identifier: 192.0.2.1
  33 04 00000e10      # IP Address Lease Time: 3600
  01 04 ffffff00      # Subnet Mask: 255.255.255.0
  03 04 c0000202      # Router: 192.0.2.2, which option 121 overrides
  0c 06 686f737400 00 # Host Name: host, with NULs
  0c 00               # Host Name: empty
  21 08 c6336401 c0000203  # Static Route: overridden as well
  2a 08 c000027b c000027c  # NTP Servers: 192.0.2.123, 192.0.2.124
  2b 04 0102abcd      # Vendor Specific Information
  38 02 6869          # Message: hi
  3c 06 4d534654 2035 # Vendor class identifier: MSFT 5
  42 09 7466747020686f7374  # TFTP server name: tftp host
  50 00               # Rapid Commit
  51 0c 04 ff ff 04 686f7374 03 6c616e 00  # Client FQDN: host.lan
  64 06 434554 2d31 00  # PCode: CET-1, with a NUL
  65 0d 4575726f70652f42 65726c696e  # TCode: Europe/Berlin
  6c 04 00000000      # IPv6-Only Preferred: 0, which counts as 300
  72 10 68747470733a2f2f702e6578616d706c  # DHCP Captive-Portal: https://p.exampl,
  72 06 652f617069 00 # e/api, in two parts
  74 01 01            # Auto-Configure
  78 0e 00 03 736970 03 6c616e 00 01 62 c004  # SIP Servers: sip.lan, b.lan
  79 1b 08 0a c0000201          # Classless Static Route: 10.0.0.0/8 by 192.0.2.1,
        00 c0000203             # default by 192.0.2.3,
        18 c63364 00000000      # 198.51.100.0/24 on the link,
        14 ac10ff c0000204      # 172.16.240.0/20, with bits beyond its prefix
  7d 06 00000de9 01 00          # V-I Vendor-Specific Information
  96 08 c0000245 c0000246       # TFTP server address: 192.0.2.69, 192.0.2.70
  a0 05 636f6e6669 # Provisioning: confi
  f9 05 00 c0000209   # Microsoft's routes: not read beside option 121
  fc 14 687474703a2f2f777061642f777061642e64 61 74  # WPAD: http://wpad/wpad.dat
  ff`;

/** What {@linkcode FULL_ACK} becomes. */
export const FULL_KEYS: readonly string[] = [
  "-/",
  "/state=BOUND",
  "/ip=192.0.2.7/24",
  "/origin=dhcp",
  "/gateway=192.0.2.3",
  "/route/001=10.0.0.0/8 192.0.2.1",
  "/route/002=198.51.100.0/24 0.0.0.0",
  "/route/003=172.16.240.0/20 192.0.2.4",
  "/hostname=host",
  "/fqdn=host.lan",
  "/ntp/001=192.0.2.123",
  "/ntp/002=192.0.2.124",
  "/sip/001=sip.lan",
  "/sip/002=b.lan",
  "/ipv6-only=300",
  "/auto-configure=on",
  "/captive-portal=https://p.example/api",
  "/wpad=http://wpad/wpad.dat",
  "/provisioning=confi",
  "/timezone/posix=CET-1",
  "/timezone/name=Europe/Berlin",
  "/message=hi",
  "/vendor/class=MSFT 5",
  "/vendor/specific=0102abcd",
  "/vendor/identifying=00000de90100",
  "/boot/next-server=192.0.2.9",
  "/boot/server-name=tftp host",
  "/boot/file=pxe",
  "/boot/tftp/001=192.0.2.69",
  "/boot/tftp/002=192.0.2.70",
  "/lease/server=192.0.2.1",
  "/lease/time=3600",
  "/lease/t1=1800",
  "/lease/t2=3150",
];
