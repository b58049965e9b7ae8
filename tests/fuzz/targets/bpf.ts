/**
 * BPF programs in the kernel against a machine of our own: the programs of the data path on frames that
 * are almost right, and programs of random instructions.
 *
 * @module
 */
import assert from "node:assert/strict";
import { ErrnoError } from "../../../ffi/errno.ts";
import { calfFilter, receiveFilter } from "../../../priv/bpf/programs.ts";
import {
  ARP_IN,
  ARP_OUT,
  DHCP_DISCOVER,
  DHCP_OFFER,
  KernelFilter,
  withIhl,
} from "../../../priv/bpf/testing/kernel_filter.ts";
import { runBpf } from "../bpf_machine.ts";
import { bytesOf, magnitude, type RunInput, type Target } from "../target.ts";

const MAC = Uint8Array.of(2, 0, 0, 0, 0, 1);
/** The first byte of an input below this chooses one of our programs, else a random one follows. */
const RANDOM_FROM = 128;
/** Longest random program. */
const MAX_INSTRUCTIONS = 24;
const INSTRUCTION = 8;

/** Every code that `bpf_check_classic()` takes. */
const CODES = [
  ...[0x20, 0x28, 0x30, 0x40, 0x48, 0x50, 0x80, 0x00, 0x60], // A ←
  ...[0x01, 0x61, 0x81, 0xb1], // X ←
  ...[0x02, 0x03, 0x07, 0x87],
  ...[0x04, 0x14, 0x24, 0x34, 0x44, 0x54, 0x64, 0x74, 0x84, 0x94, 0xa4], // A ← A op k
  ...[0x0c, 0x1c, 0x2c, 0x3c, 0x4c, 0x5c, 0x6c, 0x7c, 0x9c, 0xac], // A ← A op X
  ...[0x05, 0x15, 0x25, 0x35, 0x45, 0x1d, 0x2d, 0x3d, 0x4d],
  ...[0x06, 0x16],
];

/** A program from the first bytes of an input, made such that most of its jumps and places are sound. */
function randomProgram(bytes: Uint8Array, count: number): Uint8Array {
  const program = new Uint8Array((count + 1) * INSTRUCTION);
  const view = new DataView(program.buffer);
  for (let i = 0; i < count; i++) {
    const at = i * INSTRUCTION;
    const [code = 0, yes = 0, no = 0, k = 0, high = 0] = bytes.subarray(i * 5, i * 5 + 5);
    const left = count - i;
    const instruction = CODES[code % CODES.length];
    const isScratch = [0x60, 0x61, 0x02, 0x03].includes(instruction);
    const isJump = instruction === 0x05;
    view.setUint16(at, instruction, true);
    view.setUint8(at + 2, yes % left);
    view.setUint8(at + 3, no % left);
    // A small number, one of a frame's header, or one close to 2^32.
    const number = (high & 0xc0) === 0xc0 ? -1 - k >>> 0 : k | (high & 0x0f) << 8;
    view.setUint32(at + 4, isScratch ? k % 16 : isJump ? k % left : number, true);
  }
  view.setUint16(count * INSTRUCTION, 0x16, true); // ret A
  return program;
}

/** What the kernel does with a packet, or null when it does not take the program. */
function inKernel(program: Uint8Array, packet: Uint8Array): number | null {
  try {
    using filter = new KernelFilter(program);
    return filter.run(packet)?.length ?? 0;
  } catch (error) {
    if (error instanceof ErrnoError) return null;
    throw error;
  }
}

function prepare(): RunInput {
  const ours = [1514, 42, 350].flatMap((maxFrame) =>
    [
      receiveFilter(MAC, maxFrame),
      calfFilter(MAC, maxFrame, null),
      calfFilter(MAC, maxFrame, 0xc000_0207),
    ].map((program) => ({
      program,
      kernel: new KernelFilter(program),
    }))
  );
  return function* (input) {
    const [choice = 0, size = 0] = input;
    if (choice < RANDOM_FROM) {
      const { program, kernel } = ours[choice % ours.length];
      const frame = input.slice(1);
      if (frame.length === 0) return;
      const kept = runBpf(program, frame);
      assert.equal(kernel.run(frame)?.length ?? 0, kept, `program ${choice % ours.length}`);
      yield `program ${choice % ours.length} ${kept === 0 ? "drops" : "passes"}`;
      yield* pathOf(program, frame);
      return;
    }
    const count = 1 + size % MAX_INSTRUCTIONS;
    const program = randomProgram(input.subarray(2), count);
    const packet = input.slice(2 + count * 5);
    if (packet.length === 0) return;
    const kept = inKernel(program, packet);
    if (kept === null) {
      yield "not taken";
      return;
    }
    assert.equal(runBpf(program, packet), kept, "random instructions");
    yield `kept ${magnitude(kept)}`;
    for (let i = 0; i < count; i++) yield `code ${program[i * INSTRUCTION]} ${kept > 0}`;
  };
}

/** How far a frame gets: at which length, if cut off, it would not have passed as it does. */
function* pathOf(program: Uint8Array, frame: Uint8Array): Generator<string> {
  const matched = [DHCP_OFFER, DHCP_DISCOVER, ARP_IN, ARP_OUT].map((golden) => {
    let same = 0;
    while (same < Math.min(golden.length, frame.length) && golden[same] === frame[same]) same++;
    return same;
  });
  yield `like ${program.length} ${Math.max(...matched)}`;
}

function lacks(): string | null {
  try {
    using _filter = new KernelFilter(calfFilter(MAC, 1514, null));
    return null;
  } catch (error) {
    return `no filters on sockets: ${error}`;
  }
}

const FRAMES = [
  DHCP_OFFER,
  DHCP_DISCOVER,
  ARP_IN,
  ARP_OUT,
  withIhl(DHCP_OFFER, 6),
  withIhl(DHCP_OFFER, 15),
  withIhl(DHCP_DISCOVER, 6),
];

/** See the module's description. */
export const BPF_PROGRAMS: Target = {
  name: "bpf",
  module: import.meta.url,
  what: "BPF programs, the data path's and random ones: the kernel against our machine",
  weight: 1,
  maxLength: 1600,
  corpus: [
    ...FRAMES.flatMap((frame) =>
      [0, 1, 2, 3, 4, 5].map((choice) => Uint8Array.of(choice, ...frame))
    ),
    ...CODES.map((_, i) =>
      Uint8Array.of(
        128,
        3,
        0,
        0,
        0,
        0,
        0,
        i,
        1,
        0,
        3,
        0,
        i,
        0,
        1,
        1,
        0,
        42,
        0,
        0,
        0,
        14,
        0,
        ...ARP_IN,
      )
    ),
  ],
  dictionary: [
    MAC,
    Uint8Array.of(255, 255, 255, 255, 255, 255),
    ...[[8, 0], [8, 6], [0x81, 0], [0, 67], [0, 68], [0x45], [0x46], [0x4f], [0x60], [17], [
      0x40,
      0,
    ]]
      .map((bytes) => Uint8Array.from(bytes)),
    ...[[0x20, 0], [0x3f, 0xff], [2, 1, 6], [1, 1, 6], [99, 130, 83, 99], [0, 1, 8, 0, 6, 4, 0, 2]]
      .map((bytes) => Uint8Array.from(bytes)),
    bytesOf("\0\0\0\0"),
  ],
  lacks,
  prepare,
};
