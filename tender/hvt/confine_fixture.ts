/**
 * Runs a guest on the interpreted processor with the tender's own confinement in force, or tries what is
 * forbidden. A program of its own for confine_test.ts: nobody comes back from being confined.
 *
 * @module
 */

import { closeFd, O_RDWR, openFd, readFd, setNonblocking, writeFd } from "../../ffi/fd.ts";
import { KvmVcpu } from "../../ffi/kvm.ts";
import { mapMemory } from "../../ffi/mapping.ts";
import { PollSet } from "../../ffi/poll.ts";
import { exitNow, setDumpable } from "../../ffi/process.ts";
import { SeccompAction, SeccompFilter } from "../../ffi/seccomp.ts";
import { blockSignals, openSignalFd, Signal } from "../../ffi/signal.ts";
import { seqpacketPair } from "../../ffi/socket.ts";
import { readAt, writeAt } from "../../ffi/storage.ts";
import { guest, type GuestPlan } from "../../tests/tender/guest/guest.ts";
import * as basic from "../../tests/tender/guest/guests/basic.ts";
import { echoesFrames, LAST_FRAME, usesBlocks } from "../../tests/tender/guest/guests/devices.ts";
import { asksInvalidly } from "../../tests/tender/guest/guests/hostile_hvt.ts";
import { runHvtMachine } from "../../tests/tender/guest/hvt_machine.ts";
import type { Device } from "../devices.ts";
import { confine, enterNamespaces } from "./confine.ts";
import { tenderRules } from "./rules.ts";

/** Guests that need what the tender may do, and how they end. */
export const RUNS: Readonly<Record<string, readonly [plan: () => GuestPlan, code: number]>> = {
  "prints": [() => basic.hello("hvt"), 0],
  "prints much": [() => basic.floods("hvt", 64), 0],
  "waits, and reads both clocks": [() => basic.waits("hvt", 5_000_000), 0],
  "answers frames": [() => echoesFrames("hvt", ["a", "b"]), 0],
  "uses blocks": [() => usesBlocks("hvt"), 0],
  "asks for what there is not": [() => asksInvalidly(), 0],
  "aborts": [() => basic.aborts("hvt"), 255],
};

/** What there is to try it with. */
interface Place {
  readonly vcpu: number;
  readonly other: number;
  readonly net: number;
  readonly storage: number;
  readonly vcpuOf: KvmVcpu;
}

const buffer = new Uint8Array(512);
const CAPACITY = 4096;

/** What the tender may not do any more, and each must end it with SIGSYS. */
export const FORBIDDEN: Readonly<Record<string, (place: Place) => unknown>> = {
  "opens a file": () => openFd("/etc/passwd", O_RDWR, 0),
  "reads standard input": () => readFd(0, buffer),
  "reads another descriptor": ({ other }) => readFd(other, buffer),
  "writes to another descriptor": ({ other }) => writeFd(other, buffer, 1),
  "reads a block device as a stream": ({ storage }) => readFd(storage, buffer),
  "reads behind its block device": ({ storage }) => readAt(storage, buffer, BigInt(CAPACITY)),
  "reads at a negative offset": ({ storage }) => readAt(storage, buffer, -512n),
  "writes behind its block device": ({ storage }) => writeAt(storage, buffer, BigInt(CAPACITY)),
  "writes to its network device as to a block device": ({ net }) => writeAt(net, buffer, 0n),
  "changes its processor": ({ vcpuOf }) => vcpuOf.setGeneralRegisters(new Uint8Array(144)),
  "waits for many descriptors": () => {
    const poll = new PollSet();
    for (let fd = 0; fd < 9; fd++) poll.add(fd);
    poll.wait(0);
  },
  "closes a descriptor": ({ other }) => closeFd(other),
  "makes a socket": () => seqpacketPair(),
  "makes itself dumpable": () => setDumpable(true),
};

/** What may be done though no guest here does it. */
export const PERMITTED: Readonly<Record<string, (place: Place) => unknown>> = {
  // The descriptor is no processor's, so that the kernel says no, and not the filter.
  "runs its processor": ({ vcpuOf }) => vcpuOf.run(),
  "allocates much": () => {
    for (let i = 0; i < 200; i++) new Array(100_000).fill(i);
  },
};

/** Frames that wait for the guest. */
function netDevice(index: number, isLast: boolean): [device: Device, own: number] {
  const [own, its] = seqpacketPair();
  for (const fd of [own, its]) setNonblocking(fd, true);
  const frame = new Uint8Array(60);
  for (const mark of isLast ? [1, LAST_FRAME] : [1]) {
    frame[14] = mark;
    writeFd(own, frame, frame.length);
  }
  return [{ index, type: "net", fd: its, mac: new Uint8Array(6).fill(2), mtu: 1500 }, own];
}

function blockDevice(index: number): Device {
  const path = Deno.makeTempFileSync();
  Deno.truncateSync(path, CAPACITY);
  const fd = openFd(path, O_RDWR, 0);
  return { index, type: "block", fd, capacity: BigInt(CAPACITY), sectorSize: 512 };
}

function main(name: string): number {
  // Nothing to talk to, and a number of its own.
  const [vcpu, other] = [openFd("/dev/null", O_RDWR, 0), openFd("/dev/null", O_RDWR, 0)];
  const isBlockFirst = name === "uses blocks";
  const [net, own] = netDevice(1, false);
  const [second, own2] = netDevice(2, true);
  const storage = blockDevice(isBlockFirst ? 1 : name === "answers frames" ? 3 : 2);
  const devices = isBlockFirst
    ? [storage]
    : name === "answers frames"
    ? [net, second, storage]
    : [net, storage];
  enterNamespaces();
  blockSignals([Signal.SIGTERM]);
  const signals = openSignalFd([Signal.SIGTERM]);
  const rules = tenderRules({ vcpu, signals, devices });
  const filter = new SeccompFilter(rules, SeccompAction.KILL_PROCESS);
  const vcpuOf = new KvmVcpu(vcpu, mapMemory(4096));
  const kept = [0, 1, 2, vcpu, other, signals, own, own2, ...devices.map(({ fd }) => fd)];
  const attempt = FORBIDDEN[name] ?? PERMITTED[name];
  if (attempt !== undefined) {
    confine(kept, filter);
    attempt({ vcpu, other, net: net.fd, storage: storage.fd, vcpuOf });
    return 0;
  }
  const plan = RUNS[name]?.[0]() ?? basic.waits("hvt", 600_000_000_000);
  const file = guest(plan);
  return runHvtMachine(file, {
    console: 1,
    signals,
    devices: plan.manifest === undefined ? [] : devices.slice(0, plan.manifest.length),
    ready: () => confine(kept, filter),
  }).code;
}

if (import.meta.main) exitNow(main(Deno.args[0]));
