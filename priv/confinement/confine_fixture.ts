/**
 * What a priv that has been taken over tries once it is confined: for confine_test.ts, a program of its
 * own, because it gives everything up. It prints one line for each attempt, `NAME: what came of it`.
 *
 *     confine_fixture.ts DIRECTORY refuse|kill [NAME…]
 *
 * @module
 */

import { Errno, errno, errnoName, LIBC, openLibrary } from "../../ffi/errno.ts";
import { writeFd } from "../../ffi/fd.ts";
import { addressOf, fixedMemory } from "../../ffi/memory.ts";
import { exitNow } from "../../ffi/process.ts";
import { SeccompAction } from "../../ffi/seccomp.ts";
import { joinOptions, readCommandLine } from "../options.ts";
import { confinePriv } from "./confine.ts";

/** SECCOMP_RET_ERRNO with a number that no kernel function uses (linux/seccomp.h). */
export const REFUSED = 1234;
const REFUSE = 0x0005_0000 + REFUSED;

const [directory, what, ...names] = Deno.args;

const libc = openLibrary(LIBC, {
  syscall: { parameters: ["i64", "i64", "i64", "i64", "i64", "i64", "i64"], result: "i64" },
});

const memory = fixedMemory(4096);
const zeros = addressOf(memory);

function call(number: number, ...args: (number | bigint)[]): string {
  const six = Array.from({ length: 6 }, (_, i) => BigInt(args.at(i) ?? 0));
  const [a, b, c, d, e, f] = six;
  const result = libc.syscall(BigInt(number), a, b, c, d, e, f);
  if (result !== -1n) return "done";
  return errno() === REFUSED ? "refused" : errnoName(errno());
}

function attempt(body: () => void): string {
  try {
    body();
    return "done";
  } catch (error) {
    if (!(error instanceof Error)) return "unknown";
    const { code } = error as Error & { code?: string | number };
    if (typeof code === "string") return code;
    if (errno() === REFUSED) return "refused";
    return `${error.name} ${Object.entries(Errno).find(([, n]) => n === code)?.[0] ?? ""}`.trim();
  }
}

const AF_INET = 2;
const NETLINK = 16;
const PACKET = 17;

/** System calls by their numbers of asm/unistd_64.h, with harmless arguments if they were allowed. */
const SYSTEM_CALLS: Record<string, () => string> = {
  execve: () => call(59, zeros, 0, 0),
  execveat: () => call(322, -1, zeros, 0, 0, 0x1000),
  fork: () => call(57),
  vfork: () => call(58),
  clone: () => call(56, 0x11, 0, 0, 0, 0),
  clone3: () => call(435, zeros, 64),
  ptrace: () => call(101, 0, 0, 0, 0),
  "process_vm_readv": () => call(310, 1, 0, 0, 0, 0, 0),
  "process_vm_writev": () => call(311, 1, 0, 0, 0, 0, 0),
  kill: () => call(62, 1, 0),
  tgkill: () => call(234, 1, 1, 0),
  pidfd_send_signal: () => call(424, -1, 0, 0, 0),
  pidfd_getfd: () => call(438, -1, 0, 0),
  mount: () => call(165, zeros, zeros, zeros, 0, 0),
  umount2: () => call(166, zeros, 0),
  pivot_root: () => call(155, zeros, zeros),
  chroot: () => call(161, zeros),
  open_tree: () => call(428, -1, zeros, 0),
  unshare: () => call(272, 0),
  setns: () => call(308, -1, 0),
  bpf: () => call(321, 0, 0, 0),
  io_uring_setup: () => call(425, 1, zeros),
  userfaultfd: () => call(323, 0),
  perf_event_open: () => call(298, zeros, 0, -1, -1, 0),
  keyctl: () => call(250, 0, 0, 0, 0, 0),
  init_module: () => call(175, zeros, 0, zeros),
  finit_module: () => call(313, -1, zeros, 0),
  kexec_load: () => call(246, 0, 0, 0, 0),
  reboot: () => call(169, 0, 0, 0, 0),
  settimeofday: () => call(164, 0, 0),
  clock_settime: () => call(227, 0, zeros),
  setuid: () => call(105, 0),
  setresuid: () => call(117, 0, 0, 0),
  setgroups: () => call(116, 0, 0),
  capset: () => call(126, zeros, zeros),
  prctl: () => call(157, 15, zeros, 0, 0, 0),
  seccomp: () => call(317, 2, 0, 0),
  landlock_create_ruleset: () => call(444, 0, 0, 1),
  memfd_create: () => call(319, zeros, 0),
  shmget: () => call(29, 0, 4096, 0o1600),
  personality: () => call(135, 0xffffffff),
  chmod: () => call(90, zeros, 0o4777),
  fchmodat: () => call(268, -100, zeros, 0o4777),
  "fchmod set-user-ID": () => call(91, 2, 0o4755),
  chown: () => call(92, zeros, -1, -1),
  fchown: () => call(93, 2, -1, 0),
  fchownat: () => call(260, -100, zeros, -1, -1, 0),
  setxattr: () => call(188, zeros, zeros, zeros, 0, 0),
  "socket Unix stream": () => call(41, 1, 1, 0),
  sethostname: () => call(170, zeros, 0),
  symlink: () => call(88, zeros, zeros),
  link: () => call(86, zeros, zeros),
  mknod: () => call(133, zeros, 0o20600, 0),
  open: () => call(2, zeros, 0, 0),
  dup2: () => call(33, 2, 200),
  "fcntl F_DUPFD": () => call(72, 2, 0, 100),
  "ioctl TIOCSTI": () => call(16, 2, 0x5412, zeros),
  "ioctl SIOCSIFFLAGS": () => call(16, 2, 0x8914, zeros),
  "mmap executable": () => call(9, 0, 4096, 5, 0x22, -1, 0),
  "mmap of a file": () => call(9, 0, 4096, 1, 0x2, 2, 0),
  "mmap shared": () => call(9, 0, 4096, 3, 0x21, -1, 0),
  "mprotect executable": () => call(10, 0, 0, 5),
  "socket TCP": () => call(41, AF_INET, 1, 0),
  "socket ICMP": () => call(41, AF_INET, 3, 1),
  "socket raw IP": () => call(41, AF_INET, 3, 255),
  "socket ping": () => call(41, AF_INET, 2, 1),
  "socket of all protocols": () => call(41, PACKET, 3, 0x300),
  "socket packet, cooked": () => call(41, PACKET, 2, 0),
  "socket netlink audit": () => call(41, NETLINK, 3, 9),
  "socket netlink netfilter": () => call(41, NETLINK, 3, 12),
  "socket vsock": () => call(41, 40, 1, 0),
  "socket bluetooth": () => call(41, 31, 3, 1),
  "socket XDP": () => call(41, 44, 3, 0),
  "socketpair TCP": () => call(53, AF_INET, 1, 0, zeros),
  "setsockopt SO_DETACH_FILTER": () => call(54, 2, 1, 27, zeros, 4),
  "setsockopt SO_ATTACH_BPF": () => call(54, 2, 1, 50, zeros, 4),
  "setsockopt IP_HDRINCL": () => call(54, 2, 0, 3, zeros, 4),
  "setsockopt PACKET_FANOUT": () => call(54, 2, 263, 18, zeros, 4),
};

/** What is allowed, so that a list that refuses everything does not pass. */
const ALLOWED: Record<string, () => string> = {
  "what a tracer skips": () => call(-1) === "ENOSYS" ? "done" : "refused",
  getpid: () => call(39),
  "socket netlink route": () => call(41, NETLINK, 3, 0),
  "socket packet": () => call(41, PACKET, 3, 0),
  "socket UDP": () => call(41, AF_INET, 2, 0),
  "socket Unix": () => call(41, 1, 5, 0),
};

const write = (path: string) => () =>
  attempt(() => Deno.writeTextFileSync(`${directory}/${path}`, "x"));
const remove = (path: string) => () => attempt(() => Deno.removeSync(`${directory}/${path}`));

const FILES: Record<string, () => string> = {
  "write a result": write("run/file"),
  "make a directory of results": () => attempt(() => Deno.mkdirSync(`${directory}/run/eth9`)),
  "write state": write("state/file"),
  "replace state": () =>
    attempt(() => Deno.renameSync(`${directory}/state/file`, `${directory}/state/other`)),
  "remove state": remove("state/other"),
  "write resolv.conf": write("etc/resolv.conf"),
  "write the log": write("log/log"),
  "read the configuration": () =>
    attempt(() => Deno.readTextFileSync(`${directory}/etc/mirage.conf`)),
  "read /proc": () => attempt(() => Deno.readTextFileSync("/proc/self/status")),
  "write the configuration": write("etc/mirage.conf"),
  "write beside resolv.conf": write("etc/passwd"),
  "make a file beside resolv.conf": write("etc/new"),
  "remove resolv.conf": remove("etc/resolv.conf"),
  "write elsewhere": write("elsewhere/file"),
  "make a file elsewhere": write("elsewhere/new"),
  "remove elsewhere": remove("elsewhere/file"),
  "read elsewhere": () => attempt(() => Deno.readTextFileSync(`${directory}/elsewhere/file`)),
  "list elsewhere": () => attempt(() => void [...Deno.readDirSync(`${directory}/elsewhere`)]),
  "move a file out": () =>
    attempt(() => Deno.renameSync(`${directory}/run/file`, `${directory}/elsewhere/moved`)),
  "move a file in": () =>
    attempt(() => Deno.renameSync(`${directory}/elsewhere/file`, `${directory}/run/moved`)),
  "write to /proc/sys": () =>
    attempt(() => Deno.writeTextFileSync("/proc/sys/kernel/domainname", "x")),
};

/** All attempts by name. */
export const ATTEMPTS: Readonly<Record<string, () => string>> = {
  ...SYSTEM_CALLS,
  ...ALLOWED,
  ...FILES,
};

/** Those that the filter must refuse. */
export const FORBIDDEN: readonly string[] = Object.keys(SYSTEM_CALLS);
/** Those that it must not. */
export const PERMITTED: readonly string[] = Object.keys(ALLOWED);

function say(text: string): void {
  const bytes = new TextEncoder().encode(`${text}\n`);
  writeFd(1, bytes, bytes.length);
}

if (import.meta.main) {
  const options = joinOptions(
    readCommandLine([
      ...[`--run-dir=${directory}/run`, `--state-dir=${directory}/state`],
      ...[`--resolv-conf=${directory}/etc/resolv.conf`, `--log-file=${directory}/log/log`, "eth0"],
    ]),
    {
      path: `${directory}/etc/mirage.conf`,
      settings: new Map(),
      blocks: [],
      allowed: [],
      denied: [],
      warnings: [],
    },
  );
  const action = what === "kill" ? SeccompAction.KILL_PROCESS : REFUSE;
  const { words } = confinePriv(options, { hostName: false, group: null }, action);
  say(`words: ${words}`);
  for (const name of names.length > 0 ? names : Object.keys(ATTEMPTS)) {
    say(`${name}: ${ATTEMPTS[name]()}`);
  }
  exitNow(0);
}
