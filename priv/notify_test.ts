import assert from "node:assert/strict";
import { monotonicTimeUs } from "../ffi/time.ts";
import { DatagramReceiver } from "../tests/support/datagram_receiver.ts";
import { DatagramClient } from "./datagram_client.ts";
import { Notifier, watchdogTimeoutMs } from "./notify.ts";

interface World {
  readonly receiver: DatagramReceiver;
  readonly path: string;
  readonly warnings: string[];
  /** Delays of the timers that are set, and what they run. */
  readonly timers: { delayMs: number; run: () => void }[];
  make(variables?: Record<string, string>): Notifier;
}

function inWorld(body: (world: World) => void, path?: string): void {
  const directory = Deno.makeTempDirSync();
  const socket = path ?? `${directory}/notify`;
  const receiver = DatagramReceiver.unix(socket);
  const warnings: string[] = [];
  const timers: World["timers"] = [];
  try {
    body({
      ...{ receiver, path: socket, warnings, timers },
      make: (variables = { NOTIFY_SOCKET: socket }) =>
        new Notifier({
          env: (name) => variables[name],
          pid: 42,
          loop: {
            after: (delayMs, run) => {
              timers.push({ delayMs, run });
              return { cancel: () => assert.fail("no timer is given up") };
            },
          },
          warn: (text) => warnings.push(text),
        }),
    });
  } finally {
    receiver.close();
    Deno.removeSync(directory, { recursive: true });
  }
}

const ABSTRACT = `@mirage-dhcp-test-${crypto.randomUUID()}`;

for (const [kind, path] of [["a path", undefined], ["an abstract name", ABSTRACT]] as const) {
  Deno.test(`Notifier tells the states of a life, each once, at ${kind}`, () => {
    inWorld(({ receiver, make, warnings }) => {
      const notifier = make();
      notifier.status("waiting for a lease");
      notifier.status("waiting for a lease");
      notifier.reloading(); // the start is not over
      notifier.ready();
      notifier.ready();
      const before = monotonicTimeUs();
      notifier.reloading();
      notifier.reloading();
      notifier.ready();
      notifier.stopping();
      notifier.stopping();
      notifier.ready();
      const [, usec] = /^RELOADING=1\nMONOTONIC_USEC=(\d+)$/.exec(receiver.all[2])!;
      assert.ok(Number(usec) >= before && Number(usec) <= monotonicTimeUs());
      assert.deepEqual(receiver.all.filter((_, index) => index !== 2), [
        "STATUS=waiting for a lease",
        "READY=1",
        "READY=1",
        "STOPPING=1",
      ]);
      assert.deepEqual(warnings, []);
    }, path);
  });
}

Deno.test("Notifier keeps a status on one line, and short", () => {
  inWorld(({ receiver, make }) => {
    make().status("eth0 bound\nREADY=1\x1b");
    make().status("x".repeat(10_000));
    assert.deepEqual(receiver.all, [
      "STATUS=eth0 bound\\x0aREADY=1\\x1b",
      `STATUS=${"x".repeat(200)}`,
    ]);
  });
});

Deno.test("Notifier does nothing without a service manager", () => {
  inWorld(({ receiver, make, warnings, timers }) => {
    const variables: Record<string, string>[] = [{}, { NOTIFY_SOCKET: "" }];
    for (const socket of ["vsock:2:1234", "vsock-stream:2:1", "relative", "/", "@"]) {
      variables.push({ NOTIFY_SOCKET: socket });
    }
    for (const each of variables) {
      const notifier = make({ ...each, WATCHDOG_USEC: "1000000" });
      notifier.start();
      notifier.status("x");
      notifier.ready();
      notifier.stopping();
    }
    assert.deepEqual(receiver.all, []);
    assert.deepEqual(timers, []);
    assert.equal(warnings.length, 5, "one for each that cannot be used");
    assert.match(warnings[0], /^NOTIFY_SOCKET ignored, .*: vsock:2:1234$/);
  });
});

Deno.test("Notifier does not wait for room, and tells in order once there is some", () => {
  inWorld(({ receiver, path, make, timers, warnings }) => {
    const other = new DatagramClient(path);
    let filled = 0;
    while (other.send(Uint8Array.of(0x78)) === 0) filled++;
    const notifier = make();
    notifier.ready();
    notifier.status("bound");
    assert.equal(timers.length, 1);
    assert.equal(receiver.all.length, filled);
    timers[0].run();
    assert.deepEqual(receiver.all.slice(filled), ["READY=1", "STATUS=bound"]);
    assert.equal(timers.length, 1, "nothing more to send");
    assert.deepEqual(warnings, []);
    other.close();
  });
});

Deno.test("Notifier tells a manager that was away how things are now", () => {
  inWorld(({ receiver, path, make, timers }) => {
    receiver.close();
    const notifier = make();
    notifier.ready();
    for (let i = 0; i < 20; i++) notifier.status(`status ${i}`);
    assert.equal(timers.length, 1);
    using back = DatagramReceiver.unix(path);
    notifier.stopping(); // does not wait for the timer: the loop may be at its end
    const states = ["READY=1", "STATUS=status 19", "STOPPING=1"];
    assert.deepEqual(back.all, states);
    timers[0].run();
    assert.deepEqual(back.all, states);
  });
});

Deno.test("Notifier gives up after a minute, with one warning", () => {
  inWorld(({ receiver, make, timers, warnings }) => {
    receiver.close();
    make().ready();
    for (let i = 0; i < timers.length; i++) timers[i].run();
    assert.equal(timers.length, 60);
    assert.deepEqual(warnings, ["Cannot reach the service manager: ENOENT"]);
  });
});

Deno.test("Notifier feeds the watchdog from the loop, twice in its time", () => {
  inWorld(({ receiver, path, make, timers }) => {
    make({ NOTIFY_SOCKET: path, WATCHDOG_USEC: "3000000", WATCHDOG_PID: "42" }).start();
    assert.deepEqual(receiver.all, ["WATCHDOG=1"]);
    for (let i = 0; i < 3; i++) {
      assert.equal(timers.length, i + 1);
      assert.equal(timers[i].delayMs, 1500);
      timers[i].run();
      assert.equal(receiver.all.length, i + 2);
    }
  });
});

Deno.test("watchdogTimeoutMs() is null unless the watchdog is on, and ours", () => {
  const timeout = (usec?: string, owner?: string) =>
    watchdogTimeoutMs({
      env: (name) => name === "WATCHDOG_USEC" ? usec : owner,
      pid: 42,
    });
  assert.equal(timeout("30000000", "42"), 30_000);
  assert.equal(timeout("30000000"), 30_000);
  assert.equal(timeout("500"), 0.5);
  for (const usec of [undefined, "", "0", "-1", "1e9", "x", "99999999999999999999"]) {
    assert.equal(timeout(usec, "42"), null, usec);
  }
  assert.equal(timeout("30000000", "43"), null);
});
