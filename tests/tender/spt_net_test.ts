/**
 * Network devices of spt guests: descriptors that were inherited, and tap interfaces.
 *
 * @module
 */

import assert from "node:assert/strict";
import { closeFd, writeFd } from "../../ffi/fd.ts";
import { receive, seqpacketPair } from "../../ffi/socket.ts";
import { Namespace } from "../support/namespace.ts";
import { testWith } from "../support/requirements.ts";
import { waitUntil } from "../support/wait.ts";
import { Wire } from "../support/wire.ts";
import { assertAnswer, frame, GUEST_MAC, waitFor, withChild } from "./child.ts";
import { echoesFrames, LAST_FRAME, MARK_AT } from "./guest/guests/devices.ts";
import { GuestFiles, tenderCommand } from "./spt_runs.ts";

testWith(
  ["executable"],
  "an spt guest answers frames on sockets that the tender inherits",
  () =>
    GuestFiles.with(async (files) => {
      const [own0, its0] = seqpacketPair();
      const [own1, its1] = seqpacketPair();
      const mac = GUEST_MAC.map((byte) => byte.toString(16).padStart(2, "0")).join(":");
      const argv = tenderCommand([
        ...["--net:service0=@3", `--net-mac:service0=${mac}`, "--net:service1=@4"],
        files.write(echoesFrames("spt", ["service0", "service1"])),
      ]);
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
          assert.equal(buffer[6] & 3, 2, "a locally administered address, of one station");
          const random = [...buffer.subarray(6, 12)];
          assertAnswer(ask(own0, 2), 2, 1, GUEST_MAC);
          assertAnswer(ask(own0, 3, 1514), 3, 1, GUEST_MAC);
          assertAnswer(ask(own1, LAST_FRAME), LAST_FRAME, 2, random);
          assert.deepEqual(ended(), { exit: { exitCode: 0 }, printed: "ready\n" });
        });
      } finally {
        for (const fd of [own0, own1]) closeFd(fd);
      }
    }),
);

testWith(
  ["executable"],
  "an spt guest sees an error, and no signal, when its network is gone",
  () =>
    GuestFiles.with(async (files) => {
      const [own, its] = seqpacketPair();
      const argv = tenderCommand([
        "--net:service=@3",
        files.write(echoesFrames("spt", ["service"])),
      ]);
      const sent = frame(1);
      writeFd(own, sent, sent.length);
      closeFd(own);
      await withChild(argv, [its], (ended) => {
        closeFd(its);
        const { exit } = ended();
        assert.deepEqual(exit, { exitCode: 1 }, "its own: the frame cannot be sent");
      });
    }),
);

async function withTap(body: (namespace: Namespace) => Promise<void>): Promise<void> {
  const namespace = await Namespace.create();
  try {
    await namespace.run(..."ip tuntap add dev tap0 mode tap".split(" "));
    await body(namespace);
  } finally {
    await namespace.close();
  }
}

testWith(
  ["root", "netns", "executable"],
  "an spt guest answers frames on a tap interface",
  () =>
    GuestFiles.with((files) =>
      withTap(async (namespace) => {
        const guest = files.write(echoesFrames("spt", ["service"]));
        const argv = tenderCommand(["--net:service=tap0", guest]);
        const down = await namespace.output(argv);
        assert.equal(down.code, 1);
        assert.match(down.stderr, /--net:service: Cannot use interface tap0: ENETDOWN/);

        await namespace.run(..."ip link set dev tap0 mtu 1400 up".split(" "));
        const running = namespace.start(argv);
        await running.waitForLine(/^ready$/);
        const wire = await Wire.open(namespace, "tap0");
        try {
          const answer = async (mark: number) => {
            wire.send(frame(mark));
            return await waitUntil(
              "an answer",
              () => wire.frames.find((each) => each[12] === 0x88 && each[MARK_AT] === mark),
            );
          };
          assertAnswer(await answer(1), 1, 1, null);
          const busy = await namespace.output(argv);
          assert.equal(busy.code, 1);
          assert.match(busy.stderr, /--net:service: Cannot attach to interface tap0: EBUSY/);
          assertAnswer(await answer(LAST_FRAME), LAST_FRAME, 1, null);
          assert.equal(await running.waitForEnd(), 0);
        } finally {
          await wire.close();
        }
      })
    ),
);

testWith(
  ["root", "netns", "executable"],
  "the tender makes no interface",
  () =>
    GuestFiles.with((files) =>
      withTap(async (namespace) => {
        const guest = files.write(echoesFrames("spt", ["service"]));
        for (const name of ["tap1", "tap%d", "lo"]) {
          const found = await namespace.output(tenderCommand([`--net:service=${name}`, guest]));
          assert.equal(found.code, 1, name);
          assert.match(found.stderr, /^mirage-dhcp: Cannot attach --net:service: Cannot [^\n]+\n$/);
        }
        const links = await namespace.ip<{ ifname: string }[]>("link", "show");
        assert.deepEqual(links.map(({ ifname }) => ifname), ["lo", "tap0"]);
      })
    ),
);
