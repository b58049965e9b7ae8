import assert from "node:assert/strict";
import { leaseOf } from "../testing/fake_kernel.ts";
import { LoanRecord } from "./loan_record.ts";
import { ResolvConf, resolvConfText } from "./resolv_conf.ts";

const OFFICE = leaseOf("192.0.2.7/24", {
  domain: "example.org",
  search: ["example.org", "lab.example.org"],
  nameservers: ["192.0.2.53", "192.0.2.54"],
});
const CLOUD = leaseOf("198.51.100.7/24", {
  domain: "example.net",
  search: ["example.net", "example.org"],
  nameservers: ["198.51.100.53", "192.0.2.53"],
});

Deno.test("resolvConfText() names domain, search list and name servers in the resolver's order", () => {
  assert.equal(
    resolvConfText(new Map([["eth0", OFFICE]])),
    "# Written by mirage-dhcp from the lease of eth0.\n" +
      "domain example.org\nsearch example.org lab.example.org\n" +
      "nameserver 192.0.2.53\nnameserver 192.0.2.54\n",
  );
});

Deno.test("resolvConfText() merges several leases, the preferred first, each name once", () => {
  assert.equal(
    resolvConfText(new Map([["eth1", CLOUD], ["eth0", OFFICE]])),
    "# Written by mirage-dhcp from the lease of eth1, eth0.\n" +
      "domain example.net\nsearch example.net example.org lab.example.org\n" +
      "nameserver 198.51.100.53\nnameserver 192.0.2.53\nnameserver 192.0.2.54\n",
  );
});

Deno.test("resolvConfText() is null when no lease says anything about names", () => {
  assert.equal(resolvConfText(new Map()), null);
  assert.equal(resolvConfText(new Map([["eth0", leaseOf("192.0.2.7/24")]])), null);
});

Deno.test("ResolvConf keeps the other interfaces' servers when one loses its lease", () => {
  const directory = Deno.makeTempDirSync();
  try {
    const path = `${directory}/resolv.conf`;
    Deno.writeTextFileSync(path, "original\n");
    const subject = new ResolvConf(path, new LoanRecord([`${directory}/saved`]));
    const first = { rank: 0, metric: 1007 };
    const second = { rank: 1, metric: 1002 };
    subject.apply("eth1", CLOUD, second);
    subject.apply("eth0", OFFICE, first);
    assert.match(Deno.readTextFileSync(path), /lease of eth0, eth1\.\ndomain example\.org\n/);
    assert.equal(subject.apply("eth0", null, first), "done");
    assert.match(Deno.readTextFileSync(path), /lease of eth1\.\ndomain example\.net\n/);
    assert.equal(subject.apply("eth1", null, second), "done");
    assert.equal(Deno.readTextFileSync(path), "original\n");
  } finally {
    Deno.removeSync(directory, { recursive: true });
  }
});
