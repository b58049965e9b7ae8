import assert from "node:assert/strict";
import fc from "fast-check";
import { hookEnvironment, type HookEvent, LEASE_VARIABLES } from "./hook_variables.ts";

function event(more: Partial<HookEvent>): HookEvent {
  return {
    reason: "BOUND",
    interfaceName: "eth0",
    before: new Map(),
    after: new Map(),
    pid: "812",
    order: ["eth0", "eth1"],
    ...more,
  };
}

const LEASE = new Map(Object.entries({
  "/link": "up",
  "/state": "BOUND",
  "/ip": "192.0.2.7/26",
  "/gateway": "192.0.2.1",
  "/nameserver/001": "192.0.2.2",
  "/nameserver/002": "192.0.2.3",
  "/route/001": "10.0.0.0/8 192.0.2.1",
  "/domain": "example.org",
  "/search": "a.example b.example",
  "/hostname": "box",
  "/mtu": "1500",
  "/ntp/001": "192.0.2.4",
  "/lease/server": "192.0.2.1",
  "/lease/time": "infinite",
  "/lease/t1": "1800",
  "/lease/t2": "3150",
}));

Deno.test("hookEnvironment() gives dhcpcd's variables when there is a lease", () => {
  assert.deepEqual(hookEnvironment(event({ after: LEASE }), "1480", [["PATH", "/bin"]]), [
    "PATH=/bin",
    "reason=BOUND",
    "interface=eth0",
    "protocol=dhcp",
    "pid=812",
    "ifcarrier=up",
    "ifmtu=1480",
    "if_up=true",
    "if_down=false",
    "interface_order=eth0 eth1",
    "new_ip_address=192.0.2.7",
    "new_subnet_cidr=26",
    "new_subnet_mask=255.255.255.192",
    "new_network_number=192.0.2.0",
    "new_broadcast_address=192.0.2.63",
    "new_routers=192.0.2.1",
    "new_classless_static_routes=0.0.0.0/0 192.0.2.1 10.0.0.0/8 192.0.2.1",
    "new_domain_name_servers=192.0.2.2 192.0.2.3",
    "new_domain_name=example.org",
    "new_domain_search=a.example b.example",
    "new_host_name=box",
    "new_interface_mtu=1500",
    "new_ntp_servers=192.0.2.4",
    "new_dhcp_lease_time=4294967295",
    "new_dhcp_renewal_time=1800",
    "new_dhcp_rebinding_time=3150",
    "new_dhcp_server_identifier=192.0.2.1",
  ]);
});

function named(environment: readonly string[], prefix: string): string[] {
  return environment.filter((each) => each.startsWith(prefix));
}

Deno.test("hookEnvironment() has old_ for what was, new_ for what is", () => {
  const none = new Map([["/link", "up"], ["/state", "INIT"]]);
  const expired = hookEnvironment(
    event({ reason: "EXPIRE", before: LEASE, after: none }),
    null,
    [],
  );
  assert.deepEqual(named(expired, "new_"), []);
  assert.ok(named(expired, "old_").includes("old_ip_address=192.0.2.7"));
  assert.deepEqual(named(expired, "if_"), ["if_up=false", "if_down=true"]);
  const renewed = hookEnvironment(
    event({ reason: "RENEW", before: LEASE, after: LEASE }),
    null,
    [],
  );
  assert.equal(named(renewed, "new_").length, named(renewed, "old_").length);
});

Deno.test("hookEnvironment() says nothing of a lease when the event is about the link", () => {
  for (const reason of ["PREINIT", "CARRIER", "NOCARRIER"] as const) {
    const environment = hookEnvironment(event({ reason, before: LEASE, after: LEASE }), null, []);
    assert.deepEqual(named(environment, "new_"), []);
    assert.deepEqual(named(environment, "old_"), []);
    assert.ok(environment.includes("protocol=link"));
    assert.ok(environment.includes("if_up=false"));
    assert.ok(environment.includes(`if_down=${reason === "NOCARRIER"}`));
  }
});

Deno.test("hookEnvironment() masks are those of their prefix", () => {
  const maskOf = (prefix: number) =>
    named(
      hookEnvironment(event({ after: new Map([["/ip", `10.1.2.5/${prefix}`]]) }), null, []),
      "new_subnet_mask",
    );
  assert.deepEqual(maskOf(8), ["new_subnet_mask=255.0.0.0"]);
  assert.deepEqual(maskOf(20), ["new_subnet_mask=255.255.240.0"]);
  assert.deepEqual(maskOf(32), ["new_subnet_mask=255.255.255.255"]);
  assert.deepEqual(maskOf(1), ["new_subnet_mask=128.0.0.0"]);
});

Deno.test("hookEnvironment() leaves out what is not printable, and never adds a name", () => {
  const names = new Set([
    ...LEASE_VARIABLES.flatMap(({ name }) => [`old_${name}`, `new_${name}`]),
    ..."reason interface protocol pid ifcarrier ifmtu if_up if_down interface_order".split(" "),
  ]);
  fc.assert(fc.property(
    fc.dictionary(fc.constantFrom(...LEASE.keys(), "/lease/x", "/"), fc.string({ unit: "binary" })),
    fc.string({ unit: "binary" }),
    (keys, interfaceName) => {
      const store = new Map(Object.entries(keys));
      const before = new Map([...store, ["/ip", "192.0.2.7/24"]]);
      for (
        const entry of hookEnvironment(event({ before, after: store, interfaceName }), null, [])
      ) {
        const at = entry.indexOf("=");
        assert.ok(names.has(entry.slice(0, at)), entry);
        assert.match(entry.slice(at + 1), /^[\x20-\x7e]+$/);
      }
    },
  ));
});
