import assert from "node:assert/strict";
import { seccompTable } from "../ffi/seccomp_table.ts";
import type { Device } from "./devices.ts";
import { tenderRules } from "./hvt/rules.ts";
import { guestRules } from "./spt/rules.ts";

const PATH = `${import.meta.dirname}/SECCOMP.md`;

/** What Solo5's own tender allows a guest (tenders/spt/ of Solo5). */
const STOCK = [
  ["write", "a0 = 1", ""],
  ["exit_group", "", ""],
  ["epoll_pwait", "a0 = epoll", "also a4 = 0: no signal is blocked while it waits"],
  ["timerfd_settime", "a0 = timer", ""],
  ["clock_gettime", "a0 = CLOCK_MONOTONIC or CLOCK_REALTIME", ""],
  ["arch_prctl", "a0 = ARCH_SET_FS", ""],
  ["read, write", "a0 = a network device", ""],
  [
    "pread64, pwrite64",
    "a0 = a block device, a2 = sector size, a3 ≤ capacity − sector size",
    "",
  ],
];

/** Everything else that keeps a guest in. */
const LAYERS = [
  ["another system call", "ends the thread (KILL)", "ends the process (KILL_PROCESS)"],
  [
    "the tender's code and libraries",
    "stay mapped",
    "gone: two or three pages, which set the filter",
  ],
  ["vDSO, environment, auxiliary vector", "stay mapped", "gone, where the kernel lets it"],
  ["descriptors", "all that the caller left open", "stdout, epoll, timer, devices"],
  [
    "capabilities",
    "those of the caller",
    "none; nor in the bounding set, where the namespace is its own or the caller root",
  ],
  ["no_new_privs", "set with the filter", "set first"],
  ["namespaces", "those of the caller", "own mount, network, IPC, UTS, cgroup, where permitted"],
  ["Landlock", "none", "no file, no TCP, where the kernel has it"],
  ["boot info, arguments, manifest", "can be written", "read-only"],
  ["SIGPIPE", "ends the guest", "ignored: the call fails with EPIPE"],
];

/** What Solo5's own tender for hvt allows itself (tenders/hvt/ of Solo5), always without conditions. */
const STOCK_HVT = [
  ["ioctl", "a0 = the processor, a1 = KVM_RUN, a2 = 0"],
  ["read", "a0 = a network device or the signalfd"],
  ["write", "a0 = 1, 2 or a network device"],
  ["pread64, pwrite64", "a0 = a block device, a3 < its capacity"],
  ["epoll_pwait, timerfd_settime", "not allowed; ppoll of few descriptors"],
  ["clock_gettime", "clocks 0 to 7"],
  ["exit_group", "the same"],
  ["mmap", "private memory, not executable, of no file"],
  ["mprotect", "not executable"],
  ["munmap", "the same"],
  ["madvise", "a2 = MADV_DONTNEED or MADV_DONTFORK"],
  ["rt_sigreturn, rt_sigprocmask, futex, exit, close", "not allowed"],
  ["", "brk, getrandom, getpid, gettid: V8's"],
];

const LAYERS_HVT = [
  ["another system call", "ends the thread (KILL)", "ends the process (KILL_PROCESS)"],
  [
    "descriptors",
    "all that the caller left open, KVM, the machine",
    "stdout, stderr, the processor, a signalfd, devices",
  ],
  ["capabilities", "those of the caller", "none; nor in the bounding set, where it can be emptied"],
  ["no_new_privs", "set with the filter", "set first"],
  ["namespaces", "those of the caller", "own mount, network, IPC, UTS, cgroup, where permitted"],
  ["Landlock", "none", "no file, no TCP, where the kernel has it"],
  [
    "data can be executed by the guest",
    "yes (EFER.NXE is off)",
    "no, where the processor knows how",
  ],
  ["boot info, arguments, manifest", "read-only", "the same"],
  ["a write to stdout that fails", "is tried again for ever", "ends the printing, not the guest"],
  ["a write to a network device that fails", "ends the tender", "is told to the guest"],
];

const DEVICES: Device[] = [
  { index: 1, type: "net", fd: 102, mac: new Uint8Array(6), mtu: 1500 },
  { index: 2, type: "block", fd: 103, capacity: 1048576n, sectorSize: 512 },
];

function render(): string {
  const rules = guestRules({ epoll: 100, timer: 101, devices: DEVICES });
  const hvtRules = tenderRules({ vcpu: 100, signals: 101, devices: DEVICES });
  const rows = (table: string[][]) => table.map((row) => `| ${row.join(" | ")} |`).join("\n");
  return `<!-- Rendered from spt/rules.ts and hvt/rules.ts; seccomp_md_test.ts compares and, with UPDATE=1, writes it. -->

# What an spt guest may do

Its system calls, as an example with the descriptors 100 (epoll), 101 (timer), 102 (network device 1) and 103
(block device 2, of 1 MiB):

${seccompTable(rules)}
Everything else ends the process with SIGSYS (SECCOMP_RET_KILL_PROCESS).

## Compared with Solo5's own tender

| system call | solo5-spt of Solo5 | here |
| --- | --- | --- |
${rows(STOCK.map(([call, stock, ours]) => [call, stock, ours === "" ? "the same" : ours]))}

| | solo5-spt of Solo5 | here |
| --- | --- | --- |
${rows(LAYERS)}

# What the tender of an hvt guest may do

The guest makes no system call: it asks the tender, by hypercalls. The tender's system calls while it runs,
as an example with the descriptors 100 (the processor), 101 (signalfd), 102 (network device 1) and 103 (block
device 2, of 1 MiB):

${seccompTable(hvtRules)}
Everything else ends the process with SIGSYS (SECCOMP_RET_KILL_PROCESS).

## Compared with Solo5's own tender for hvt

| system call | here, where Solo5 has no conditions |
| --- | --- |
${rows(STOCK_HVT)}

| | solo5-hvt of Solo5 | here |
| --- | --- | --- |
${rows(LAYERS_HVT)}
`;
}

Deno.test("SECCOMP.md has the system calls of an spt guest, and of the tender of an hvt guest", () => {
  const text = render();
  if (Deno.env.get("UPDATE") === "1") Deno.writeTextFileSync(PATH, text);
  assert.equal(Deno.readTextFileSync(PATH), text, "UPDATE=1 writes it anew");
});
