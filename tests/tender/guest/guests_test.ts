import assert from "node:assert/strict";
import { createSocket, type Socket } from "node:dgram";
import { type Abi, readGuest } from "../../../tender/guest/guest.ts";
import { testWith } from "../../support/requirements.ts";
import { waitUntil } from "../../support/wait.ts";
import { macOf, runBare } from "./bare_process.ts";
import { disassemble } from "./disassembler.ts";
import { codeOf, guest } from "./guest.ts";
import { allGuests } from "./guests/all.ts";
import * as basic from "./guests/basic.ts";
import * as devices from "./guests/devices.ts";
import { FAULT_NAMES, faults, faultSignal } from "./guests/faults.ts";
import { FORBIDDEN_CALLS, forbids, printsElsewhere, setsFs } from "./guests/hostile_spt.ts";

const ABIS: readonly Abi[] = ["hvt", "spt"];
const decoder = new TextDecoder();

for (const abi of ABIS) {
  Deno.test(`readGuest() reads each ${abi} guest`, () => {
    for (const [name, plan] of allGuests(abi)) {
      const { abi: found, entry, manifest } = readGuest(guest(plan));
      assert.deepEqual([found, entry], [abi, codeOf(plan)[1]], name);
      const devices = manifest.entries.map(({ name, type }) => ({ name, type }));
      assert.deepEqual(devices, plan.manifest ?? [], name);
    }
  });
}

testWith(["binutils"], "the guests consist of instructions", async () => {
  const spaces = (length: number) => Array.from({ length }, () => 0x90);
  const code: number[] = [];
  for (const plan of ABIS.flatMap((abi) => [...allGuests(abi).values()])) {
    code.push(...codeOf(plan)[0], ...spaces(16));
  }
  const lines = await disassemble(Uint8Array.from(code), 0);
  assert.deepEqual(lines.filter((line) => line.includes("(bad)")), []);
  assert.ok(lines.length > 1000);
});

async function runs(
  file: Uint8Array,
  code: number,
  printed: string,
  options: Parameters<typeof runBare>[1] = {},
): Promise<void> {
  const result = await runBare(file, options);
  const shown = { ...result, printed: decoder.decode(result.printed) };
  assert.deepEqual(shown, { code, signal: null, printed });
}

Deno.test("guests print and end", async () => {
  await runs(guest(basic.hello("spt")), 0, "Hello, world\n");
  await runs(guest(basic.exits("spt", 3)), 3, "");
  await runs(guest(basic.aborts("spt")), 255, "solo5_abort() called\n");
  const commandLine = "one two=3 ü";
  await runs(guest(basic.echoesArguments("spt")), 0, `${commandLine}\n`, { commandLine });
  const line = `${"x".repeat(basic.FLOOD_LINE - 1)}\n`;
  await runs(guest(basic.floods("spt", 256)), 0, line.repeat(256));
});

Deno.test("guests look at their memory and wait", async () => {
  await runs(guest(basic.examines("spt")), 0, "");
  await runs(guest(basic.waits("spt", 20_000_000)), 0, "waited\n");
  await runs(guest(basic.needsMemory("spt", 2 ** 20)), 0, "");
  await runs(guest(setsFs()), 0, "");
  await runs(guest(printsElsewhere()), 0, "");
});

Deno.test("a guest uses blocks", async () => {
  const blockFile = await Deno.makeTempFile();
  try {
    const before = Uint8Array.from({ length: 4096 }, (_, i) => 97 + i % 23);
    await Deno.writeFile(blockFile, before);
    const first = decoder.decode(before.subarray(0, devices.BLOCK_SIZE));
    await runs(guest(devices.usesBlocks("spt")), 0, first, { blockFile });
    before.set(devices.BLOCK_PATTERN, devices.BLOCK_SIZE);
    before.set(devices.BLOCK_PATTERN, 4096 - devices.BLOCK_SIZE);
    assert.deepEqual(await Deno.readFile(blockFile), before);
  } finally {
    await Deno.remove(blockFile);
  }
});

/** The other end of a device: learns where the device is, and sends and receives frames. */
class Peer {
  readonly #socket: Socket = createSocket("udp4");
  readonly answers: Uint8Array[] = [];
  /** Where the device is; 0 until it has said so. */
  #there = 0;

  static async open(): Promise<Peer> {
    const peer = new Peer();
    peer.#socket.on("message", (bytes, { port }) => {
      if (peer.#there === 0) peer.#there = port;
      else peer.answers.push(Uint8Array.from(bytes));
    });
    await new Promise<void>((done) => peer.#socket.bind(0, "127.0.0.1", done));
    return peer;
  }

  get port(): number {
    return this.#socket.address().port;
  }

  /** Sends a frame and waits for the answer. */
  async ask(frame: Uint8Array): Promise<void> {
    const count = this.answers.length + 1;
    await waitUntil("where the device is", () => this.#there !== 0);
    this.#socket.send(frame, this.#there, "127.0.0.1");
    await waitUntil("an answer", () => this.answers.length === count);
  }

  async close(): Promise<void> {
    await new Promise<void>((done) => this.#socket.close(() => done()));
  }
}

const US = [2, 0, 0, 0, 0, 9];

function frame(handle: number, mark: number): Uint8Array {
  const bytes = new Uint8Array(60).fill(mark);
  bytes.set([...macOf(handle), ...US, 0x88, 0xb5]);
  return bytes;
}

Deno.test("guests echo frames of one device and of two", async () => {
  for (const names of [["service"], ["service0", "service1"]]) {
    const peers = await Promise.all(names.map(() => Peer.open()));
    try {
      const ports = peers.map(({ port }) => port);
      const running = runs(guest(devices.echoesFrames("spt", names)), 0, "ready\n", { ports });
      const marks = [1, 2, devices.LAST_FRAME];
      const asking = (async () => {
        for (const mark of marks) {
          for (const [i, peer] of peers.entries()) {
            if (mark === devices.LAST_FRAME && i < peers.length - 1) continue;
            await peer.ask(frame(i + 1, mark));
          }
        }
      })();
      await Promise.all([running, asking]);
      for (const [i, { answers }] of peers.entries()) {
        const expected = marks.slice(0, answers.length).map((mark) => {
          const bytes = frame(i + 1, mark);
          bytes.set([...US, ...macOf(i + 1)]);
          bytes[devices.HANDLE_AT] = i + 1;
          return bytes;
        });
        assert.deepEqual(answers, expected);
      }
    } finally {
      for (const peer of peers) await peer.close();
    }
  }
});

for (const name of FAULT_NAMES) {
  Deno.test(`a guest that ${name} is stopped`, async () => {
    const { signal, printed } = await runBare(guest(faults("spt", name)));
    assert.deepEqual([signal, decoder.decode(printed)], [faultSignal(name), "before\n"]);
  });
}

/** They end a process, or may: the second one where the kernel has no system calls of 32 bits. */
const FATAL: readonly string[] = ["rt_sigreturn", "int 0x80"];

Deno.test("what spt guests may not do does not end them where nothing forbids it", async () => {
  for (const name of FORBIDDEN_CALLS) {
    if (!FATAL.includes(name)) await runs(guest(forbids(name)), 1, "before\nafter\n");
  }
});
