import assert from "node:assert/strict";
import { start, withDirectory } from "./testing/command.ts";
import { FakeDaemon } from "./testing/fake_daemon.ts";
import { BOUND, placed, TREE } from "./testing/keys_fixture.ts";
import { LineReader, until } from "./testing/line_reader.ts";

interface Watching {
  readonly daemon: FakeDaemon;
  readonly child: Deno.ChildProcess;
  readonly lines: LineReader;
  readonly directory: string;
}

/** Runs `watch`, and `body` once it has subscribed. */
async function watching(
  args: readonly string[],
  body: (context: Watching) => Promise<void>,
): Promise<void> {
  await withDirectory(async (directory) => {
    using daemon = new FakeDaemon(`${directory}/:control`, TREE);
    const child = start(["watch", `--run-dir=${directory}`, ...args]);
    const lines = new LineReader(child.stdout);
    try {
      await until(() => daemon.requests.some(({ operation }) => operation === "read"));
      await body({ daemon, child, lines, directory });
    } finally {
      try {
        child.kill("SIGKILL");
      } catch {
        // It has ended.
      }
      await child.stderr.cancel().catch(() => {});
      await child.status;
      await lines.rest().catch(() => {});
    }
  });
}

/** A line without its time, which must be one. */
function told(line: string | null): string {
  const match = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z (.*)$/.exec(line ?? "");
  assert.ok(match !== null, String(line));
  return match[1];
}

Deno.test("watch prints a line for each change, and none for what has not changed", async () => {
  await watching([], async ({ daemon, lines }) => {
    daemon.commit({
      "/interface/eth0/ip": "192.0.2.8/24",
      "/interface/eth0/gateway": "192.0.2.1", // as it was
      "/interface/eth0/packets/sent": "97", // measured
      "/interface/eth0/wpad": null, // was not set
      "/interface/eth0/ntp/001": null,
      "/daemon/config/error": "line 1: $(reboot)",
      "/interface/eth0/message": "a\x1b[2J", // no value at all
    });
    daemon.commit({ "/interface/eth9/state": "INIT" });
    const expected = [
      "eth0/ip 192.0.2.8/24",
      "eth0/ntp/001 (deleted)",
      "/daemon/config/error line 1: $(reboot)",
      "eth9/state INIT",
    ];
    for (const line of expected) assert.equal(told(await lines.next()), line);
  });
});

Deno.test("watch --json --all --initial tells everything, of one prefix only", async () => {
  await watching(["--json", "--all", "--initial", "eth0/lease"], async ({ daemon, lines }) => {
    const values: [string, string | null][] = [];
    const take = async (count: number) => {
      for (let i = 0; i < count; i++) {
        const { time, interface: name, key, value } = JSON.parse(await lines.next() ?? "");
        assert.ok(!Number.isNaN(Date.parse(time)));
        assert.equal(name, "eth0");
        values.push([key, value]);
      }
    };
    await take(4);
    daemon.commit({ "/interface/eth0/ip": "192.0.2.8/24", "/daemon/pid": "1" });
    daemon.commit({ "/interface/eth0/lease/time": "3600", "/interface/eth0/lease/t1": null });
    await take(2);
    assert.deepEqual(values, [
      ["/lease/server", "192.0.2.1"],
      ["/lease/time", "3600"],
      ["/lease/t1", "1800"],
      ["/lease/t2", "3150"],
      ["/lease/time", "3600"],
      ["/lease/t1", null],
    ]);
  });
});

Deno.test("watch exits with 75 when the last daemon has ended", async () => {
  await withDirectory(async (directory) => {
    const first = new FakeDaemon(`${directory}/:control`, TREE);
    const second = new FakeDaemon(`${directory}/:control.2`, placed("eth2", BOUND));
    second.keys.set("/daemon/version", "0.1.0");
    const child = start(["watch", `--run-dir=${directory}`]);
    const lines = new LineReader(child.stdout);
    const errors = new LineReader(child.stderr);
    await until(() => first.requests.length > 1 && second.requests.length > 1);
    first[Symbol.dispose]();
    assert.match(await errors.next() ?? "", /:control: it has closed the connection$/);
    second.commit({ "/interface/eth2/state": "RENEWING" });
    assert.equal(told(await lines.next()), "eth2/state RENEWING");
    second[Symbol.dispose]();
    assert.match(await errors.next() ?? "", /:control\.2: it has closed the connection$/);
    assert.equal((await child.status).code, 75);
    assert.equal(await lines.next(), null);
    assert.equal(await errors.next(), null);
  });
});

Deno.test("watch ends with 0 when nobody reads it any more", async () => {
  await withDirectory(async (directory) => {
    using daemon = new FakeDaemon(`${directory}/:control`, TREE);
    const child = start(["watch", `--run-dir=${directory}`]);
    await until(() => daemon.requests.length > 1);
    await child.stdout.cancel();
    let ended = false;
    const status = child.status.finally(() => ended = true);
    for (let n = 2; !ended; n++) {
      daemon.commit({ "/interface/eth0/mtu": String(1000 + n % 500) });
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    assert.equal((await status).code, 0);
    assert.deepEqual(await new LineReader(child.stderr).rest(), []);
  });
});
