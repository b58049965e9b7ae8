/**
 * DHCPv4 options by the names that dhcpcd gives them (`dhcpcd --variables`), as `option`, `nooption`,
 * `require` and `reject` use them.
 *
 * @module
 */

/** An option that a directive names. */
export interface NamedOption {
  /** Its name, which may have been given by its number. */
  readonly name: string;
  /** Its code (RFC 2132). */
  readonly code: number;
}

/** Code and name, as they follow each other in the list of IANA. */
const NAMES =
  `1 subnet_mask 2 time_offset 3 routers 4 time_servers 5 ien116_name_servers 6 domain_name_servers
7 log_servers 8 cookie_servers 9 lpr_servers 10 impress_servers 11 resource_location_servers
12 host_name 13 boot_size 14 merit_dump 15 domain_name 16 swap_server 17 root_path
18 extensions_path 19 ip_forwarding 20 non_local_source_routing 21 policy_filter
22 max_dgram_reassembly 23 default_ip_ttl 24 path_mtu_aging_timeout 25 path_mtu_plateau_table
26 interface_mtu 27 all_subnets_local 28 broadcast_address 29 perform_mask_discovery
30 mask_supplier 31 router_discovery 32 router_solicitation_address 33 static_routes
34 trailer_encapsulation 35 arp_cache_timeout 36 ieee802_3_encapsulation 37 default_tcp_ttl
38 tcp_keepalive_interval 39 tcp_keepalive_garbage 40 nis_domain 41 nis_servers 42 ntp_servers
43 vendor_encapsulated_options 44 netbios_name_servers 45 netbios_dd_server 46 netbios_node_type
47 netbios_scope 48 font_servers 49 x_display_manager 50 dhcp_requested_address 51 dhcp_lease_time
52 dhcp_option_overload 53 dhcp_message_type 54 dhcp_server_identifier
55 dhcp_parameter_request_list 56 dhcp_message 57 dhcp_max_message_size 58 dhcp_renewal_time
59 dhcp_rebinding_time 60 vendor_class_identifier 61 dhcp_client_identifier 64 nisplus_domain
65 nisplus_servers 66 tftp_server_name 67 bootfile_name 68 mobile_ip_home_agent 69 smtp_server
70 pop_server 71 nntp_server 72 www_server 73 finger_server 74 irc_server 75 streettalk_server
76 streettalk_directory_assistance_server 77 user_class 78 slp_agent 79 slp_service
80 rapid_commit 81 fqdn 83 isns 85 nds_servers 86 nds_tree_name 87 nds_context
88 bcms_controller_names 89 bcms_controller_address 90 auth 91 client_last_transaction_time
92 associated_ip 98 uap_servers 99 geoconf_civic 100 posix_timezone 101 tzdb_timezone
108 ipv6_only_preferred 114 captive_portal_uri 116 auto_configure 117 name_service_search
118 subnet_selection 119 domain_search 120 sip_server 121 classless_static_routes 122 tsp
123 geoconf 124 vivco 125 vivso 136 pana_agent 137 lost_server 138 capwap_ac 139 mos_ip
140 mos_domain 141 sip_ua_cs_list 142 andsf 143 andsf6 144 geoloc 145 forcerenew_nonce_capable
146 rdnss_selection 150 tftp_servers 160 provisioning 161 mudurl 208 pxelinux_magic
209 config_file 210 path_prefix 211 reboot_time 212 sixrd 213 access_domain 221 vss
249 ms_classless_static_routes 252 wpad_url`.split(/\s+/);

const BY_NAME: ReadonlyMap<string, number> = new Map(
  NAMES.flatMap((name, i) => i % 2 === 1 ? [[name, Number(NAMES[i - 1])]] : []),
);

const BY_CODE: ReadonlyMap<number, string> = new Map(
  [...BY_NAME].map(([name, code]) => [code, name]),
);

/** All names. */
export const DHCP_NAMES: Iterable<string> = [...BY_NAME.keys()];

/** Asked for whatever the configuration says, and shown in the results. */
const REQUESTED: ReadonlySet<number> = new Set([
  ...[1, 3, 6, 15, 119, 26, 28, 51, 54, 58, 59, 12, 42, 114, 252, 100, 101, 66, 67, 150, 43, 60],
  ...[125, 120, 160],
]);

/** Part of every message, or of every lease. */
const UNAVOIDABLE: ReadonlySet<number> = new Set([1, 51, 52, 53, 54, 58, 59]);

/** What the system does not take from a server when it is told so. */
const APPLIED: ReadonlySet<number> = new Set([3, 6, 12, 15, 26, 42, 119]);

/** An option's name and code, by its name or number; null when there is none. */
export function namedOption(word: string): NamedOption | null {
  const code = /^[1-9]\d{0,2}$/.test(word) ? Number(word) : BY_NAME.get(word);
  if (code === undefined || code > 254) return null;
  return { name: BY_CODE.get(code) ?? word, code };
}

/** Code and name of every option that has a name, in the order of their codes. */
export function optionNames(): [code: string, name: string][] {
  return [...BY_NAME].map(([name, code]): [string, string] => [String(code), name]);
}

/** Whether a name is one of DHCPv6 or of neighbour discovery. */
export function isIpv6Name(word: string): boolean {
  return /^(?:dhcp6|nd)_[a-z0-9_]+$/.test(word);
}

/** Whether servers are always asked for it. */
export function isRequested({ code }: NamedOption): boolean {
  return REQUESTED.has(code);
}

/** Whether a lease is nothing without it. */
export function isUnavoidable({ code }: NamedOption): boolean {
  return UNAVOIDABLE.has(code);
}

/** Whether the system can do without it. */
export function isApplied({ code }: NamedOption): boolean {
  return APPLIED.has(code);
}
