/**
 * What a daemon with two interfaces has to tell: eth0 has a lease, eth1 has none.
 *
 * @module
 */

/** The daemon's own keys. */
export const DAEMON: Readonly<Record<string, string>> = {
  "/daemon/version": "0.1.0",
  "/daemon/pid": "812",
  "/daemon/since": "2026-01-28T08:00:00.000Z",
  "/daemon/config/file": "/etc/dhcpcd.conf",
  "/daemon/config/loaded": "2026-01-28T08:00:00.000Z",
  "/daemon/audit/file": "/var/lib/dhcp-client/audit.log",
  "/daemon/audit/health": "ok",
  "/daemon/audit/lines": "1204",
  "/daemon/audit/lost": "0",
  "/daemon/clients": "1",
  "/daemon/waiting/001": "wlan*",
};

/** The keys of an interface that has a lease, without its place. */
export const BOUND: Readonly<Record<string, string>> = {
  "/mac": "02:00:00:00:00:01",
  "/link": "up",
  "/state": "BOUND",
  "/ip": "192.0.2.7/24",
  "/origin": "dhcp",
  "/broadcast": "192.0.2.255",
  "/gateway": "192.0.2.1",
  "/route/001": "10.0.0.0/8 192.0.2.1",
  "/route/002": "198.51.100.0/24 0.0.0.0",
  "/mtu": "1500",
  "/domain": "example.org",
  "/search": "example.org corp.example.org",
  "/nameserver/001": "192.0.2.2",
  "/nameserver/002": "192.0.2.3",
  "/ntp/001": "192.0.2.4",
  "/lease/server": "192.0.2.1",
  "/lease/time": "3600",
  "/lease/t1": "1800",
  "/lease/t2": "3150",
  "/sandbox/kind": "v8",
  "/sandbox/layers": "seccomp, landlock, namespaces, no capabilities, uid 65534",
  "/sandbox/verified": "Seccomp 2, CapEff 0, NoNewPrivs 1, uid 65534, own net and mount namespace",
  "/calf/pid": "815",
  "/calf/since": "2026-01-30T12:00:00.000Z",
  "/calf/restarts": "2",
  "/calf/last-end": "killed by SIGSYS",
  "/applied/ip": "192.0.2.7/24",
  "/applied/health": "ok",
  "/error/001": "calf ended: killed by SIGSYS, started again after 250 ms",
  "/timer/renew": "1683",
  "/timer/rebind": "3033",
  "/timer/expire": "3483",
  "/packets/received": "214",
  "/packets/sent": "96",
  "/packets/dropped/vlan": "2",
  "/packets/dropped/size": "0",
  "/packets/dropped/calf-rate": "1",
  "/requests/ok": "57",
  "/requests/denied": "1",
  "/requests/value": "0",
};

/** The keys of an interface that looks for a server. */
export const SELECTING: Readonly<Record<string, string>> = {
  "/mac": "02:00:00:00:00:02",
  "/link": "down",
  "/state": "INIT",
  "/sandbox/kind": "v8",
  "/sandbox/layers": "seccomp",
  "/calf/pid": "816",
  "/calf/since": "2026-01-31T11:59:00.000Z",
  "/calf/restarts": "0",
  "/packets/received": "0",
  "/packets/sent": "0",
  "/requests/ok": "2",
};

/** Keys at their place in the operator's tree. */
export function placed(
  name: string,
  keys: Readonly<Record<string, string>>,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(keys).map(([path, text]) => [`/interface/${name}${path}`, text]),
  );
}

/** Both interfaces and the daemon. */
export const TREE: Readonly<Record<string, string>> = {
  ...DAEMON,
  ...placed("eth0", BOUND),
  ...placed("eth1", SELECTING),
};
