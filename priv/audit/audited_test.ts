import assert from "node:assert/strict";
import { hostDuid } from "../duid.ts";
import { HostNameHandler } from "../handlers/host_name.ts";
import { LoanRecord } from "../handlers/loan_record.ts";
import { ResolvConf } from "../handlers/resolv_conf.ts";
import { Journal, OWNED_NOTHING } from "../journal.ts";
import { LeaseFile } from "../lease_file.ts";
import { Ipv4Cidr } from "../../schema/values.ts";
import { AuditList } from "../testing/audit_list.ts";
import { leaseOf } from "../testing/fake_kernel.ts";
import { audited, auditedRemove } from "./audited.ts";
import { EarlyAudit } from "./early_audit.ts";

const FIRST = { rank: 0, metric: 1002 };

/** A directory, and what is recorded of it, with `DIR` for its path. */
class World implements Disposable {
  readonly directory = Deno.makeTempDirSync();
  readonly audit = new AuditList();

  texts(): string[] {
    return this.audit.texts().map((text) => text.replaceAll(this.directory, "DIR"));
  }

  [Symbol.dispose](): void {
    Deno.removeSync(this.directory, { recursive: true });
  }
}

Deno.test("audited() records how a step ended, and gives what it gives", () => {
  const audit = new AuditList();
  const action = { action: "process-start", interface: "eth0" } as const;
  assert.equal(audited(audit, action, () => 7, (pid) => `pid ${pid}`), 7);
  assert.throws(() =>
    audited(audit, action, () => {
      throw new Error("Cannot fork: EAGAIN (11)");
    }), /EAGAIN/);
  assert.deepEqual(audit.texts(), [
    "eth0 | process-start | ok | pid 7",
    "eth0 | process-start | failed | Cannot fork: EAGAIN (11)",
  ]);
});

Deno.test("auditedRemove() records the removal of a file, and nothing where there is none", () => {
  using world = new World();
  Deno.writeTextFileSync(`${world.directory}/file`, "");
  auditedRemove(world.audit, `${world.directory}/file`);
  auditedRemove(world.audit, `${world.directory}/file`);
  assert.deepEqual(world.texts(), ["file-remove | DIR/file | ok"]);
  Deno.mkdirSync(`${world.directory}/full/of`, { recursive: true });
  assert.throws(() => auditedRemove(world.audit, `${world.directory}/full`));
  assert.match(world.texts()[0], /^file-remove \| DIR\/full \| failed \| /);
});

Deno.test("resolv.conf is recorded when it is written and given back, and the record of its loan", () => {
  using world = new World();
  const path = `${world.directory}/resolv.conf`;
  Deno.writeTextFileSync(path, "nameserver 203.0.113.1\n");
  const record = new LoanRecord([`${world.directory}/saved`], () => {}, world.audit);
  const resolvConf = new ResolvConf(path, record, world.audit);
  const lease = leaseOf("192.0.2.7/24", { nameservers: ["192.0.2.1"] });
  resolvConf.apply("eth0", lease, FIRST);
  const text = Deno.readTextFileSync(path);
  const size = Deno.statSync(`${world.directory}/saved`).size;
  assert.deepEqual(world.texts(), [
    `file-write | DIR/saved | ok | ${size} bytes`,
    `file-write | DIR/resolv.conf | nameserver 203.0.113.1\n | ${text} | ok`,
  ]);
  resolvConf.apply("eth0", lease, FIRST);
  assert.deepEqual(world.texts(), []);
  resolvConf.apply("eth0", null, FIRST);
  assert.deepEqual(world.texts(), [
    `file-restore | DIR/resolv.conf | ${text} | nameserver 203.0.113.1\n | ok`,
    "file-remove | DIR/saved | ok",
  ]);
});

Deno.test("the host's name is recorded when it is set, given back, and refused", () => {
  using world = new World();
  let name = "localhost";
  let allowed = true;
  const handler = new HostNameHandler({
    mode: "auto",
    record: `${world.directory}/name`,
    kernel: {
      get: () => name,
      set: (wanted) => {
        if (!allowed) throw new Error("Cannot sethostname: EPERM (1)");
        name = wanted;
      },
    },
    info: () => {},
    warn: () => {},
    audit: world.audit,
  });
  handler.apply("eth0", leaseOf("192.0.2.7/24", { hostName: "alpha" }), FIRST);
  handler.apply("eth0", leaseOf("192.0.2.7/24", { hostName: "beta" }), FIRST);
  assert.deepEqual(world.texts().filter((text) => text.startsWith("host")), [
    "host-name-set | localhost | alpha | ok",
    "host-name-set | alpha | beta | ok",
  ]);
  handler.apply("eth0", null, FIRST);
  assert.deepEqual(world.texts(), [
    "host-name-restore | beta | localhost | ok",
    "file-remove | DIR/name | ok",
  ]);
  allowed = false;
  handler.apply("eth0", leaseOf("192.0.2.7/24", { hostName: "alpha" }), FIRST);
  const refusal = "host-name-set | localhost | alpha | failed | Cannot sethostname: EPERM (1)";
  assert.ok(world.texts().includes(refusal));
});

Deno.test("journal, saved lease and DUID are recorded when they are written and removed", () => {
  using world = new World();
  const journal = new Journal(`${world.directory}/owned`, 7, world.audit);
  const mtu = { original: 1500, applied: 1400 };
  journal.save({ ...OWNED_NOTHING, mtu });
  journal.save({ ...OWNED_NOTHING, mtu });
  journal.save(OWNED_NOTHING);
  assert.deepEqual(world.texts().map((text) => text.replace(/[0-9]+ bytes/, "N bytes")), [
    "file-write | DIR/owned | ok | N bytes",
    "file-remove | DIR/owned | ok",
  ]);
  const file = new LeaseFile(`${world.directory}/lease`, () => 0, world.audit);
  const address = Ipv4Cidr.parse("192.0.2.7/24");
  assert.ok(address.ok);
  file.save("02:00:00:00:00:01", { address: address.value, server: null, secondsLeft: 60 });
  file.remove();
  hostDuid(`${world.directory}/duid`, () => {}, world.audit);
  hostDuid(`${world.directory}/duid`, () => {}, world.audit);
  assert.deepEqual(world.texts().map((text) => text.replace(/[0-9]+ bytes/, "N bytes")), [
    "file-write | DIR/lease | ok | N bytes",
    "file-remove | DIR/lease | ok",
    "file-write | DIR/duid | ok | N bytes",
  ]);
});

Deno.test("EarlyAudit keeps events in their order until there is a log, and no longer", () => {
  const early = new EarlyAudit();
  const audit = new AuditList();
  early.record({ actor: "priv", action: "process-start", result: "ok" });
  early.record({ actor: "priv", action: "filter-set", result: "ok" });
  early.handOver(audit);
  early.handOver(audit);
  assert.deepEqual(audit.texts(), ["process-start | ok", "filter-set | ok"]);
});
