import assert from "node:assert/strict";
import { NO_AUDIT } from "./audit/event.ts";
import { HostState } from "./host_state.ts";
import { parseCommandLine, type PrivOptions } from "./options.ts";
import { leaseOf } from "./testing/fake_kernel.ts";

function optionsOf(...argv: string[]): PrivOptions {
  const command = parseCommandLine(argv);
  assert.equal(command.kind, "run");
  return (command as { options: PrivOptions }).options;
}

const LEASE = leaseOf("192.0.2.7/24", { nameservers: ["192.0.2.53"] });
const PREFERENCE = { rank: 0, metric: 1000 };

Deno.test("HostState keeps what a file in the run directory held beside it, for each file", async () => {
  const directory = await Deno.makeTempDir();
  try {
    const runDir = `${directory}/run`;
    const stateDir = `${directory}/state`;
    for (const path of [runDir, stateDir]) await Deno.mkdir(path);
    const hostOf = (name: string) => {
      const file = `${runDir}/${name}:resolv.conf`;
      const options = optionsOf(
        ...[`--run-dir=${runDir}`, `--state-dir=${stateDir}`, `--resolv-conf=${file}`, name],
      );
      return { file, host: new HostState(options, NO_AUDIT), again: () => hostOf(name) };
    };
    const daemons = ["eth0", "eth1"].map(hostOf);
    for (const { file } of daemons) await Deno.writeTextFile(file, "# before\n");
    for (const { host } of daemons) host.resolvConf?.apply("eth0", LEASE, PREFERENCE);
    for (const { file } of daemons) {
      assert.match(await Deno.readTextFile(file), /nameserver 192\.0\.2\.53/);
    }
    assert.deepEqual([...Deno.readDirSync(stateDir)], []);
    // Both are killed, and have successors.
    for (const { file, again } of daemons) {
      again().host.resolvConf?.apply("eth0", null, PREFERENCE);
      assert.equal(await Deno.readTextFile(file), "# before\n");
    }
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});
