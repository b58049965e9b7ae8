import assert from "node:assert/strict";
import { closeFd, O_RDWR, openFd, pipe, readFd, setNonblocking } from "../../ffi/fd.ts";
import type { VcpuExit } from "../../ffi/kvm_run.ts";
import { seqpacketPair } from "../../ffi/socket.ts";
import { guest, type GuestPlan } from "../../tests/tender/guest/guest.ts";
import * as basic from "../../tests/tender/guest/guests/basic.ts";
import { FAULT_NAMES, faults } from "../../tests/tender/guest/guests/faults.ts";
import {
  asksBadly,
  asksInvalidly,
  BAD_HYPERCALLS,
  haltsWithFarCookie,
} from "../../tests/tender/guest/guests/hostile_hvt.ts";
import {
  type HvtMachineOptions,
  runHvtMachine,
  TiredError,
} from "../../tests/tender/guest/hvt_machine.ts";
import type { Device } from "../devices.ts";
import type { GuestEnd } from "./loop.ts";

const decoder = new TextDecoder();

/** Runs a guest that prints little. */
function run(
  plan: GuestPlan,
  options: Partial<HvtMachineOptions> = {},
): GuestEnd & { printed: string } {
  const [reading, writing] = pipe();
  try {
    setNonblocking(reading, true);
    const end = runHvtMachine(guest(plan), { console: writing, ...options });
    const text = new Uint8Array(65536);
    const length = Math.max(0, readFd(reading, text));
    return { ...end, printed: decoder.decode(text.subarray(0, length)) };
  } finally {
    for (const fd of [reading, writing]) closeFd(fd);
  }
}

function runs(plan: GuestPlan, code: number, printed: string, options = {}): void {
  const found = run(plan, options);
  assert.deepEqual([found.code, found.printed], [code, printed], found.message ?? "");
  assert.equal(found.message, null);
}

/** One line about the guest. */
function assertFault(found: GuestEnd, code: number, message: RegExp): void {
  assert.equal(found.code, code, found.message ?? "no message");
  assert.match(found.message ?? "", message);
  assert.match(found.message ?? "", /^(Cannot|The) [^\n]+$/);
}

Deno.test("an hvt guest prints and ends with its own status", () => {
  runs(basic.hello("hvt"), 0, "Hello, world\n");
  runs(basic.exits("hvt", 3), 3, "");
  runs(basic.exits("hvt", 0x102), 2, "");
  runs(basic.floods("hvt", 3), 0, `${"x".repeat(basic.FLOOD_LINE - 1)}\n`.repeat(3));
  runs(haltsWithFarCookie(), 7, "");
});

Deno.test("an hvt guest that aborts ends with 255 and a message", () => {
  const found = run(basic.aborts("hvt"));
  assertFault(found, 255, /aborted/);
  assert.equal(found.printed, "solo5_abort() called\n");
});

Deno.test("an hvt guest gets its arguments", () => {
  const args = ["one", "two=3 ü", "--mem=1"];
  runs(basic.echoesArguments("hvt"), 0, "one two=3 ü --mem=1\n", { args });
  runs(basic.echoesArguments("hvt"), 0, "\n");
  runs(basic.echoesArguments("hvt"), 0, `${"y".repeat(8191)}\n`, { args: ["y".repeat(8191)] });
  assert.throws(() => run(basic.hello("hvt"), { args: ["y".repeat(8192)] }), /longer than 8191/);
});

Deno.test("an hvt guest finds its memory as it should be", () => {
  for (const memory of [2, 3, 4, 64]) runs(basic.examines("hvt"), 0, "", { memory });
  runs(basic.needsMemory("hvt", 2 ** 20), 0, "", { memory: 3 });
  assert.throws(
    () => run(basic.needsMemory("hvt", 2 ** 20), { memory: 2 }),
    /does not fit into 2 MB/,
  );
});

Deno.test("an hvt guest waits, and reads both clocks", () => {
  runs(basic.waits("hvt", 5_000_000), 0, "waited\n");
});

Deno.test("an hvt guest that spins prints before it does", () => {
  assert.throws(() => run(basic.spins("hvt")), TiredError);
});

for (const name of FAULT_NAMES) {
  Deno.test(`an hvt guest that ${name} ends with 255 and a message`, () => {
    const found = run(faults("hvt", name));
    const message = name === "halts the processor" ? /halted/ : /a fault that it does not handle/;
    assertFault(found, 255, message);
    assert.equal(found.printed, "before\n");
  });
}

/** Of hostile guests; what they ask for must change nothing. */
function hostileDevices(body: (devices: Device[]) => void): void {
  const [own, its] = seqpacketPair();
  const path = Deno.makeTempFileSync();
  Deno.truncateSync(path, 4096);
  const storage = openFd(path, O_RDWR, 0);
  try {
    setNonblocking(its, true);
    setNonblocking(own, true);
    body([
      { index: 1, type: "net", fd: its, mac: Uint8Array.of(2, 0, 0, 0, 0, 1), mtu: 1500 },
      { index: 2, type: "block", fd: storage, capacity: 4096n, sectorSize: 512 },
    ]);
    assert.equal(readFd(own, new Uint8Array(2048)), -11, "nothing is sent");
    assert.deepEqual(Deno.readFileSync(path), new Uint8Array(4096));
  } finally {
    for (const fd of [own, its, storage]) closeFd(fd);
    Deno.removeSync(path);
  }
}

for (const name of BAD_HYPERCALLS) {
  Deno.test(`an hvt guest that asks ${name} is ended with 1 and a message`, () => {
    hostileDevices((devices) => {
      const found = run(asksBadly(name), { devices });
      assertFault(found, 1, /it points at \d+ bytes at 0x[0-9a-f]+,|it uses port 0x/);
      assert.equal(found.printed, "before\n");
    });
  });
}

Deno.test("an hvt guest with handles of no device gets no answer but that", () => {
  hostileDevices((devices) => runs(asksInvalidly(), 0, "", { devices }));
});

Deno.test("runGuestLoop() ends a guest for every other exit, and goes on after a signal", () => {
  const cases: [exit: VcpuExit, code: number, message: RegExp][] = [
    [{ kind: "mmio", address: 2n ** 36n }, 255, /memory at 0x1000000000, where there is none/],
    [{ kind: "entry failure", reason: 0x80000021n }, 1, /does not take it: 0x80000021/],
    [{ kind: "internal error", reason: 1 }, 1, /internal error: 1/],
    [{ kind: "failure", message: "KVM_RUN: EFAULT (14)" }, 1, /EFAULT/],
    [{ kind: "other", reason: 24 }, 1, /exit 24 of KVM/],
    [{ kind: "out", port: 0x502, size: 4, count: 2, value: 0x100000 }, 1, /port 0x502/],
    [{ kind: "in", port: 0x502 }, 1, /port 0x502/],
  ];
  for (const [exit, code, message] of cases) {
    const found = run(basic.hello("hvt"), { before: [exit] });
    assertFault(found, code, message);
    assert.equal(found.printed, "", "it is not run");
  }
  runs(basic.hello("hvt"), 0, "Hello, world\n", { before: [{ kind: "interrupted" }] });
});
