import assert from "node:assert/strict";
import fc from "fast-check";
import { optionsOf } from "./config/testing/config_text.ts";
import { ExitError } from "./exit_code.ts";
import { adaptLease, interfaceOptions } from "./interface_options.ts";
import type { Lease } from "./kv/lease.ts";

const LEASE = {
  origin: "dhcp",
  address: { address: "192.0.2.7", prefixLength: 24 },
  broadcast: null,
  gateway: "192.0.2.1",
  routes: ["r"],
  mtu: 1400,
  hostName: "given",
  domain: "given.org",
  search: ["given.org"],
  nameservers: ["192.0.2.53"],
  timeServers: ["192.0.2.123"],
  captivePortal: null,
  server: "192.0.2.1",
  leaseSeconds: 60,
  t1Seconds: null,
  t2Seconds: null,
} as unknown as Lease;

function adapted(text: string): Partial<Lease> {
  const lease = adaptLease(LEASE, interfaceOptions(optionsOf(text, "eth0"), "eth0"));
  const names = Object.keys(LEASE) as (keyof Lease)[];
  return Object.fromEntries(
    names.filter((name) => lease[name] !== LEASE[name]).map((name) => [name, lease[name]]),
  );
}

Deno.test("adaptLease() changes nothing when nothing is decided", () => {
  assert.deepEqual(adapted(""), {});
});

Deno.test("adaptLease() leaves out what is not to be obeyed", () => {
  assert.deepEqual(adapted("nooption interface_mtu"), { mtu: null });
  assert.deepEqual(adapted("nooption host_name ntp_servers"), { hostName: null, timeServers: [] });
  assert.deepEqual(adapted("nogateway"), { gateway: null });
  assert.deepEqual(adapted("no-classless-routes"), { routes: [] });
  assert.deepEqual(adapted("interface eth0\nnohook resolv.conf"), {
    nameservers: [],
    domain: null,
    search: [],
  });
});

Deno.test("adaptLease() puts the operator's values in the place of the server's", () => {
  assert.deepEqual(
    adapted(
      "static routers=192.0.2.2\nstatic domain_name_servers=192.0.2.54\nstatic domain_name=a.org\n" +
        "static domain_search=b.org\nstatic interface_mtu=1300\nstatic ntp_servers=192.0.2.5",
    ),
    {
      gateway: "192.0.2.2",
      nameservers: ["192.0.2.54"],
      domain: "a.org",
      search: ["b.org"],
      mtu: 1300,
      timeServers: ["192.0.2.5"],
    },
  );
  assert.deepEqual(adapted("nooption interface_mtu\nstatic interface_mtu=1300"), { mtu: 1300 });
  assert.deepEqual(adapted("nogateway\nstatic routers=192.0.2.2"), { gateway: null });
});

const PROFILE = "profile p\nstatic ip_address=192.0.2.5/24\n";

Deno.test("interfaceOptions() leaves out with a fallback the address that belongs to it", () => {
  const inform = "interface eth0\ninform 192.0.2.6/24\n";
  for (const fallback of ["fallback p\n", "interface eth*\n\ninterface eth0\nfallback p\n"]) {
    const { dhcp } = interfaceOptions(optionsOf(`${fallback}${inform}${PROFILE}`, "eth0"), "eth0");
    assert.deepEqual([dhcp.inform?.address, dhcp.fallback, dhcp.static], [
      "192.0.2.6",
      "none",
      null,
    ]);
  }
});

Deno.test("interfaceOptions() never throws for a file that can be used, whatever its blocks", () => {
  const directive = fc.constantFrom(
    ...["fallback p", "fallback none", "fallback ipv4ll", "fallback-after 5", "lease-time 60"],
    ...["inform 192.0.2.6/24", "hostname none", "hostname box", "fqdn both", "anonymity"],
    ...["anonymous off", "vendorclassid x", "static 192.0.2.7/24", "noarp"],
  );
  const directives = fc.array(directive, { maxLength: 4 }).map((lines) => lines.join("\n"));
  const option = fc.constantFrom(
    ...["--fallback=ipv4ll", "--inform=192.0.2.8/24", "--hostname=none", "--lease-time=60"],
    ...["--anonymity", "--fqdn=both"],
  );
  const texts = fc.array(directives, { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(texts, fc.array(option, { maxLength: 2 }), (blocks, argv) => {
      const text = `${blocks.join("\ninterface eth0\n")}\n${PROFILE}`;
      let options;
      try {
        options = optionsOf(text, ...argv, "eth0");
      } catch (error) {
        return assert.ok(error instanceof ExitError);
      }
      interfaceOptions(options, "eth0");
    }),
    { numRuns: 500 },
  );
});
