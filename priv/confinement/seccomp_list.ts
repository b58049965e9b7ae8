/**
 * The system calls of priv once it is confined, one entry with its reason each. Everything else ends the
 * process: there is no execve, no fork, no thread, no mount, no namespace, no ptrace, no bpf(2), no
 * change of user or capability. It holds for a program compiled with `--single-threaded` and `--jitless`.
 *
 * @module
 */

import type { SeccompCondition, SeccompRule } from "../../ffi/seccomp.ts";

/** What of the configuration needs system calls that others do without. */
export interface SeccompNeeds {
  /** The host may be named. */
  readonly hostName: boolean;
  /** The group that new files of the log are given to; null = none. */
  readonly group: number | null;
}

/** The upper half of a register that holds a C `int` is undefined. */
const INT = 0xffff_ffffn;

/** Argument `arg`, an `int`, is `value`. */
function int(arg: number, value: number): SeccompCondition {
  return { arg, op: "masked_eq", mask: INT, value: BigInt(value) };
}

/** Of argument `arg`, the bits of `mask` are `value`. */
function bits(arg: number, mask: number, value: number): SeccompCondition {
  return { arg, op: "masked_eq", mask: BigInt(mask), value: BigInt(value) };
}

function plain(reason: string, ...syscalls: readonly string[]): SeccompRule[] {
  return syscalls.map((syscall) => ({ syscall, reason }));
}

/** One rule for each of the values that an argument may have. */
function oneOf(
  syscall: string,
  arg: number,
  values: Readonly<Record<string, number>>,
  reason: string,
): SeccompRule[] {
  return Object.entries(values).map(([name, value]) => ({
    syscall,
    conditions: [int(arg, value)],
    reason: `${name}: ${reason}`,
  }));
}

// asm-generic/mman-common.h
const PROT_EXEC = 0x4;
const PROT_ALL_BUT_READ_WRITE = 0xffff_fffc;
const MAP_TYPE_AND_ANONYMOUS = 0x23;
const MAP_PRIVATE_ANONYMOUS = 0x22;

const MEMORY: readonly SeccompRule[] = [
  {
    syscall: "mmap",
    conditions: [
      bits(2, PROT_EXEC, 0),
      bits(3, MAP_TYPE_AND_ANONYMOUS, MAP_PRIVATE_ANONYMOUS),
      int(4, 0xffff_ffff),
    ],
    reason: "V8's heap grows: private memory, never executable, never of a file",
  },
  {
    syscall: "mprotect",
    conditions: [bits(2, PROT_ALL_BUT_READ_WRITE, 0)],
    reason: "V8 opens and closes the memory it has reserved; never executable",
  },
  ...oneOf("madvise", 2, { MADV_DONTNEED: 4, MADV_DONTFORK: 10 }, "V8's heap"),
  ...plain("V8's heap and malloc", "munmap", "mremap", "brk"),
];

const PROCESS: readonly SeccompRule[] = [
  ...plain("V8, the runtime and libnl name and seed themselves", "getpid", "gettid", "getrandom"),
  ...plain("whom the control socket answers", "geteuid"),
  { syscall: "futex", reason: "locks of the runtime and of glibc" },
  {
    syscall: "clock_gettime",
    conditions: [bits(0, 0xffff_fff8, 0)],
    reason: "CPU time, and every clock where the vDSO cannot read it; of this process only",
  },
  ...plain("the time of day, where the vDSO cannot read it", "gettimeofday", "time"),
  ...plain("the end", "exit_group"),
  ...plain("the name of this host", "uname"),
  ...plain("modes of new files and sockets", "umask"),
  ...plain("the runtime takes down a signal stack at the end", "sigaltstack"),
];

const FILES: readonly SeccompRule[] = [
  ...plain(
    "results, state, audit log, log, resolv.conf, /proc; Landlock says which",
    ...["openat", "read", "write", "close", "lseek", "ftruncate", "fdatasync", "fsync", "flock"],
    ...["rename", "unlink", "rmdir", "mkdir", "readlink", "getdents64", "getcwd"],
    ...["statx", "newfstatat", "fstat"],
  ),
  ...plain("the last line of an audit log", "pread64"),
  ...oneOf("fcntl", 1, { F_GETFL: 3, F_SETFL: 4 }, "whether a descriptor blocks"),
  ...plain("the log pipe of a calf", "pipe2"),
];

// linux/socket.h
const AF_UNIX = 1;
const AF_INET = 2;
const AF_INET6 = 10;
const AF_NETLINK = 16;
const AF_PACKET = 17;
/** What is beside SOCK_CLOEXEC and SOCK_NONBLOCK; linux/net.h. */
const SOCKET_TYPE = 0xf;
const SOCK_DGRAM = 2;
const SOCK_RAW = 3;
const SOCK_SEQPACKET = 5;

function socket(family: number, type: number, protocol: number, reason: string): SeccompRule {
  const conditions = [int(0, family), bits(1, SOCKET_TYPE, type), int(2, protocol)];
  return { syscall: "socket", conditions, reason };
}

// asm-generic/socket.h, linux/if_packet.h, linux/netlink.h, linux/in6.h
const SOL_SOCKET = 1;
const SOL_PACKET = 263;
const SOL_NETLINK = 270;

function option(
  syscall: string,
  level: number,
  values: Readonly<Record<string, number>>,
  reason: string,
): SeccompRule[] {
  return Object.entries(values).map(([name, value]) => ({
    syscall,
    conditions: [int(1, level), int(2, value)],
    reason: `${name}: ${reason}`,
  }));
}

const SOCKETS: readonly SeccompRule[] = [
  { syscall: "ppoll", reason: "waits: the loop's only blocking call" },
  ...plain("channels of calves and the spawner, operators, log", "recvfrom", "sendto"),
  ...plain("netlink, packets, descriptors for the spawner", "recvmsg", "sendmsg"),
  ...plain("operators, metrics", "accept4"),
  ...plain("interfaces that come; the lock of one is a name that is listened at", "bind", "listen"),
  ...plain("libnl", "getsockname"),
  ...plain("the end of an answer to a metrics client", "shutdown"),
  ...plain("the journal and /dev/log; whether another daemon lives", "connect"),
  {
    syscall: "socketpair",
    conditions: [int(0, AF_UNIX)],
    reason: "channels of a new calf",
  },
  socket(AF_UNIX, SOCK_DGRAM, 0, "log, notification; no stream: those of other services are"),
  socket(AF_UNIX, SOCK_SEQPACKET, 0, "the lock of an interface that has come"),
  socket(AF_NETLINK, SOCK_RAW, 0, "NETLINK_ROUTE: addresses, routes, links"),
  socket(AF_PACKET, SOCK_RAW, 0, "frames of an interface that has come"),
  socket(AF_INET, SOCK_DGRAM, 0, "port 68 of an interface that has come, RFC 5424 over UDP"),
  socket(AF_INET6, SOCK_DGRAM, 0, "RFC 5424 over UDP"),
  ...option("setsockopt", SOL_SOCKET, {
    ...{ SO_REUSEADDR: 2, SO_SNDBUF: 7, SO_RCVBUF: 8, SO_RCVTIMEO: 20, SO_BINDTODEVICE: 25 },
  }, "new sockets"),
  ...option("setsockopt", SOL_SOCKET, {
    ...{ SO_ATTACH_FILTER: 26, SO_LOCK_FILTER: 44 },
  }, "what may pass a socket"),
  ...option("setsockopt", SOL_PACKET, { PACKET_AUXDATA: 8 }, "checksums left to hardware, VLANs"),
  ...option("setsockopt", SOL_NETLINK, { NETLINK_ADD_MEMBERSHIP: 1 }, "events"),
  ...option("getsockopt", SOL_SOCKET, { SO_PEERCRED: 17, SO_PEERGROUPS: 59 }, "who an operator is"),
  ...plain("starts the next timer", "timerfd_settime"),
  ...plain("watches a new calf", "pidfd_open"),
  ...oneOf("ioctl", 1, { SIOCOUTQ: 0x5411 }, "whether a calf still reads"),
  ...oneOf("ioctl", 1, { TCGETS: 0x5401 }, "whether the log is read at a terminal"),
];

/** `(uid_t) -1`: the owner stays (chown(2)). */
const SAME_OWNER = 0xffff_ffff;
/** A resolver configuration is for everybody to read. */
const READABLE_BY_ALL = 0o644;

/**
 * What priv may call.
 *
 * @param needs what of the configuration needs more
 */
export function privSeccompRules(needs: SeccompNeeds): SeccompRule[] {
  return [
    ...MEMORY,
    ...PROCESS,
    ...FILES,
    ...SOCKETS,
    {
      syscall: "fchmod",
      conditions: [int(1, READABLE_BY_ALL)],
      reason: "a new resolv.conf, which Landlock lets it open",
    },
    ...(needs.hostName ? plain("--apply-hostname", "sethostname") : []),
    ...(needs.group === null ? [] : [{
      syscall: "fchown",
      conditions: [int(1, SAME_OWNER), int(2, needs.group)],
      reason: "--control-group: a new audit log, which Landlock lets it open",
    }]),
  ];
}
