import assert from "node:assert/strict";
import { guest, type GuestPlan } from "./guest.ts";
import * as basic from "./guests/basic.ts";
import * as devices from "./guests/devices.ts";
import { FAULT_NAMES, faults, faultSignal } from "./guests/faults.ts";
import {
  asksBadly,
  asksInvalidly,
  BAD_HYPERCALLS,
  haltsWithFarCookie,
} from "./guests/hostile_hvt.ts";
import { type MachineOptions, type MachineResult, runMachine } from "./machine.ts";

const decoder = new TextDecoder();

function runs(
  plan: GuestPlan,
  end: MachineResult["end"],
  printed: string,
  options: MachineOptions = {},
): void {
  const result = runMachine(guest(plan), options);
  assert.deepEqual([result.end, decoder.decode(result.printed)], [end, printed]);
}

Deno.test("hvt guests print and end", () => {
  runs(basic.hello("hvt"), 0, "Hello, world\n");
  runs(basic.exits("hvt", 3), 3, "");
  runs(basic.aborts("hvt"), 255, "solo5_abort() called\n");
  runs(basic.echoesArguments("hvt"), 0, "one two=3 ü\n", { commandLine: "one two=3 ü" });
  runs(basic.spins("hvt"), "tired", "spinning\n");
  runs(basic.floods("hvt", 3), 0, `${"x".repeat(basic.FLOOD_LINE - 1)}\n`.repeat(3));
  runs(haltsWithFarCookie(), 7, "");
});

Deno.test("hvt guests look at their memory and wait", () => {
  runs(basic.examines("hvt"), 0, "");
  runs(basic.waits("hvt", 3_600_000_000_000), 0, "waited\n");
});

Deno.test("an hvt guest uses blocks", () => {
  const disk = Uint8Array.from({ length: 4096 }, (_, i) => 97 + i % 23);
  const right = disk.slice();
  right.set(devices.BLOCK_PATTERN, devices.BLOCK_SIZE);
  right.set(devices.BLOCK_PATTERN, 4096 - devices.BLOCK_SIZE);
  const first = new TextDecoder().decode(disk.subarray(0, devices.BLOCK_SIZE));
  runs(devices.usesBlocks("hvt"), 0, first, { disk });
  assert.deepEqual(disk, right);
});

for (const name of devices.wrongAccesses("hvt")) {
  Deno.test(`an hvt guest's access to a block ${name} is invalid`, () => {
    for (const action of ["read", "write"] as const) {
      const disk = new Uint8Array(4096);
      runs(devices.accessesWrongly("hvt", name, action), 0, "", { disk });
      assert.deepEqual(disk, new Uint8Array(4096));
    }
  });
}

Deno.test("an hvt guest's access to a good block is not invalid", () => {
  const disk = new Uint8Array(4096);
  runs(devices.accessesWrongly("hvt", "of two blocks", "write"), 1, "", { disk });
});

Deno.test("hvt guests echo frames of one device and of two", () => {
  const frame = (mark: number) => new Uint8Array(60).fill(mark);
  const answer = (mark: number, handle: number) => {
    const bytes = frame(mark);
    bytes.set([2, 0, 0, 0, 0, handle], 6);
    bytes[devices.HANDLE_AT] = handle;
    return bytes;
  };
  const { LAST_FRAME } = devices;
  const one = new Map([[1, [frame(1), frame(LAST_FRAME), frame(2)]]]);
  const echo = runMachine(guest(devices.echoesFrames("hvt", ["service"])), { frames: one });
  assert.deepEqual([echo.end, decoder.decode(echo.printed)], [0, "ready\n"]);
  assert.deepEqual(echo.sent, new Map([[1, [answer(1, 1), answer(LAST_FRAME, 1)]]]));
  const two = new Map([[1, [frame(1)]], [2, [frame(3), frame(LAST_FRAME)]]]);
  const echoes = runMachine(guest(devices.echoesFrames("hvt", ["a", "b"])), { frames: two });
  const answers = new Map([[1, [answer(1, 1)]], [2, [answer(3, 2), answer(LAST_FRAME, 2)]]]);
  assert.deepEqual([echoes.end, echoes.sent], [0, answers]);
  assert.equal(runMachine(guest(devices.echoesFrames("hvt", ["a"]))).end, 9, "nothing comes");
});

for (const name of FAULT_NAMES) {
  Deno.test(`an hvt guest that ${name} is stopped`, () => {
    const reasons = { SIGFPE: "division", SIGILL: "bad opcode", SIGSEGV: "page fault" } as const;
    const end = name === "halts the processor" ? "halt" : reasons[faultSignal(name)];
    runs(faults("hvt", name), end, "before\n");
  });
}

for (const name of BAD_HYPERCALLS) {
  Deno.test(`an hvt guest that asks ${name} is ended`, () => {
    runs(asksBadly(name), "refused", "before\n", { disk: new Uint8Array(4096) });
  });
}

Deno.test("an hvt guest with handles of no device gets no answer but that", () => {
  runs(asksInvalidly(), 0, "", { disk: new Uint8Array(4096) });
});
