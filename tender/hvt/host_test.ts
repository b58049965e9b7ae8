import assert from "node:assert/strict";
import { Errno } from "../../ffi/errno.ts";
import { closeFd, O_RDWR, openFd, pipe, readFd, setNonblocking, writeFd } from "../../ffi/fd.ts";
import { seqpacketPair } from "../../ffi/socket.ts";
import { guest } from "../../tests/tender/guest/guest.ts";
import * as basic from "../../tests/tender/guest/guests/basic.ts";
import * as devices from "../../tests/tender/guest/guests/devices.ts";
import { runHvtMachine } from "../../tests/tender/guest/hvt_machine.ts";
import type { Device } from "../devices.ts";
import { Host } from "./host.ts";
import { Result } from "./hypercalls.ts";
import { Interrupted } from "./loop.ts";

/** Descriptors that are closed in the end. */
class Descriptors {
  readonly #open = new Set<number>();
  readonly #paths: string[] = [];

  static use(body: (own: Descriptors) => void): void {
    const own = new Descriptors();
    try {
      body(own);
    } finally {
      for (const fd of own.#open) closeFd(fd);
      for (const path of own.#paths) Deno.removeSync(path);
    }
  }

  close(fd: number): void {
    this.#open.delete(fd);
    closeFd(fd);
  }

  #keep<const T extends readonly number[]>(fds: T): T {
    for (const fd of fds) {
      this.#open.add(fd);
      setNonblocking(fd, true);
    }
    return fds;
  }

  /** The end that a guest gets is the second one. */
  sockets(): readonly [own: number, its: number] {
    return this.#keep(seqpacketPair());
  }

  pipe(): readonly [reading: number, writing: number] {
    return this.#keep(pipe());
  }

  /** What looks like a signalfd with a signal in it. */
  signals(signal: number | null): number {
    const [reading, writing] = this.pipe();
    const info = new Uint8Array(128);
    info[0] = signal ?? 0;
    if (signal !== null) writeFd(writing, info, 128);
    return reading;
  }

  /** A file of `size` bytes; its path, and a device. */
  storage(size: number, index: number): [path: string, device: Device] {
    const path = Deno.makeTempFileSync();
    this.#paths.push(path);
    Deno.truncateSync(path, size);
    const [fd] = this.#keep([openFd(path, O_RDWR, 0)]);
    return [path, { index, type: "block", fd, capacity: BigInt(size), sectorSize: 512 }];
  }
}

function net(index: number, fd: number): Device {
  return { index, type: "net", fd, mac: Uint8Array.of(2, 0, 0, 0, 0, index), mtu: 1500 };
}

function frame(mark: number, length = 60): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length).fill(mark);
  bytes.set([2, 0, 0, 0, 0, 9], 6);
  return bytes;
}

/** All frames that can be read. */
function frames(fd: number): Uint8Array[] {
  const found: Uint8Array[] = [];
  for (;;) {
    const buffer = new Uint8Array(2048);
    const length = readFd(fd, buffer);
    if (length <= 0) return found;
    found.push(buffer.subarray(0, length));
  }
}

Deno.test("an hvt guest answers frames of one device and of two", () => {
  for (const names of [["service"], ["service0", "service1"]]) {
    Descriptors.use((own) => {
      const pairs = names.map(() => own.sockets());
      const [, console] = own.pipe();
      const sent = [frame(1), frame(3, 1514)];
      for (const [ours] of pairs) for (const each of sent) writeFd(ours, each, each.length);
      const last = frame(devices.LAST_FRAME);
      const ours = pairs.map(([fd]) => fd);
      writeFd(ours[ours.length - 1], last, last.length);
      const found = runHvtMachine(guest(devices.echoesFrames("hvt", names)), {
        console,
        devices: pairs.map(([, fd], i) => net(i + 1, fd)),
      });
      assert.deepEqual(found, { code: 0, message: null });
      for (const [i, fd] of ours.entries()) {
        const all = i === ours.length - 1 ? [...sent, last] : sent;
        const wanted = all.map((each) => {
          const answer = each.slice();
          answer.set([2, 0, 0, 0, 0, 9, 2, 0, 0, 0, 0, i + 1]);
          answer[devices.HANDLE_AT] = i + 1;
          return answer;
        });
        assert.deepEqual(frames(fd), wanted);
      }
    });
  }
});

Deno.test("an hvt guest sees an error when its network is gone", () => {
  Descriptors.use((own) => {
    const [ours, its] = own.sockets();
    const [, console] = own.pipe();
    writeFd(ours, frame(1), 60);
    own.close(ours);
    const file = guest(devices.echoesFrames("hvt", ["service"]));
    const found = runHvtMachine(file, { console, devices: [net(1, its)] });
    assert.deepEqual(found, { code: 1, message: null }, "its own: the frame cannot be sent");
  });
});

Deno.test("Host tells the results of network devices", () => {
  Descriptors.use((own) => {
    const [ours, its] = own.sockets();
    const [, console] = own.pipe();
    const host = new Host({ console, signals: null, devices: [net(3, its)] });
    const port = host.nets.get(3n)!;
    const buffer = new Uint8Array(2048);
    assert.equal(host.wait(0n), 0n);
    assert.equal(port.read(buffer), -Result.AGAIN);
    assert.equal(port.write(new Uint8Array(0)), Result.INVALID);
    assert.equal(port.write(new Uint8Array(2 ** 23)), Result.INVALID);
    writeFd(ours, frame(1), 60);
    assert.equal(port.read(buffer.subarray(0, 0)), -Result.INVALID);
    assert.equal(host.wait(2n ** 64n - 1n), 8n, "the frame is still there");
    assert.equal(port.read(buffer.subarray(0, 40)), 40, "what does not fit is lost");
    assert.equal(port.read(buffer), -Result.AGAIN);
    let sent = 0;
    while (port.write(frame(2)) === Result.OK) sent++;
    assert(sent > 1);
    assert.equal(port.write(frame(2)), Result.AGAIN);
    own.close(ours);
    assert.equal(host.wait(0n), 8n);
    assert.equal(port.read(buffer), -Result.UNSPECIFIED);
    assert.equal(host.wait(0n), 0n, "nothing will come: the guest can sleep");
    assert.equal(port.write(frame(2)), Result.UNSPECIFIED);
  });
});

Deno.test("an hvt guest reads and writes its block device", () => {
  Descriptors.use((own) => {
    const [path, device] = own.storage(4 * 512, 1);
    const [reading, console] = own.pipe();
    const start = new TextEncoder().encode("the first block".padEnd(512, "."));
    Deno.writeFileSync(path, Uint8Array.of(...start, ...new Uint8Array(3 * 512)));
    const found = runHvtMachine(guest(devices.usesBlocks("hvt")), { console, devices: [device] });
    assert.deepEqual(found, { code: 0, message: null });
    assert.deepEqual(frames(reading), [start]);
    const content = Deno.readFileSync(path);
    const block = (n: number) => content.subarray(512 * n, 512 * (n + 1));
    const { BLOCK_PATTERN } = devices;
    assert.deepEqual([block(0), block(1), block(2), block(3)], [
      start,
      BLOCK_PATTERN,
      new Uint8Array(512),
      BLOCK_PATTERN,
    ]);
  });
});

for (const name of devices.wrongAccesses("hvt")) {
  Deno.test(`an hvt guest's access to a block ${name} is invalid and changes nothing`, () => {
    for (const action of ["read", "write"] as const) {
      Descriptors.use((own) => {
        const [path, device] = own.storage(1024, 1);
        const [, console] = own.pipe();
        const file = guest(devices.accessesWrongly("hvt", name, action));
        const found = runHvtMachine(file, { console, devices: [device] });
        assert.deepEqual(found, { code: 0, message: null });
        assert.deepEqual(Deno.readFileSync(path), new Uint8Array(1024));
      });
    }
  });
}

Deno.test("Host tells when a block device is shorter than it was", () => {
  Descriptors.use((own) => {
    const [path, device] = own.storage(4096, 1);
    const [, console] = own.pipe();
    const port = new Host({ console, signals: null, devices: [device] }).blocks.get(1n)!;
    const buffer = new Uint8Array(1024);
    assert.equal(port.read(3072n, buffer), Result.OK);
    Deno.truncateSync(path, 3584);
    assert.equal(port.read(3072n, buffer), Result.UNSPECIFIED);
    own.close(device.fd);
    assert.equal(port.write(0n, buffer), Result.UNSPECIFIED);
  });
});

Deno.test("an hvt guest goes on when nobody reads what it prints", () => {
  Descriptors.use((own) => {
    const [reading, console] = own.pipe();
    own.close(reading);
    const found = runHvtMachine(guest(basic.floods("hvt", 64)), { console });
    assert.deepEqual(found, { code: 0, message: null });
  });
});

Deno.test("Host.print() prints all of it, and nothing more once it has failed", () => {
  Descriptors.use((own) => {
    const path = Deno.makeTempFileSync();
    const file = openFd(path, O_RDWR, 0);
    const text = Uint8Array.from({ length: 3 * 4096 + 5 }, (_, i) => i % 251);
    new Host({ console: file, signals: null, devices: [] }).print(text);
    closeFd(file);
    assert.deepEqual(Deno.readFileSync(path), text);
    Deno.removeSync(path);
    const full = openFd("/dev/full", O_RDWR, 0);
    const host = new Host({ console: full, signals: null, devices: [] });
    host.print(text);
    closeFd(full);
    host.print(text);
    host.print(new Uint8Array(0));
    const [reading] = own.pipe();
    new Host({ console: reading, signals: null, devices: [] }).print(text); // is not for writing
  });
});

Deno.test("a signal ends an hvt guest that runs, waits, or prints what nobody reads", () => {
  const SIGTERM = 15;
  Descriptors.use((own) => {
    const [reading, console] = own.pipe();
    const ended = { code: 1, message: "The guest is ended: SIGTERM" };
    const options = () => ({ console, signals: own.signals(SIGTERM) });
    const running = guest(basic.exits("hvt", 0));
    const before = [{ kind: "interrupted" as const }];
    assert.deepEqual(runHvtMachine(running, { ...options(), before }), ended);
    const quiet = { console, signals: own.signals(null) };
    assert.deepEqual(runHvtMachine(running, { ...quiet, before }), { code: 0, message: null });
    const waiting = guest(basic.waits("hvt", 3_600_000_000_000));
    assert.deepEqual(runHvtMachine(waiting, options()), ended);
    while (writeFd(console, new Uint8Array(4096), 4096) > 0);
    assert.equal(writeFd(console, new Uint8Array(1), 1), -Errno.EAGAIN);
    assert.deepEqual(runHvtMachine(guest(basic.hello("hvt")), options()), ended);
    frames(reading);
    const host = new Host({ ...options(), devices: [] });
    assert.throws(() => host.wait(0n), Interrupted);
    assert.equal(host.wait(0n), 0n, "once");
  });
});
