/**
 * A calf that comes to harm, in whatever way, costs the host nothing: its configuration stays as it is at
 * every moment, and the next calf has the lease again without asking for another one. A calf that hangs
 * is in supervision_hang_test.ts, when it does so again and again in supervision_loop_test.ts.
 *
 * @module
 */

import assert from "node:assert/strict";
import { EXIT_CODES } from "../attacker/misdeeds.ts";
import { processStatus, signalProcess } from "../support/process.ts";
import { testWith } from "../support/requirements.ts";
import { assertSurvives, type Supervised, supervised } from "../support/turncoat.ts";
import { inParallel } from "./misbehaving/site.ts";

/** Ended by the kernel for a system call that is not on the list. */
const KILLED = /calf killed by SIGSYS: next start in 250 ms/;
/** Ended by its own last means: V8 aborts, which seccomp does not allow it. */
const GAVE_UP = /calf (killed by SIG(SYS|TRAP|ILL|ABRT|SEGV)|exited with 70): next start in 250 ms/;

function exitedWith(code: number): RegExp {
  return new RegExp(`calf exited with ${code}: next start in 250 ms`);
}

/** What a calf does, and what priv says of its end. */
const ENDS: readonly (readonly [misdeed: string, end: RegExp])[] = [
  ...EXIT_CODES.map((code) => [`exit-${code}`, exitedWith(code)] as const),
  ["throw", exitedWith(70)],
  ["overflow-the-stack", exitedWith(70)],
  ["read-from-nowhere", /calf killed by SIG(SEGV|SYS): next start in 250 ms/],
  ["abort", KILLED],
  ["end-a-channel", /calf killed by SIGKILL: next start in 250 ms/],
  ["send-garbage-to-priv", /calf killed by SIGKILL: next start in 250 ms/],
];

testWith(["netns", "executable"], "however a calf ends, the lease stays", async () => {
  await inParallel(ENDS, ([misdeed, end]) =>
    supervised(async (site) => {
      await assertSurvives(site, () => site.command(misdeed), end);
    }));
});

const SIGNALS = ["SIGKILL", "SIGSEGV", "SIGABRT", "SIGBUS", "SIGFPE", "SIGILL"] as const;

testWith(["netns", "executable"], "whatever signal ends a calf, the lease stays", async () => {
  await inParallel(SIGNALS, (signal) =>
    supervised(async (site) => {
      const harm = async () => signalProcess(await site.daemon.calf(), signal);
      // V8 and the runtime handle some of them, and die of what they do then.
      await assertSurvives(site, harm, /calf (killed by SIG\w+|exited with \d+): next start/);
    }, { real: true }));
});

/** A calf's limit (RLIMIT_DATA, calf/host/confine.ts), and what V8 and the program take besides, KiB. */
const MOST_MEMORY_KIB = (96 + 80) * 1024;
/** How much more memory priv may have afterwards, KiB. */
const PRIV_SLACK_KIB = 8192;

function residentKib(pid: number, field: "VmRSS" | "VmHWM"): number {
  return Number.parseInt(processStatus(pid)?.get(field) ?? "0");
}

/** The most memory that a process has until `done` settles; the kernel forgets it when it ends. */
async function peakUntil(pid: number, done: Promise<unknown>): Promise<number> {
  let peak = 0;
  const timer = setInterval(() => peak = Math.max(peak, residentKib(pid, "VmHWM")), 5);
  try {
    await done;
  } finally {
    clearInterval(timer);
  }
  return peak;
}

/** How a calf takes memory, and what comes of it: its end, or that it gets no more. */
const BOMBS: readonly (readonly [misdeed: string, outcome: RegExp])[] = [
  ["take-memory-as-objects", GAVE_UP],
  ["take-memory-as-strings", GAVE_UP],
  ["take-memory-as-typed-arrays", /survived: RangeError after \d+ MiB|calf killed/],
  ["take-memory-as-one-array", /survived: RangeError after \d+ MiB|calf killed/],
  ["take-memory-by-mmap", /survived: refused after \d+ MiB|calf killed/],
  ["take-memory-by-brk", /survived: refused after \d+ MiB|calf killed/],
];

testWith(["netns", "executable"], "a calf that takes all memory gets little of it", async (t) => {
  for (const [misdeed, outcome] of BOMBS) {
    await t.step(misdeed, () =>
      supervised(async (site) => {
        const { daemon } = site;
        await site.leased();
        const calf = await daemon.calf();
        const priv = residentKib(daemon.process.pid, "VmRSS");
        const bomb = async () => {
          site.command(misdeed);
          await daemon.process.waitForLine(outcome, 60_000);
          // One that lives on has had its share, and must go for the next one to come.
          signalProcess(calf, "SIGKILL");
        };
        let peak = 0;
        await assertSurvives(
          site,
          async () => {
            peak = await peakUntil(calf, bomb());
          },
          /calf .*: next start in 250 ms/,
        );
        assert.ok(peak > 0 && peak < MOST_MEMORY_KIB, `${peak} KiB`);
        const more = residentKib(daemon.process.pid, "VmRSS") - priv;
        assert.ok(more < PRIV_SLACK_KIB, `priv has ${more} KiB more`);
      }));
  }
});

/** Every way to a descriptor that the kernel has, but for those in tests/e2e/attack_test.ts. */
const DESCRIPTORS = [
  ...["dup2", "dup3", "socketpair", "accept", "accept4", "recvmsg", "recvmmsg", "epoll-create"],
  ...["eventfd", "signalfd", "timerfd", "inotify", "fanotify", "openat2", "open-by-handle"],
  ...["open-tree", "fsopen", "creat", "memfd-secret", "mq-open", "pidfd-open", "pidfd-getfd"],
  ...["landlock-ruleset", "shmget", "raise-the-limit", "prlimit"],
];

testWith(["netns", "executable"], "a calf gets no descriptor, nor a higher limit", async () => {
  await inParallel(DESCRIPTORS, (misdeed) =>
    supervised(async (site) => {
      await assertSurvives(site, () => site.command(misdeed), KILLED);
      assert.doesNotMatch(site.daemon.process.log, /survived/, misdeed);
    }));
});

function descriptorsOf(pid: number): string[] {
  return [...Deno.readDirSync(`/proc/${pid}/fd`)].map(({ name }) =>
    Deno.readLinkSync(`/proc/${pid}/fd/${name}`).replace(/\d+/, "N")
  ).sort();
}

testWith(
  ["netns", "executable"],
  "dead calves leave no descriptor in priv, and no zombie",
  async () => {
    await supervised(async (site: Supervised) => {
      const { daemon } = site;
      await site.leased();
      await site.rebound(1);
      const kill = async (n: number) => {
        signalProcess(await daemon.calf(), "SIGKILL");
        await site.rebound(n);
      };
      await kill(2); // whatever is loaded or opened once, for the first of them
      const before = descriptorsOf(daemon.process.pid);
      for (let n = 3; n <= 6; n++) await kill(n);
      assert.deepEqual(descriptorsOf(daemon.process.pid), before);
      for (const pid of site.calves.slice(0, -1)) {
        assert.equal(processStatus(pid)?.get("State") ?? "gone", "gone");
      }
    }, { real: true });
  },
);
