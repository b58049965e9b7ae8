import assert from "node:assert/strict";
import { check, Errno, errno, ErrnoError } from "./errno.ts";
import { closeFd, O_RDONLY, openFd } from "./fd.ts";
import { program } from "./filter_fixture.ts";
import { openPacketSocket, PacketReceiver, TP_STATUS_VLAN_VALID } from "./packet_socket.ts";
import { PollSet } from "./poll.ts";
import { attachLockedFilter, send } from "./socket.ts";

// unshare(2) and setns(2) move the calling thread alone, so the tests, being synchronous, can visit
// a network namespace of their own, and it goes away with the last socket.
const libc = Deno.dlopen("libc.so.6", {
  unshare: { parameters: ["i32"], result: "i32" },
  setns: { parameters: ["i32", "i32"], result: "i32" },
  socket: { parameters: ["i32", "i32", "i32"], result: "i32" },
  ioctl: { parameters: ["i32", "u64", "buffer"], result: "i32" },
}).symbols;
const CLONE_NEWNET = 0x40000000; // linux/sched.h
const SIOCSIFFLAGS = 0x8914n; // linux/sockios.h
const IFF_UP = 1; // linux/if.h
const LOOPBACK = 1; // the first interface of a namespace

function setLoopback(up: boolean): void {
  const request = new DataView(new ArrayBuffer(40)); // struct ifreq { char name[16]; short flags; }
  new Uint8Array(request.buffer).set(new TextEncoder().encode("lo"));
  request.setInt16(16, up ? IFF_UP : 0, true);
  const fd = check(libc.socket(2, 2, 0), "socket");
  try {
    check(libc.ioctl(fd, SIOCSIFFLAGS, request), "set interface flags");
  } finally {
    closeFd(fd);
  }
}

const mayUnshare = (() => {
  const home = openFd("/proc/thread-self/ns/net", O_RDONLY, 0);
  try {
    if (libc.unshare(CLONE_NEWNET) === -1) return new ErrnoError("unshare", errno()).message;
    // In a user namespace the way back may be barred; this process then stays in the new one,
    // which matters to nobody but these tests, and they cannot run.
    if (libc.setns(home, CLONE_NEWNET) === -1) return new ErrnoError("setns", errno()).message;
    return null;
  } finally {
    closeFd(home);
  }
})();
const mustRun = Deno.env.get("REQUIRE_ROOT") === "1";
if (mayUnshare !== null && !mustRun) {
  console.log(`packet_socket_test.ts: skipped, no network namespace: ${mayUnshare}`);
}

/** A test in a new network namespace whose loopback interface is up. */
function namespaceTest(name: string, body: () => void): void {
  Deno.test({
    name: name + (mayUnshare === null || mustRun ? "" : ` [skip: ${mayUnshare}]`),
    ignore: mayUnshare !== null && !mustRun,
    fn() {
      const home = openFd("/proc/thread-self/ns/net", O_RDONLY, 0);
      try {
        check(libc.unshare(CLONE_NEWNET), "unshare");
        setLoopback(true);
        body();
      } finally {
        check(libc.setns(home, CLONE_NEWNET), "setns");
        closeFd(home);
      }
    },
  });
}

const RETURN = 0x06;
const DROP_ALL = program([RETURN, 0, 0, 0]);
const PACKET_OUTGOING = 4; // linux/if_packet.h
/**
 * Keeps `keep` bytes of an incoming frame of EtherType 0x88b5 (for experiments), drops all else.
 * The loopback interface shows each frame twice, leaving and arriving: hence the packet type.
 */
const experimental = (keep: number) =>
  program(
    [0x28, 0, 0, 0xfffff004], // ldh [SKF_AD_OFF + SKF_AD_PKTTYPE]
    [0x15, 3, 0, PACKET_OUTGOING],
    [0x28, 0, 0, 12], // ldh [12]
    [0x15, 0, 1, 0x88b5],
    [RETURN, 0, 0, keep],
    [RETURN, 0, 0, 0],
  );

function frame(etherType: number, payload: number[]): Uint8Array {
  const bytes = new Uint8Array(14 + payload.length);
  bytes.set([etherType >> 8, etherType & 0xff], 12);
  bytes.set(payload, 14);
  return bytes;
}

/** Opens a sender that receives nothing and a receiver with the program given. */
function withSockets(filter: Uint8Array, use: (sender: number, receiver: number) => void): void {
  const sender = openPacketSocket(DROP_ALL, LOOPBACK);
  const receiver = openPacketSocket(filter, LOOPBACK);
  try {
    use(sender, receiver);
  } finally {
    closeFd(sender);
    closeFd(receiver);
  }
}

/** Polls, and receives one frame. */
function next(fd: number, receiver: PacketReceiver): number {
  const set = new PollSet();
  set.add(fd);
  assert.equal(set.wait(10_000), 1);
  return receiver.receive();
}

namespaceTest("receive() gives a whole frame that passes the filter, and no other", () => {
  withSockets(experimental(0xffffffff), (sender, fd) => {
    const receiver = new PacketReceiver(fd, 1514);
    assert.equal(receiver.receive(), -Errno.EAGAIN);
    const other = frame(0x88b6, [9, 9]);
    const wanted = frame(0x88b5, Array.from({ length: 1500 }, (_, i) => i & 0xff));
    assert.equal(send(sender, other, other.length), other.length);
    assert.equal(send(sender, wanted, wanted.length), wanted.length);
    assert.equal(next(fd, receiver), 1514);
    assert.deepEqual(receiver.frame.subarray(0, 1514), wanted);
    assert.equal(receiver.originalLength, 1514);
    assert.equal(receiver.status & TP_STATUS_VLAN_VALID, 0);
    assert.equal(receiver.receive(), -Errno.EAGAIN);
  });
});

namespaceTest(
  "receive() returns -EMSGSIZE when a frame is longer than the buffer, then goes on",
  () => {
    withSockets(experimental(0xffffffff), (sender, fd) => {
      const receiver = new PacketReceiver(fd, 100);
      const long = frame(0x88b5, new Array(87).fill(1));
      const fits = frame(0x88b5, new Array(86).fill(2));
      send(sender, long, long.length);
      send(sender, fits, fits.length);
      assert.equal(next(fd, receiver), -Errno.EMSGSIZE);
      assert.equal(next(fd, receiver), 100);
      assert.deepEqual(receiver.frame, fits);
      assert.equal(receiver.originalLength, 100);
    });
  },
);

namespaceTest("receive() gives the length kept and the original one when the filter cuts", () => {
  withSockets(experimental(20), (sender, fd) => {
    const receiver = new PacketReceiver(fd, 1514);
    const sent = frame(0x88b5, new Array(60).fill(3));
    send(sender, sent, sent.length);
    assert.equal(next(fd, receiver), 20);
    assert.equal(receiver.originalLength, 74);
    assert.deepEqual(receiver.frame.subarray(0, 20), sent.subarray(0, 20));
  });
});

namespaceTest(
  "receive() gives the VLAN tag, which the frame no longer has, when there was one",
  () => {
    withSockets(experimental(0xffffffff), (sender, fd) => {
      const receiver = new PacketReceiver(fd, 1514);
      // 802.1Q: TPID 0x8100, priority 5, VLAN 0x123, then the EtherType proper.
      const tagged = frame(0x8100, [0xa1, 0x23, 0x88, 0xb5, 1, 2, 3, 4]);
      const plain = frame(0x88b5, [5, 6, 7, 8]);
      send(sender, tagged, tagged.length);
      send(sender, plain, plain.length);
      const n = next(fd, receiver);
      assert.deepEqual([...receiver.frame.subarray(12, n)], [0x88, 0xb5, 1, 2, 3, 4]);
      assert.equal(receiver.status & TP_STATUS_VLAN_VALID, TP_STATUS_VLAN_VALID);
      assert.equal(receiver.vlanTci, 0xa123);
      assert.equal(next(fd, receiver), plain.length);
      assert.equal(receiver.status & TP_STATUS_VLAN_VALID, 0);
      assert.equal(receiver.vlanTci, 0);
    });
  },
);

namespaceTest("receive() returns -ENETDOWN once when the interface goes down", () => {
  withSockets(experimental(0xffffffff), (sender, fd) => {
    const receiver = new PacketReceiver(fd, 1514);
    setLoopback(false);
    assert.equal(next(fd, receiver), -Errno.ENETDOWN);
    assert.equal(receiver.receive(), -Errno.EAGAIN);
    setLoopback(true);
    const sent = frame(0x88b5, [1]);
    assert.equal(send(sender, sent, sent.length), -Errno.ENETDOWN); // its own pending error
    assert.equal(send(sender, sent, sent.length), sent.length);
    assert.equal(next(fd, receiver), sent.length);
  });
});

namespaceTest("openPacketSocket() locks the filter", () => {
  const fd = openPacketSocket(DROP_ALL, LOOPBACK);
  assert.throws(
    () => attachLockedFilter(fd, program([RETURN, 0, 0, 0xffffffff])),
    (error) => error instanceof ErrnoError && error.code === Errno.EPERM,
  );
  closeFd(fd);
});

namespaceTest("openPacketSocket() throws and leaves nothing open when it cannot be done", () => {
  // The packet sockets of this namespace, below a line of headings.
  const open = () => Deno.readTextFileSync("/proc/thread-self/net/packet").split("\n").length - 2;
  assert.equal(open(), 0);
  assert.throws(
    () => openPacketSocket(DROP_ALL, 4711),
    (error) => error instanceof ErrnoError && error.code === Errno.ENODEV,
  );
  assert.throws(() => openPacketSocket(new Uint8Array(3), LOOPBACK), RangeError);
  assert.throws(() => openPacketSocket(DROP_ALL, 0), RangeError);
  assert.equal(open(), 0);
  const fd = openPacketSocket(DROP_ALL, LOOPBACK);
  assert.equal(open(), 1);
  closeFd(fd);
});
