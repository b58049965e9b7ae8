import assert from "node:assert/strict";
import { closeFd, readFd, writeFd } from "../../ffi/fd.ts";
import { localPort } from "../../ffi/tcp_socket.ts";
import { connectUnix, SocketType } from "../../ffi/unix_socket.ts";
import type { MetricsOptions } from "../service_options.ts";
import { PollingLoop } from "../testing/polling_loop.ts";
import { exampleInput } from "./input_fixture.ts";
import { MetricsService } from "./service.ts";
import { FIRST_MS } from "./textfile.ts";

const NOTHING: MetricsOptions = { socket: false, address: null, textfile: null };

interface Stage {
  readonly loop: PollingLoop;
  readonly runDir: string;
  readonly warnings: string[];
  readonly make: (options: Partial<MetricsOptions>) => MetricsService;
}

async function onStage(body: (stage: Stage) => void | Promise<void>): Promise<void> {
  const runDir = Deno.makeTempDirSync();
  const loop = new PollingLoop();
  const warnings: string[] = [];
  const warn = (text: string) => void warnings.push(text);
  const make = (options: Partial<MetricsOptions>) => {
    const context = { loop, runDir, gid: null, input: exampleInput, warn };
    return new MetricsService({ ...context, options: { ...NOTHING, ...options } });
  };
  try {
    await body({ loop, runDir, warnings, make });
    assert.equal(loop.watched, 0);
    assert.equal(loop.waiting, 0);
  } finally {
    Deno.removeSync(runDir, { recursive: true });
  }
}

function scrape(loop: PollingLoop, path: string): string {
  const fd = connectUnix(path, SocketType.STREAM, { nonblocking: true });
  const request = new TextEncoder().encode("GET /metrics HTTP/1.0\r\n\r\n");
  writeFd(fd, request, request.length);
  loop.settle();
  const buffer = new Uint8Array(1 << 20);
  const length = readFd(fd, buffer);
  closeFd(fd);
  loop.settle();
  return new TextDecoder().decode(buffer.subarray(0, Math.max(0, length)));
}

Deno.test("MetricsService serves at a socket for root and a group, and removes it in the end", () =>
  onStage(({ loop, runDir, make, warnings }) => {
    const service = make({ socket: true });
    service.start();
    assert.equal(service.socketPath, `${runDir}/:metrics`);
    assert.equal(Deno.statSync(`${runDir}/:metrics`).mode! & 0o777, 0o660);
    assert.match(
      scrape(loop, `${runDir}/:metrics`),
      /\nmirage_dhcp_lease_bound{interface="eth0"} 1/,
    );
    const second = make({ socket: true });
    second.start();
    assert.equal(second.socketPath, `${runDir}/:metrics.2`);
    second.stop();
    service.stop();
    assert.deepEqual([...Deno.readDirSync(runDir)].map(({ name }) => name), [":metrics:lock"]);
    assert.deepEqual(warnings, []);
  }));

Deno.test("MetricsService serves at an address only when asked", () =>
  onStage(async ({ loop, make, warnings }) => {
    const service = make({ address: { address: "127.0.0.1", port: 0 } });
    assert.equal(service.tcpFd, null);
    service.start();
    assert.equal(service.socketPath, null);
    const port = localPort(service.tcpFd!);
    const client = await Deno.connect({ hostname: "127.0.0.1", port });
    await client.write(new TextEncoder().encode("GET /metrics HTTP/1.0\r\n\r\n"));
    loop.settle();
    const buffer = new Uint8Array(64);
    await client.read(buffer);
    assert.match(new TextDecoder().decode(buffer), /^HTTP\/1\.1 200 OK\r\n/);
    client.close();
    service.stop();
    await assert.rejects(Deno.connect({ hostname: "127.0.0.1", port }));
    assert.deepEqual(warnings, []);
  }));

Deno.test("MetricsService keeps a file for node_exporter", () =>
  onStage(({ loop, runDir, make, warnings }) => {
    const textfile = `${runDir}/dhcp.prom`;
    const service = make({ textfile });
    service.start();
    loop.advance(FIRST_MS);
    assert.match(Deno.readTextFileSync(textfile), /^# HELP mirage_dhcp_/);
    service.stop();
    assert.deepEqual([...Deno.readDirSync(runDir)], []);
    assert.deepEqual(warnings, []);
  }));

Deno.test("MetricsService does what it can when something cannot be had", () =>
  onStage(({ loop, runDir, make, warnings }) => {
    Deno.mkdirSync(`${runDir}/:metrics`);
    const blocked = make({ address: { address: "127.0.0.1", port: 0 } });
    blocked.start();
    const port = localPort(blocked.tcpFd!);
    const service = make({
      socket: true,
      address: { address: "127.0.0.1", port },
      textfile: `${runDir}/dhcp.prom`,
    });
    service.start();
    loop.advance(FIRST_MS);
    assert.deepEqual(warnings, [
      `Cannot serve metrics: Cannot listen at ${runDir}/:metrics: something is there that is no socket`,
      `Cannot serve metrics at 127.0.0.1 port ${port}: Cannot bind: EADDRINUSE (98)`,
    ]);
    assert.ok(Deno.statSync(`${runDir}/dhcp.prom`).size > 0);
    [service, blocked].forEach((each) => each.stop());
  }));

Deno.test("MetricsService does nothing when nothing is wanted, and stops twice without harm", () =>
  onStage(({ loop, runDir, make }) => {
    const service = make({});
    service.start();
    assert.equal(loop.watched + loop.waiting, 0);
    service.stop();
    service.stop();
    assert.deepEqual([...Deno.readDirSync(runDir)], []);
  }));
