/**
 * The process that an spt guest is: what it still has, and how it is ended.
 *
 * @module
 */

import assert from "node:assert/strict";
import { processArguments, processStatus, run, Running } from "../support/process.ts";
import { executablePath, testWith } from "../support/requirements.ts";
import { basic, GuestFiles, tenderCommand } from "./spt_runs.ts";

async function spinning(running: Running, body: (pid: number) => void): Promise<void> {
  try {
    await running.waitForLine(/^spinning$/);
    body(running.pid);
  } finally {
    assert.equal(await running.stop(), 143, "SIGTERM ends it");
  }
}

function readProc(pid: number, name: string): string {
  return Deno.readTextFileSync(`/proc/${pid}/${name}`);
}

function assertConfined(pid: number): void {
  const status = processStatus(pid)!;
  for (const set of ["CapInh", "CapPrm", "CapEff", "CapAmb"]) {
    assert.match(status.get(set)!, /^0+$/, set);
  }
  assert.equal(status.get("NoNewPrivs"), "1");
  assert.equal(status.get("Seccomp"), "2");
  assert.equal(status.get("Threads"), "1");
}

testWith(
  ["executable"],
  "the process of an spt guest has its memory, and hardly more",
  () =>
    GuestFiles.with(async (files) => {
      const running = files.start(basic.spins("spt"), { options: ["--mem=16"] });
      await spinning(running, (pid) => {
        assertConfined(pid);
        const maps = readProc(pid, "maps").trim().split("\n");
        const own = maps.filter((line) => !/\[(vvar|vvar_vclock|vdso|vsyscall)\]$/.test(line));
        const parts = own.map((line) => {
          const [range, flags] = line.split(" ");
          const [start, end] = range.split("-").map((text) => parseInt(text, 16));
          return { start, end, flags, line };
        });
        for (const { flags, line } of parts) assert(!/wx/.test(flags), line);
        const guest = parts.filter(({ end }) => end <= 16 * 2 ** 20);
        assert.equal(guest[0].start, 0x10000, "nothing is at the zero page");
        assert.equal(guest[guest.length - 1].end, 16 * 2 ** 20);
        const [launcher, stack, ...more] = parts.slice(guest.length);
        assert.match(launcher.line, / r-xp .*memfd:guest0/);
        assert(launcher.end - launcher.start <= 3 * 4096);
        assert.match(stack.line, / r--p .*\[stack\]$/);
        assert.deepEqual(more, []);
        const fds = [...Deno.readDirSync(`/proc/${pid}/fd`)].map(({ name }) =>
          Deno.readLinkSync(`/proc/${pid}/fd/${name}`).replace(/\d+/, "N")
        );
        assert.deepEqual(fds.sort(), [
          "anon_inode:[eventpoll]",
          "anon_inode:[timerfd]",
          "pipe:[N]",
        ]);
      });
    }),
);

testWith(
  ["executable"],
  "the process of an spt guest shows its name and the guest's arguments",
  () =>
    GuestFiles.with(async (files) => {
      const running = files.start(basic.spins("spt"), { args: ["one", "two words"] });
      await spinning(running, (pid) => {
        assert.deepEqual(processArguments(pid), ["solo5-spt", "guest0", "one", "two words"]);
        assert.equal(readProc(pid, "comm"), "guest0\n");
        assert.equal(readProc(pid, "environ"), "");
      });
    }),
);

testWith(
  ["root", "executable"],
  "an spt guest of root has neither its capabilities nor its namespaces",
  () =>
    GuestFiles.with(async (files) => {
      await spinning(files.start(basic.spins("spt")), (pid) => {
        assertConfined(pid);
        assert.match(processStatus(pid)!.get("CapBnd")!, /^0+$/);
        for (const name of ["mnt", "net", "ipc", "uts", "cgroup"]) {
          const link = (of: string) => Deno.readLinkSync(`/proc/${of}/ns/${name}`);
          assert.notEqual(link(`${pid}`), link("self"), name);
        }
      });
    }),
);

testWith(
  ["root", "executable"],
  "a user without privileges runs an spt guest",
  () =>
    GuestFiles.with(async (files) => {
      const copy = `${files.directory}/mirage-dhcp`;
      await Deno.copyFile(executablePath(), copy);
      await Deno.chmod(copy, 0o755);
      const guest = files.write(basic.spins("spt"));
      const user = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];
      const running = new Running([...user, copy, "--mode=tender", guest]);
      await spinning(running, (pid) => {
        assertConfined(pid);
        assert.match(processStatus(pid)!.get("Uid")!, /^65534\b/);
        if (Deno.readLinkSync(`/proc/${pid}/ns/user`) === Deno.readLinkSync("/proc/self/ns/user")) {
          return; // a machine that lets users have no namespaces
        }
        assert.match(processStatus(pid)!.get("CapBnd")!, /^0+$/);
        assert.notEqual(
          Deno.readLinkSync(`/proc/${pid}/ns/net`),
          Deno.readLinkSync("/proc/self/ns/net"),
        );
      });
    }),
);

testWith(
  ["executable"],
  "an spt guest goes on when nobody reads what it prints",
  () =>
    GuestFiles.with(async (files) => {
      const guest = files.write(basic.floods("spt", 256));
      const words = tenderCommand([guest]).map((word) => `'${word}'`).join(" ");
      const script = `{ { ${words}; echo $? >&3; } | true; } 3>&1`;
      assert.equal(await run(["sh", "-c", script]), "0\n");
    }),
);
