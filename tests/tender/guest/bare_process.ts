/**
 * Runs an spt guest without a tender, as a process that nothing confines: to see whether a guest
 * does what it says, independently of what is tested with it. A launcher of a few instructions does
 * what a tender would, and jumps into the guest.
 *
 * @module
 */
import { EntryField, type Guest, readGuest } from "../../../tender/guest/guest.ts";
import { Assembler } from "./assembler.ts";
import { BOOT_INFO } from "./calls.ts";
import { type LoadedPart, writeExecutable } from "./executable.ts";

/** How to run it. */
export interface BareOptions {
  /** The guest's command line. */
  commandLine?: string;
  /** A file for its block device, which is the only one and has the handle 1. */
  blockFile?: string;
  /** UDP ports of this machine, instead of networks of its devices: each datagram is a frame. */
  ports?: readonly number[];
}

/** Memory of the guest. */
const MEMORY_SIZE = 32 * 2 ** 20;
const LOW = 0x10000;
const BOOT_INFO_AT = 0x11000;
const LAUNCHER = 0x10000000;
const COMMAND_LINE_AT = 0x18000;
const MANIFEST_AT = 0x11100;
const FIRST_DEVICE_FD = 3;

/** The MAC address of the device with a handle. */
export function macOf(handle: number): number[] {
  return [2, 0, 0, 0, 0, handle];
}

/**
 * Makes an executable of a guest.
 *
 * @param file the guest
 * @param options its command line, and the size of its block device
 * @returns an ELF file that Linux runs; its devices are the descriptors from 3 on
 */
export function bareExecutable(
  file: Uint8Array,
  options: { commandLine?: string; capacity?: number } = {},
): Uint8Array {
  const guest = readGuest(file);
  const a = new Assembler();
  launch(a, guest);
  const bases = { text: LAUNCHER, data: LAUNCHER + 0x10000, space: LAUNCHER + 0x20000 };
  const linked = a.link(bases);
  const parts: LoadedPart[] = [
    { vaddr: LOW, bytes: lowMemory(guest, options), flags: 6 },
    ...guest.segments.map(({ vaddr, fileOffset, fileSize, memorySize, flags }) => ({
      ...{ vaddr, memorySize, flags },
      bytes: file.slice(fileOffset, fileOffset + fileSize),
    })),
    { vaddr: LAUNCHER, bytes: linked.text, flags: 5 },
    { vaddr: bases.data, bytes: new Uint8Array(1), memorySize: 0x20000, flags: 6 },
  ];
  return writeExecutable({ entry: LAUNCHER, parts });
}

function lowMemory(
  { kernelEnd, manifest }: Guest,
  { commandLine = "", capacity = 0 }: { commandLine?: string; capacity?: number },
): Uint8Array {
  const bytes = new Uint8Array(0x10000);
  const view = new DataView(bytes.buffer);
  const word = (offset: number, value: number) =>
    view.setBigUint64(BOOT_INFO_AT - LOW + offset, BigInt(value), true);
  const at = BOOT_INFO.spt;
  word(at.memorySize, MEMORY_SIZE);
  word(at.kernelEnd, kernelEnd);
  word(at.commandLine, COMMAND_LINE_AT);
  word(at.manifest, MANIFEST_AT);
  bytes.set(new TextEncoder().encode(commandLine), COMMAND_LINE_AT - LOW);
  bytes.set(manifest.bytes, MANIFEST_AT - LOW);
  for (const { index, type } of manifest.entries) {
    const entry = MANIFEST_AT - LOW + 8 + 104 * index;
    view.setInt32(entry + EntryField.HOST_FD, FIRST_DEVICE_FD + index - 1, true);
    view.setUint8(entry + EntryField.ATTACHED, 1);
    if (type === "net") {
      bytes.set(macOf(index), entry + EntryField.MAC);
      view.setUint16(entry + EntryField.MTU, 1500, true);
    } else {
      view.setBigUint64(entry + EntryField.CAPACITY, BigInt(capacity), true);
      view.setUint16(entry + EntryField.BLOCK_SIZE, 512, true);
    }
  }
  return bytes;
}

const ARGUMENTS = ["rdi", "rsi", "rdx", "r10", "r8", "r9"] as const;

/** mmap, epoll_create1, timerfd_create, epoll_ctl, fcntl; then the guest. */
function launch(a: Assembler, { entry, kernelEnd, manifest }: Guest): void {
  const call = (number: number, ...values: (number | string)[]): void => {
    for (const [i, value] of values.entries()) a.mov(ARGUMENTS[i], value);
    a.mov("rax", number);
    a.syscall();
  };
  const [READ_WRITE, FIXED_ANONYMOUS_PRIVATE] = [3, 0x32];
  call(9, kernelEnd, MEMORY_SIZE - kernelEnd, READ_WRITE, FIXED_ANONYMOUS_PRIVATE, -1, 0);
  a.mov("rbx", BOOT_INFO_AT);
  call(291, 0);
  a.store32("rbx", 32, "rax");
  a.copy("r12", "rax");
  const CLOCK_MONOTONIC = 1;
  call(283, CLOCK_MONOTONIC, 0);
  a.store32("rbx", 36, "rax");
  a.copy("r13", "rax");
  const watch = (data: number) => {
    const [EPOLL_CTL_ADD, EPOLLIN] = [1, 1];
    const event = a.space(16);
    a.mov("r10", event);
    a.mov("rax", EPOLLIN);
    a.store32("r10", 0, "rax");
    a.mov("rax", data);
    a.store("r10", 4, "rax");
    a.copy("rdi", "r12");
    a.mov("rsi", EPOLL_CTL_ADD);
    a.copy("rdx", "r13");
    a.mov("rax", 233);
    a.syscall();
  };
  watch(0xfffffffe);
  for (const { index, type } of manifest.entries) {
    if (type !== "net") continue;
    const [F_SETFL, O_RDWR_NONBLOCK] = [4, 0x802];
    call(72, FIRST_DEVICE_FD + index - 1, F_SETFL, O_RDWR_NONBLOCK);
    a.mov("r13", FIRST_DEVICE_FD + index - 1);
    watch(index);
  }
  a.mov("rsp", MEMORY_SIZE - 8);
  a.mov("rdi", BOOT_INFO_AT);
  a.mov("rax", entry);
  a.jmpTo("rax");
}

/**
 * Runs a guest. It is killed after 20 s.
 *
 * @param file the guest
 * @returns its status and signal, and what it printed
 */
export async function runBare(
  file: Uint8Array,
  { commandLine, blockFile, ports = [] }: BareOptions = {},
): Promise<{ code: number; signal: Deno.Signal | null; printed: Uint8Array }> {
  const folder = await Deno.makeTempDir();
  try {
    const capacity = blockFile === undefined ? 0 : Deno.statSync(blockFile).size;
    const path = `${folder}/guest`;
    await Deno.writeFile(path, bareExecutable(file, { commandLine, capacity }), { mode: 0o700 });
    // A datagram tells the port of this end.
    const open = ports.map((port, i) =>
      `exec ${FIRST_DEVICE_FD + i}<>/dev/udp/127.0.0.1/${port}; printf x >&${FIRST_DEVICE_FD + i};`
    );
    if (blockFile !== undefined) open.push(`exec ${FIRST_DEVICE_FD}<>"$1";`);
    const { code, signal, stdout } = await new Deno.Command("bash", {
      args: ["-c", `ulimit -c 0; ${open.join(" ")} exec "$0"`, path, blockFile ?? ""],
      stdin: "null",
      stderr: "inherit",
      signal: AbortSignal.timeout(20_000),
    }).output();
    return { code, signal, printed: stdout };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
