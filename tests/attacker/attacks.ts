/**
 * What an attacker who runs arbitrary code in the calf would try. Everything is prepared while the
 * module is loaded, before the confinement, as favourable to the attacker as it can be.
 *
 * @module
 */

import type { Host } from "../../calf/sdk/host.ts";
import { KvClient } from "../../calf/sdk/kv.ts";
import { Text } from "../../calf/sdk/text.ts";

/** Tries something; returns what came of it, or throws when it was refused. */
export type Attack = (host: Host) => string;

const libc = Deno.dlopen("libc.so.6", {
  syscall: {
    parameters: ["i64", "i64", "i64", "i64", "i64", "i64", "i64"],
    result: "i64",
  },
}).symbols;

// A buffer above 64 bytes does not move, so that its address may be kept.
const memory = new Uint8Array(4096);
const address = BigInt(Deno.UnsafePointer.value(Deno.UnsafePointer.of(memory)));

const PATH = 0;
const ARGV = 512;
const FRAME = 1024;
memory.set(new TextEncoder().encode("/etc/passwd\0"), PATH);
// argv: one pointer to the path, then null.
new DataView(memory.buffer).setBigUint64(ARGV, address, true);

/** A system call with integer arguments; the result is −1 when the kernel refuses it. */
export function call(number: number, ...args: (number | bigint | string)[]): string {
  const [a = 0n, b = 0n, c = 0n, d = 0n, e = 0n, f = 0n] = args.map(BigInt);
  return String(libc.syscall(BigInt(number), a, b, c, d, e, f));
}

const at = (offset: number): bigint => address + BigInt(offset);

const O_RDWR_CREAT = 0o102;
const AT_FDCWD = -100;
const PROT_RWX = 7;
const PROT_RX = 5;
const MAP_PRIVATE_ANONYMOUS = 0x22;
const CLONE_NEWUSER = 0x1000_0000;

/** By name. Numbers are those of x86-64 (asm/unistd_64.h). */
export const ATTACKS: Readonly<Record<string, Attack>> = {
  // Files.
  "open": () => call(2, at(PATH), 0),
  "openat": () => call(257, AT_FDCWD, at(PATH), O_RDWR_CREAT, 0o644),
  "stat": () => call(4, at(PATH), at(2048)),
  "readlink": () => call(89, at(PATH), at(2048), 256),
  "read-a-file-through-deno": () => Deno.readTextFileSync("/etc/passwd"),
  "write-a-file-through-deno": () => {
    Deno.writeTextFileSync("/tmp/attack", "x");
    return "written";
  },
  // Sockets and descriptors.
  "socket-inet": () => call(41, 2, 2, 0),
  "socket-packet": () => call(41, 17, 3, 0),
  "socket-netlink": () => call(41, 16, 3, 0),
  "sendto-stdin": () => call(44, 0, at(FRAME), 64, 0, 0, 0),
  "sendto-log": () => call(44, 1, at(FRAME), 64, 0, 0, 0),
  "sendto-with-flags": () => call(44, 3, at(FRAME), 64, 1, 0, 0),
  "sendto-another-address": () => call(44, 3, at(FRAME), 64, 0, at(2048), 16),
  "sendmsg": () => call(46, 4, at(FRAME), 0),
  "write-to-net": () => call(1, 3, at(FRAME), 64),
  "write-to-ctl": () => call(1, 4, at(FRAME), 64),
  "dup": () => call(32, 3),
  "close": () => call(3, 4),
  "fcntl": () => call(72, 3, 4, 0),
  "ioctl": () => call(16, 1, 0x5412, at(FRAME)),
  "setsockopt-detach-filter": () => call(54, 3, 1, 27, at(FRAME), 4),
  "setsockopt-another-filter": () => call(54, 3, 1, 26, at(FRAME), 16),
  "setsockopt-lock-the-filter": () => call(54, 3, 1, 44, at(FRAME), 4),
  "recvfrom-another-descriptor": () => call(45, 5, at(FRAME), 64, 0, 0, 0),
  "recvmsg": () => call(47, 4, at(FRAME), 0),
  "pidfd-open": () => call(434, call(110), 0),
  "pidfd-getfd": () => call(438, 5, 3, 0),
  "kcmp": () => call(312, call(110), call(39), 0, 3, 3),
  "pipe": () => call(22, at(FRAME)),
  "memfd": () => call(319, at(PATH), 0),
  // Processes.
  "execve": () => call(59, at(PATH), at(ARGV), 0),
  "execveat": () => call(322, AT_FDCWD, at(PATH), at(ARGV), 0, 0),
  "fork": () => call(57),
  "clone": () => call(56, 17, 0),
  "kill-parent": () => call(62, call(110), 9),
  "kill-everybody": () => call(62, -1, 0),
  "ptrace": () => call(101, 16, 1, 0, 0),
  "process-vm-readv": () => call(310, 1, at(FRAME), 1, at(FRAME), 1, 0),
  "setuid-root": () => call(105, 0),
  "unshare-user": () => call(272, CLONE_NEWUSER),
  "setns": () => call(308, 3, 0),
  "prctl": () => call(157, 22, 0, 0, 0, 0),
  "seccomp": () => call(317, 0, 0, 0),
  "mount": () => call(165, at(PATH), at(PATH), at(PATH), 0, 0),
  "chroot": () => call(161, at(PATH)),
  "sethostname": () => call(170, at(PATH), 4),
  "bpf": () => call(321, 0, at(FRAME), 64),
  "io-uring": () => call(425, 8, at(FRAME)),
  "userfaultfd": () => call(323, 0),
  "perf-event-open": () => call(298, at(FRAME), 0, -1, -1, 0),
  // Memory that can be executed.
  "mmap-exec": () => call(9, 0, 4096, PROT_RWX, MAP_PRIVATE_ANONYMOUS, -1, 0),
  "mmap-a-descriptor": () => call(9, 0, 4096, 1, 2, 3, 0),
  "mprotect-exec": () => call(10, at(0) & ~0xfffn, 4096, PROT_RX),
  // Deno's own ways out.
  "run-a-command-through-deno": () => String(new Deno.Command("/bin/true").outputSync().code),
  "listen-through-deno": () => {
    Deno.listen({ hostname: "127.0.0.1", port: 4242 });
    return "listening";
  },
  "dlopen-through-deno": () => {
    Deno.dlopen("libc.so.6", {});
    return "loaded";
  },
  "environment-through-deno": () => JSON.stringify(Deno.env.toObject()),
  // Frames and messages of its own making.
  "send-a-forged-source": (host) => sendFrame(host, "02000000000b", 67),
  "send-something-else-than-dhcp": (host) => sendFrame(host, OWN_MAC, 53),
  "send-dhcp": (host) => sendFrame(host, OWN_MAC, 67),
  "send-garbage-to-priv": (host) => {
    host.ctlWrite(memory.subarray(0, 64), 64);
    return "sent";
  },
  "write-what-is-not-its-own": (host) => {
    const kv = new KvClient(host);
    kv.beginCommit();
    kv.changeWrite("/mac", -1, new Text(64).ascii("02:00:00:00:00:99"));
    return `asked ${kv.endCommit()}`;
  },
  "flood-priv": (host) => {
    for (let i = 0; i < 2_000; i++) host.ctlWrite(READ_MAC, READ_MAC.length);
    return "sent";
  },
  "send-an-empty-message": () => call(44, 4, at(FRAME), 0, 0, 0, 0),
  "flood-the-network": (host) => {
    for (let i = 0; i < 100_000; i++) sendFrame(host, OWN_MAC, 67);
    return "sent";
  },
  "flood-the-log": (host) => {
    const line = new TextEncoder().encode("spam");
    for (let i = 0; i < 5_000; i++) host.log(6, line, line.length);
    return "sent";
  },
  "commit-nothing": (host) => {
    const kv = new KvClient(host);
    kv.beginCommit();
    kv.changeDelete("", -1);
    return `committed ${kv.endCommit()}`;
  },
  "commit-another-lease": (host) => commitAnotherLease(host),
  // Ends of the process.
  "exit": () => call(231, 3),
  "exit-as-if-something-were-missing": (host) => {
    host.ctlWrite(READ_MAC, READ_MAC.length); // as each calf does before it sees a frame
    return call(231, 69);
  },
  "abort": () => call(234, call(39), call(186), 6),
};

/** `Request{id: 1, path: ["mac"], read}` in Cap'n Proto, written by hand. */
const READ_MAC = Uint8Array.from(
  (
    "00000000" + "06000000" + // one segment of 6 words
    "0000000001000200" + // struct: 1 data word, 2 pointers
    "0100000001000000" + // id 1, union tag 1 (read)
    "050000000e000000" + // path: list of 1 pointer, 2 words further
    "0000000000000000" + // no value
    "0100000022000000" + // text of 4 bytes
    "6d61630000000000" // "mac"
  ).match(/../g)!,
  (hex) => parseInt(hex, 16),
);

/** The client's hardware address on the test network (tests/support/network.ts). */
const OWN_MAC = "020000000001";

/** Offers priv's filter a DHCPDISCOVER, or what looks like one; what goes out, the other end tells. */
function sendFrame(host: Host, source: string, destinationPort: number): string {
  const mac = source.match(/../g)!.map((hex) => parseInt(hex, 16));
  const frame = new Uint8Array(342);
  frame.fill(0xff, 0, 6);
  frame.set(mac, 6);
  frame.set([0x08, 0x00, 0x45, 0, 0x01, 0x48, 0, 0, 0, 0, 64, 17], 12);
  frame.fill(0xff, 30, 34);
  frame.set([0, 68, 0, destinationPort, 0x01, 0x34, 0, 0], 34);
  frame.set([1, 1, 6], 42);
  frame.set(mac, 42 + 28);
  frame.set([0x63, 0x82, 0x53, 0x63, 53, 1, 1, 255], 42 + 236);
  host.netWrite(frame, frame.length);
  return "sent";
}

/** What the worst of crash loops does: it speaks, and is gone. */
export function discoverAndDie(host: Host): string {
  sendFrame(host, OWN_MAC, 67);
  return call(231, 3);
}

let leases = 0;

/** Commits a lease in which all is different from the one before. */
function commitAnotherLease(host: Host): string {
  const kv = new KvClient(host);
  const text = new Text(64);
  const write = (path: string, index: i32, value: string) =>
    kv.changeWrite(path, index, text.clear().ascii(value));
  const n = leases++ % 2;
  kv.beginCommit();
  kv.changeDelete("", -1);
  write("/state", -1, "BOUND");
  write("/ip", -1, `192.0.2.${7 + n}/24`);
  write("/gateway", -1, `192.0.2.${20 + n}`);
  write("/hostname", -1, `host-${n}`);
  write("/nameserver", 1, `192.0.2.${30 + n}`);
  write("/captive-portal", -1, `https://portal-${n}.example/`);
  write("/mtu", -1, String(1400 + n));
  write("/lease/time", -1, "3600");
  for (let i = 1; i <= 32; i++) write("/route", i, `10.${i}.${n}.0/24 192.0.2.1`);
  return `committed ${kv.endCommit()}`;
}
