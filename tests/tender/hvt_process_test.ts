/**
 * The process that runs an hvt guest: what it has left, how it is ended, its network devices.
 *
 * @module
 */

import assert from "node:assert/strict";
import { closeFd, writeFd } from "../../ffi/fd.ts";
import { killProcess } from "../../ffi/process.ts";
import { Signal } from "../../ffi/signal.ts";
import { receive, seqpacketPair } from "../../ffi/socket.ts";
import { Namespace } from "../support/namespace.ts";
import { processStatus, run, Running } from "../support/process.ts";
import { waitUntil } from "../support/wait.ts";
import { Wire } from "../support/wire.ts";
import { assertAnswer, frame, GUEST_MAC, waitFor, withChild } from "./child.ts";
import * as basic from "./guest/guests/basic.ts";
import { echoesFrames, LAST_FRAME, MARK_AT } from "./guest/guests/devices.ts";
import { type HvtTender, testHvt } from "./hvt_runs.ts";
import type { GuestFiles } from "./spt_runs.ts";

/** Runs `body` beside a guest that spins for ever, and ends it. */
async function spinning(
  { command }: HvtTender,
  files: GuestFiles,
  signal: "SIGTERM" | "SIGINT",
  body: (pid: number) => void = () => {},
): Promise<void> {
  const running = new Running([...command, "--mem=16", files.write(basic.spins("hvt"))]);
  try {
    await running.waitForLine(/^spinning$/);
    body(running.pid);
    running.kill(signal);
    assert.equal(await running.waitForEnd(), 1);
    assert.deepEqual(running.stderr, [`mirage-dhcp: The guest is ended: ${signal}`]);
  } finally {
    await running.stop();
  }
}

testHvt([], "SIGTERM and SIGINT end an hvt guest that spins, with 1", async (tender, files) => {
  for (const signal of ["SIGTERM", "SIGINT"] as const) await spinning(tender, files, signal);
});

/** A tender that has put up all of its confinement takes signals from a descriptor. */
async function isConfined(pid: number): Promise<void> {
  await waitUntil("its confinement", () => processStatus(pid)?.get("Seccomp") === "2");
}

testHvt([], "SIGTERM ends an hvt guest that waits, with 1", async ({ command }, files) => {
  const guest = files.write(echoesFrames("hvt", ["service"]));
  const [own, its] = seqpacketPair();
  try {
    await withChild([...command, "--net:service=@3", guest], [its], async (ended, pid) => {
      await isConfined(pid);
      killProcess(pid, Signal.SIGTERM);
      const { exit, printed } = ended();
      assert.deepEqual(exit, { exitCode: 1 }, printed);
      assert.match(printed, /^(ready\n)?mirage-dhcp: The guest is ended: SIGTERM\n$/);
    });
  } finally {
    for (const fd of [own, its]) closeFd(fd);
  }
});

testHvt(
  [],
  "SIGTERM ends an hvt guest that prints what nobody reads, with 1",
  async ({ command }, files) => {
    // Its pipe is read when it has ended.
    await withChild([...command, files.write(basic.floods("hvt", 256))], [], async (ended, pid) => {
      await isConfined(pid);
      killProcess(pid, Signal.SIGTERM);
      assert.deepEqual(ended().exit, { exitCode: 1 });
    });
  },
);

testHvt(
  [],
  "an hvt guest goes on when nobody can read what it prints",
  async ({ command }, files) => {
    const guest = files.write(basic.floods("hvt", 256));
    const words = [...command, guest].map((word) => `'${word}'`).join(" ");
    assert.equal(await run(["sh", "-c", `{ { ${words}; echo $? >&3; } | true; } 3>&1`]), "0\n");
    assert.equal(await run(["sh", "-c", `{ ${words} >&-; echo $?; }`]), "0\n");
    assert.equal(await run(["sh", "-c", `{ ${words} >/dev/full; echo $?; }`]), "0\n");
    assert.equal(await run(["sh", "-c", `{ true | ${words} >&0; echo $?; }`]), "0\n");
  },
);

testHvt([], "the tender of an hvt guest has hardly anything left", async (tender, files) => {
  await spinning(tender, files, "SIGTERM", (pid) => {
    const status = processStatus(pid)!;
    for (const set of ["CapInh", "CapPrm", "CapEff", "CapAmb"]) {
      assert.match(status.get(set)!, /^0+$/, set);
    }
    assert.equal(status.get("NoNewPrivs"), "1");
    assert.equal(status.get("Seccomp"), "2");
    const fds = [...Deno.readDirSync(`/proc/${pid}/fd`)].map(({ name }) =>
      Deno.readLinkSync(`/proc/${pid}/fd/${name}`).replace(/\d+/, "N")
    );
    const processor = tender.processor === "KVM" ? "anon_inode:kvm-vcpu:N" : "/dev/null";
    assert.deepEqual(
      fds.sort(),
      [processor, "anon_inode:[signalfd]", "pipe:[N]", "pipe:[N]"].sort(),
    );
    for (const line of Deno.readTextFileSync(`/proc/${pid}/maps`).split("\n")) {
      assert(!/^\S+ .wx/.test(line), line);
    }
  });
});

testHvt(
  ["root"],
  "the tender of an hvt guest of root has neither its capabilities nor its namespaces",
  async (tender, files) => {
    await spinning(tender, files, "SIGTERM", (pid) => {
      assert.match(processStatus(pid)!.get("CapBnd")!, /^0+$/);
      for (const name of ["mnt", "net", "ipc", "uts", "cgroup"]) {
        const link = (of: string) => Deno.readLinkSync(`/proc/${of}/ns/${name}`);
        assert.notEqual(link(`${pid}`), link("self"), name);
      }
    });
  },
);

testHvt(
  [],
  "an hvt guest answers frames on sockets that the tender inherits",
  async ({ command }, files) => {
    const [own0, its0] = seqpacketPair();
    const [own1, its1] = seqpacketPair();
    const mac = GUEST_MAC.map((byte) => byte.toString(16).padStart(2, "0")).join(":");
    const argv = [
      ...[...command, "--net:service0=@3", `--net-mac:service0=${mac}`, "--net:service1=@4"],
      files.write(echoesFrames("hvt", ["service0", "service1"])),
    ];
    try {
      await withChild(argv, [its0, its1], (ended) => {
        for (const fd of [its0, its1]) closeFd(fd);
        const buffer = new Uint8Array(2048);
        const ask = (fd: number, mark: number, length?: number) => {
          const sent = frame(mark, length);
          assert.equal(writeFd(fd, sent, sent.length), sent.length);
          waitFor(fd, "an answer");
          assert.equal(receive(fd, buffer), sent.length);
          return buffer;
        };
        assertAnswer(ask(own1, 1), 1, 2, null);
        const random = [...buffer.subarray(6, 12)];
        assertAnswer(ask(own0, 2), 2, 1, GUEST_MAC);
        assertAnswer(ask(own0, 3, 1514), 3, 1, GUEST_MAC);
        assertAnswer(ask(own1, LAST_FRAME), LAST_FRAME, 2, random);
        assert.deepEqual(ended(), { exit: { exitCode: 0 }, printed: "ready\n" });
      });
    } finally {
      for (const fd of [own0, own1]) closeFd(fd);
    }
  },
);

testHvt(
  ["root", "netns"],
  "an hvt guest answers frames on a tap interface",
  async ({ command }, files) => {
    const namespace = await Namespace.create();
    try {
      await namespace.run(..."ip tuntap add dev tap0 mode tap".split(" "));
      await namespace.run(..."ip link set dev tap0 up".split(" "));
      const guest = files.write(echoesFrames("hvt", ["service"]));
      const running = namespace.start([...command, "--net:service=tap0", guest]);
      await running.waitForLine(/^ready$/);
      const wire = await Wire.open(namespace, "tap0");
      try {
        for (const mark of [1, 2, LAST_FRAME]) {
          wire.send(frame(mark));
          const answer = await waitUntil(
            "an answer",
            () => wire.frames.find((each) => each[12] === 0x88 && each[MARK_AT] === mark),
          );
          assertAnswer(answer, mark, 1, null);
        }
        assert.equal(await running.waitForEnd(), 0);
      } finally {
        await wire.close();
      }
    } finally {
      await namespace.close();
    }
  },
);

testHvt(
  ["root"],
  "a user without privileges runs an hvt guest",
  async ({ processor, command: [program, ...words] }, files) => {
    const copy = `${files.directory}/tender`;
    await Deno.copyFile(program, copy);
    await Deno.chmod(copy, 0o755);
    const groups = processor === "KVM"
      ? `--groups=${Deno.statSync("/dev/kvm").gid}`
      : "--clear-groups";
    const user = ["setpriv", "--reuid=65534", "--regid=65534", groups];
    const guest = files.write(basic.spins("hvt"));
    const running = new Running([...user, copy, ...words, guest]);
    try {
      await running.waitForLine(/^spinning$/);
      const status = processStatus(running.pid)!;
      assert.match(status.get("CapPrm")!, /^0+$/);
      assert.equal(status.get("NoNewPrivs"), "1");
      assert.equal(status.get("Seccomp"), "2");
      const link = (of: string, name: string) => Deno.readLinkSync(`/proc/${of}/ns/${name}`);
      // A machine may let users have no namespaces.
      if (link(`${running.pid}`, "user") !== link("self", "user")) {
        assert.match(status.get("CapBnd")!, /^0+$/);
        assert.notEqual(link(`${running.pid}`, "net"), link("self", "net"));
      }
      running.kill("SIGTERM");
      assert.equal(await running.waitForEnd(), 1);
    } finally {
      await running.stop();
    }
  },
);
