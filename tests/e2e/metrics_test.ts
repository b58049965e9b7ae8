/**
 * The metrics of a real daemon: what they say, where they can be had and where not, and that nobody who
 * asks for them costs a lease.
 *
 * @module
 */

import assert from "node:assert/strict";
import { type Daemon, daemonCommand, withDaemon } from "../support/daemon.ts";
import { startDnsmasq } from "../support/dnsmasq.ts";
import { askHttp, readMetrics, sample } from "../support/metrics.ts";
import { type Network, withNetwork } from "../support/network.ts";
import { processStatus, signalProcess } from "../support/process.ts";
import { testWith } from "../support/requirements.ts";
import { waitUntil } from "../support/wait.ts";

/** A port of the client's namespace, where nobody else is. */
const ADDRESS = "127.0.0.1:9967";

function metricsSocket({ directory }: Network): string {
  return `${directory}/run/:metrics`;
}

function exists(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch {
    return false;
  }
}

/** Runs `body` with a daemon that has a lease and serves metrics. */
async function withLease(
  body: (daemon: Daemon, network: Network, path: string) => Promise<void>,
  ...args: string[]
): Promise<void> {
  await withNetwork(async (network) => {
    await startDnsmasq(network);
    await withDaemon(network, async (daemon) => {
      await daemon.waitForLease();
      const path = metricsSocket(network);
      await waitUntil("the socket", () => exists(path));
      await body(daemon, network, path);
    }, ...args);
  });
}

/** Waits until a series has this value, and gives all metrics as they are then. */
async function waitForSample(path: string, series: string, value: number): Promise<string> {
  let metrics = "";
  await waitUntil(`${series} ${value}`, async () => {
    metrics = await readMetrics(path);
    // What a calf has not told yet has no series.
    return metrics.includes(`\n${series} `) && sample(metrics, series) === value;
  }, { intervalMs: 200, explain: () => metrics });
  return metrics;
}

/** The addresses of TCP sockets that listen in the namespace of a process, as /proc writes them. */
function listening(pid: number): string[] {
  return ["tcp", "tcp6"].flatMap((name) => {
    const lines = Deno.readTextFileSync(`/proc/${pid}/net/${name}`).trim().split("\n").slice(1);
    const fields = lines.map((line) => line.trim().split(/\s+/));
    const TCP_LISTEN = "0A"; // net/tcp_states.h
    return fields.filter(([, , , state]) => state === TCP_LISTEN).map(([, local]) => local);
  });
}

testWith(["netns", "executable", "dnsmasq"], "the metrics say what is so", async (t) => {
  await withLease(async (daemon, network, path) => {
    const eth0 = (name: string, labels = "") =>
      `mirage_dhcp_${name}{interface="eth0"${labels === "" ? "" : `,${labels}`}}`;
    const daemonPid = daemon.process.pid;

    await t.step("of the lease", async () => {
      const metrics = await waitForSample(path, eth0("client_state", 'state="BOUND"'), 1);
      const value = (series: string) => sample(metrics, series);
      const states = metrics.split("\n").filter((line) =>
        line.startsWith("mirage_dhcp_client_state{") && !line.endsWith(" 0")
      );
      assert.equal(states.length, 1);
      assert.equal(value(eth0("link_up")), 1);
      assert.equal(value(eth0("lease_bound")), 1);
      assert.equal(value(eth0("applied_address")), 1);
      assert.equal(value(eth0("applied_healthy")), 1);
      assert.equal(value(eth0("lease_duration_seconds")), 3600);
      const remaining = value(eth0("lease_remaining_seconds"));
      assert.ok(remaining > 3540 && remaining <= 3600, `${remaining} s remain`);
      assert.ok(value(eth0("lease_t1_remaining_seconds")) < remaining);
    });

    await t.step("of packets, requests and handlers", async () => {
      const metrics = await readMetrics(path);
      const value = (series: string) => sample(metrics, series);
      assert.ok(value(eth0("packets_sent_total")) >= 2);
      assert.ok(value(eth0("packets_received_total")) >= 2);
      assert.ok(value(eth0("requests_total", 'result="ok"')) >= 3);
      for (const handler of ["address", "route", "mtu", "resolv_conf", "files", "audit"]) {
        assert.ok(value(`mirage_dhcp_handler_duration_seconds_count{handler="${handler}"}`) > 0);
        assert.equal(value(`mirage_dhcp_handler_errors_total{handler="${handler}"}`), 0);
      }
      assert.ok(value("mirage_dhcp_loop_turn_duration_seconds_count") > 0);
    });

    await t.step("of the daemon and its audit log", async () => {
      const metrics = await readMetrics(path);
      const value = (series: string) => sample(metrics, series);
      assert.equal(value("mirage_dhcp_interfaces"), 1);
      assert.equal(value("mirage_dhcp_audit_healthy"), 1);
      assert.equal(value("mirage_dhcp_audit_lost_total"), 0);
      assert.ok(value("mirage_dhcp_audit_lines_total") > 10);
      const version = Deno.readTextFileSync(new URL("../../deno.json", import.meta.url));
      const build = `mirage_dhcp_build_info{version="${JSON.parse(version).version}"}`;
      assert.equal(value(build), 1);
    });

    await t.step("of the processes, as /proc does", async () => {
      const metrics = await readMetrics(path);
      const value = (series: string) => sample(metrics, series);
      const resident = (pid: number) => 1024 * parseInt(processStatus(pid)!.get("VmRSS")!);
      const isNear = (actual: number, expected: number) => {
        assert.ok(actual > expected / 2 && actual < expected * 2, `${actual}, not ${expected}`);
      };
      isNear(value("mirage_dhcp_process_resident_memory_bytes"), resident(daemonPid));
      isNear(value(eth0("calf_resident_memory_bytes")), resident(await daemon.calf()));
      const age = Date.now() / 1000 - value("mirage_dhcp_process_start_time_seconds");
      assert.ok(age > 0 && age < 600, `started ${age} s ago`);
      assert.ok(value("mirage_dhcp_process_cpu_seconds_total") > 0);
      isNear(
        value("mirage_dhcp_process_open_fds"),
        [...Deno.readDirSync(`/proc/${daemonPid}/fd`)].length,
      );
    });

    await t.step("of the sandbox, as the calf says and as the daemon has seen", async () => {
      const seccomp = eth0("sandbox_layer_verified", 'layer="seccomp"');
      const metrics = await waitForSample(path, seccomp, 1);
      const layers = metrics.split("\n").filter((line) =>
        line.startsWith("mirage_dhcp_sandbox_layer{")
      );
      // The calf of this daemon's log has those that it has said it has.
      const said = await daemon.process.waitForLine(/ confinement: /);
      const missing = [...said.matchAll(/([a-z-]+) no\b/g)].map(([, layer]) => layer);
      const absent = layers.filter((line) => line.endsWith(" 0"));
      assert.equal(absent.length, missing.length, `${said}\n${absent.join("\n")}`);
      const held = [...said.matchAll(/([a-z-]+) yes\b/g)].length;
      assert.equal(layers.length - absent.length, held);
    });

    await t.step("of a calf that was killed", async () => {
      signalProcess(await daemon.calf(), "SIGKILL");
      const metrics = await waitForSample(path, eth0("calf_restarts_total"), 1);
      assert.equal(sample(metrics, eth0("lease_bound")), 1);
    });

    await t.step("at a socket for root, which is gone in the end", async () => {
      const { mode, uid, gid } = await Deno.stat(path);
      assert.equal((mode ?? 0) & 0o777, 0o660);
      assert.deepEqual([uid, gid], [Deno.uid(), Deno.gid()]);
      assert.deepEqual(listening(daemonPid), [], "and nowhere else");
      assert.equal(await daemon.stop(), 0);
      const left = [...Deno.readDirSync(`${network.directory}/run`)].map(({ name }) => name);
      assert.deepEqual(left.filter((name) => /^:(?:control|metrics)$/.test(name)), []);
    });
  });
});

testWith(
  ["netns", "executable", "dnsmasq", "promtool"],
  "promtool finds nothing wrong with them",
  async () => {
    await withLease(async (_, network, path) => {
      const layer = 'mirage_dhcp_sandbox_layer{interface="eth0",layer="seccomp"}';
      const metrics = await waitForSample(path, layer, 1);
      const file = `${network.directory}/metrics.txt`;
      Deno.writeTextFileSync(file, metrics);
      const { code, stdout, stderr } = await network.client.output(
        ["sh", "-c", `exec promtool check metrics <"$1"`, "sh", file],
      );
      assert.deepEqual([code, stdout, stderr], [0, "", ""]);
    });
  },
);

testWith(
  ["netns", "executable", "dnsmasq"],
  "who asks wrongly or never ends costs nothing",
  async (t) => {
    await withLease(async (daemon, _, path) => {
      await t.step("other requests are answered for what they are", async () => {
        const status = async (request: string) => (await askHttp(path, request)).status;
        assert.match(await status("GET / HTTP/1.1\r\nHost: x\r\n\r\n"), /^HTTP\/1\.1 404 /);
        assert.match(await status("POST /metrics HTTP/1.1\r\nHost: x\r\n\r\n"), /^HTTP\/1\.1 405 /);
        assert.match(await status("\0\r\n\r\n"), /^HTTP\/1\.1 400 /);
        assert.match(await status("x".repeat(4096)), /^HTTP\/1\.1 431 /);
        const head = await askHttp(path, "HEAD /metrics HTTP/1.1\r\nHost: x\r\n\r\n");
        assert.deepEqual([head.status, head.body], ["HTTP/1.1 200 OK", ""]);
      });

      await t.step("a renewal takes place while slow clients hold all connections", async () => {
        const slow: Deno.UnixConn[] = [];
        try {
          for (let n = 0; n < 12; n++) {
            const connection = await Deno.connect({ transport: "unix", path });
            slow.push(connection);
            // Half a request, or a whole one whose answer nobody reads.
            const request = n % 2 === 0 ? "GET /metr" : "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n";
            await connection.write(new TextEncoder().encode(request));
          }
          daemon.process.kill("SIGUSR1");
          await daemon.process.waitForLine(/renewed 192\.0\.2\.7/, 3_000);
          // They are cut off after a while, and whoever waits is served.
          await readMetrics(path);
        } finally {
          slow.forEach((connection) => connection.close());
        }
        daemon.assertRunning();
      });
    });
  },
);

testWith(["netns", "executable", "dnsmasq"], "the operator decides where they are", async (t) => {
  await withNetwork(async (network) => {
    await startDnsmasq(network);
    const path = metricsSocket(network);
    const file = `${network.directory}/mirage.prom`;

    await t.step("at a TCP address, and in a file that is gone in the end", async () => {
      await withDaemon(network, async (daemon) => {
        await daemon.waitForLease();
        await waitUntil("the file", () => exists(file));
        const text = Deno.readTextFileSync(file);
        assert.equal(sample(text, 'mirage_dhcp_lease_bound{interface="eth0"}'), 1);
        assert.equal((await Deno.stat(file)).mode! & 0o777, 0o644);
        const program = `console.log(await (await fetch("http://${ADDRESS}/metrics")).text())`;
        const fetched = await network.client.run(Deno.execPath(), "eval", program);
        assert.equal(sample(fetched, 'mirage_dhcp_lease_bound{interface="eth0"}'), 1);
        assert.deepEqual(listening(daemon.process.pid), ["0100007F:26EF"]);
        assert.equal(sample(await readMetrics(path), "mirage_dhcp_interfaces"), 1);
        assert.equal(await daemon.stop(), 0);
        assert.equal(exists(file), false);
        assert.equal(exists(path), false);
      }, ...[`--metrics=${ADDRESS}`, `--metrics-textfile=${file}`]);
    });

    await t.step("nowhere", async () => {
      await withDaemon(network, async (daemon) => {
        await daemon.waitForLease();
        // It would have been there by then.
        await waitUntil("the other socket", () => exists(`${network.directory}/run/:control`));
        assert.equal(exists(path), false);
        assert.deepEqual(listening(daemon.process.pid), []);
        assert.equal(await daemon.stop(), 0);
      }, "--metrics=none");
    });

    await t.step("at a socket of each daemon that shares the run directory", async () => {
      await withDaemon(network, async (daemon) => {
        await daemon.waitForLease();
        await network.client.run(
          ...["ip", "link", "add", "eth1", "type", "veth", "peer", "name", "eth2"],
        );
        const second = network.client.start([...daemonCommand(network).slice(0, -1), "eth1"]);
        await waitUntil("a second socket", () => exists(`${path}.2`), {
          explain: () => second.log,
        });
        const [one, two] = [await readMetrics(path), await readMetrics(`${path}.2`)];
        assert.equal(sample(one, 'mirage_dhcp_lease_bound{interface="eth0"}'), 1);
        assert.equal(sample(two, 'mirage_dhcp_lease_bound{interface="eth1"}'), 0);
        assert.doesNotMatch(two, /"eth0"/);
        assert.equal(await second.stop(), 0);
        assert.deepEqual([exists(path), exists(`${path}.2`)], [true, false]);
      });
    });
  });
});
