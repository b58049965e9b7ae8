import assert from "node:assert/strict";
import { KvStore } from "./kv/store.ts";
import { type DhcpOptions, parseCommandLine } from "./options.ts";
import { type HostIdentity, settings } from "./settings.ts";

const MAC = "02:00:5e:10:00:01";
const DUID = "0004" + "ab".repeat(16);

function dhcp(...argv: string[]): DhcpOptions {
  const command = parseCommandLine([...argv, "eth0"]);
  assert.equal(command.kind, "run");
  return (command as { options: { dhcp: DhcpOptions } }).options.dhcp;
}

function host(name = "box.example.org", duid: string | null = DUID): HostIdentity {
  return { name: () => name, duid: () => duid };
}

/** What a calf would read. */
function told(argv: readonly string[], who = host()): Record<string, string> {
  const writes = settings(dhcp(...argv), MAC, who);
  assert.equal(new KvStore().commit("priv", writes), null, "the store takes all of it");
  return Object.fromEntries(writes.map(({ path, text }) => [path, text!]));
}

const ID = { "/config/client-id": "0102005e100001" };
const NAME = { "/config/hostname": "box.example.org" };

Deno.test("settings() say only who the host is when the command line says nothing", () => {
  assert.deepEqual(told([]), { ...ID, ...NAME });
});

Deno.test("settings() have every decision that is not the default", () => {
  assert.deepEqual(
    told([
      ...["--acd=off", "--client-id=none", "--hostname=other", "--fqdn=ptr", "--broadcast"],
      ...["--vendor-class=v", "--user-class=u", "--no-rapid-commit", "--no-classless-routes"],
      ...["--ipv6-only", "--lease-time=infinite", "--fallback=static", "--fallback-after=4"],
      "--static=192.0.2.9/24,192.0.2.1,192.0.2.53,192.0.2.54",
    ]),
    {
      "/config/acd": "off",
      "/config/hostname": "other",
      "/config/fqdn": "ptr",
      "/config/vendor-class": "v",
      "/config/user-class": "u",
      "/config/rapid-commit": "off",
      "/config/broadcast": "on",
      "/config/classless-routes": "off",
      "/config/ipv6-only": "on",
      "/config/lease-time": "infinite",
      "/config/fallback": "static",
      "/config/fallback-after": "4",
      "/config/static/ip": "192.0.2.9/24",
      "/config/static/gateway": "192.0.2.1",
      "/config/static/nameserver/001": "192.0.2.53",
      "/config/static/nameserver/002": "192.0.2.54",
    },
  );
  assert.deepEqual(told(["--inform=192.0.2.9/24"])["/config/inform"], "192.0.2.9/24");
});

Deno.test("settings() of an anonymous host tell its hardware address and nothing else", () => {
  assert.deepEqual(told(["--anonymity"]), {
    ...ID,
    "/config/rapid-commit": "off",
    "/config/anonymity": "on",
  });
  const revealing = dhcp("--client-id=duid", "--fqdn=both", "--vendor-class=v", "--user-class=u");
  assert.deepEqual(
    settings({ ...revealing, anonymity: true }, MAC, host()),
    settings(dhcp("--anonymity"), MAC, host()),
  );
});

Deno.test("settings() make a client identifier of IAID and DUID (RFC 4361 §6.1)", () => {
  assert.equal(told(["--client-id=duid"])["/config/client-id"], `ff5e100001${DUID}`);
});

Deno.test("settings() make one of the DUID and the IAID that are named when they are", () => {
  const named = dhcp("--client-id=duid:000411");
  const idOf = (options: DhcpOptions) =>
    settings(options, MAC, host()).find(({ path }) => path === "/config/client-id")?.text;
  assert.equal(idOf(named), "ff5e100001000411");
  assert.equal(idOf({ ...named, iaid: 0x1a }), "ff0000001a000411");
  assert.equal(idOf({ ...dhcp("--client-id=duid"), iaid: 0xffffffff }), `ffffffffff${DUID}`);
});

Deno.test("settings() send the first label of a name when it is to be short", () => {
  const sent = (options: DhcpOptions) =>
    settings({ ...options, hostNameShort: true }, MAC, host())
      .find(({ path }) => path === "/config/hostname")?.text;
  assert.equal(sent(dhcp()), "box");
  assert.equal(sent(dhcp("--hostname=a.b.c")), "a");
  assert.equal(sent(dhcp("--hostname=none")), undefined);
});

Deno.test("settings() fall back on the hardware address when there can be no DUID", () => {
  const { "/config/client-id": id } = told(["--client-id=duid"], host("box", null));
  assert.equal(id, ID["/config/client-id"]);
});

for (const name of ["", "(none)", "localhost", "localhost.localdomain", "my box", "-", "1.2.3.4"]) {
  Deno.test(`settings() send no host name when the host's is ${JSON.stringify(name)}`, () => {
    assert.deepEqual(told(["--fqdn=both"], host(name)), ID);
  });
}
