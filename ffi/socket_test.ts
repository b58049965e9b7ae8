import assert from "node:assert/strict";
import fc from "fast-check";
import { Errno, ErrnoError } from "./errno.ts";
import { closeFd } from "./fd.ts";
import { program } from "./filter_fixture.ts";
import {
  attachFilter,
  attachLockedFilter,
  DROP_EVERYTHING,
  receive,
  send,
  seqpacketPair,
  unreadBytes,
} from "./socket.ts";

const failsWith = (code: number) => (error: unknown) =>
  error instanceof ErrnoError && error.code === code;

const LOAD_BYTE = 0x30; // BPF_LD | BPF_B | BPF_ABS
const JUMP_EQUAL = 0x15; // BPF_JMP | BPF_JEQ | BPF_K
const RETURN = 0x06; // BPF_RET | BPF_K

/** Lets a message through when its first byte is 0x42. */
const ONLY_0X42 = program(
  [LOAD_BYTE, 0, 0, 0],
  [JUMP_EQUAL, 0, 1, 0x42],
  [RETURN, 0, 0, 0xffffffff],
  [RETURN, 0, 0, 0],
);

function withPair(use: (priv: number, calf: number) => void): void {
  const [priv, calf] = seqpacketPair();
  try {
    use(priv, calf);
  } finally {
    closeFd(priv);
    closeFd(calf);
  }
}

Deno.test("seqpacketPair() keeps message boundaries both ways", () => {
  withPair((priv, calf) => {
    const buffer = new Uint8Array(32);
    assert.equal(send(priv, Uint8Array.of(1, 2, 3), 3), 3);
    assert.equal(send(priv, Uint8Array.of(4, 5, 6), 1), 1);
    assert.equal(receive(calf, buffer), 3);
    assert.deepEqual([...buffer.subarray(0, 3)], [1, 2, 3]);
    assert.equal(receive(calf, buffer), 1);
    assert.equal(buffer[0], 4);
    assert.equal(send(calf, Uint8Array.of(9), 1), 1);
    assert.equal(receive(priv, buffer), 1);
    assert.equal(buffer[0], 9);
  });
});

Deno.test("seqpacketPair() makes the first end non-blocking, the second blocking, both close-on-exec", () => {
  withPair((priv, calf) => {
    const flags = (fd: number) =>
      parseInt(
        /^flags:\s*([0-7]+)$/m.exec(Deno.readTextFileSync(`/proc/thread-self/fdinfo/${fd}`))![1],
        8,
      );
    assert.equal(flags(priv) & 0o2004000, 0o2004000);
    assert.equal(flags(calf) & 0o2004000, 0o2000000);
    assert.equal(receive(priv, new Uint8Array(1)), -Errno.EAGAIN);
  });
});

Deno.test("send() returns -EAGAIN when the peer does not read, and nothing sent before is lost", () => {
  withPair((priv, calf) => {
    const message = new Uint8Array(1500);
    let sent = 0;
    let n: number;
    while ((n = send(priv, message, message.length)) === message.length) sent++;
    assert.equal(n, -Errno.EAGAIN);
    assert.ok(sent > 0);
    for (let i = 0; i < sent; i++) assert.equal(receive(calf, message), message.length);
  });
});

Deno.test("send() returns -EPIPE and receive() 0 when the peer is closed", () => {
  const [priv, calf] = seqpacketPair();
  closeFd(calf);
  assert.equal(send(priv, new Uint8Array(1), 1), -Errno.EPIPE);
  assert.equal(receive(priv, new Uint8Array(1)), 0);
  closeFd(priv);
});

Deno.test("send() returns -EFAULT when the length is beyond the buffer, -EMSGSIZE when too long", () => {
  withPair((priv) => {
    assert.equal(send(priv, new Uint8Array(4), 5), -Errno.EFAULT);
    assert.equal(send(priv, new Uint8Array(8 << 20), 8 << 20), -Errno.EMSGSIZE);
  });
});

Deno.test("attachLockedFilter() drops what the program refuses and leaves the rest whole", () => {
  withPair((priv, calf) => {
    attachLockedFilter(priv, ONLY_0X42);
    const buffer = new Uint8Array(2048);
    fc.assert(fc.property(fc.uint8Array({ minLength: 1, maxLength: 1600 }), (message) => {
      assert.equal(send(calf, message, message.length), message.length);
      const n = receive(priv, buffer);
      if (message[0] !== 0x42) assert.equal(n, -Errno.EAGAIN);
      else assert.deepEqual(buffer.subarray(0, n), message);
      message[0] = 0x42;
      send(calf, message, message.length);
      assert.equal(receive(priv, buffer), message.length);
      assert.deepEqual(buffer.subarray(0, message.length), message);
    }));
  });
});

Deno.test("attachLockedFilter() does not touch what the filtered end sends", () => {
  withPair((priv, calf) => {
    attachLockedFilter(priv, ONLY_0X42);
    assert.equal(send(priv, Uint8Array.of(1), 1), 1);
    assert.equal(receive(calf, new Uint8Array(1)), 1);
  });
});

Deno.test("attachLockedFilter() throws EPERM when a filter is locked, and the first stays in force", () => {
  withPair((priv, calf) => {
    attachLockedFilter(priv, ONLY_0X42);
    assert.throws(
      () => attachLockedFilter(priv, program([RETURN, 0, 0, 0xffffffff])),
      failsWith(Errno.EPERM),
    );
    send(calf, Uint8Array.of(1), 1);
    assert.equal(receive(priv, new Uint8Array(1)), -Errno.EAGAIN);
  });
});

Deno.test("attachLockedFilter() throws when the program is not one", () => {
  withPair((priv) => {
    assert.throws(() => attachLockedFilter(priv, new Uint8Array(0)), RangeError);
    assert.throws(() => attachLockedFilter(priv, new Uint8Array(12)), RangeError);
    assert.throws(() => attachLockedFilter(priv, new Uint8Array(4097 * 8)), RangeError);
    // Does not end in a return.
    assert.throws(
      () => attachLockedFilter(priv, program([LOAD_BYTE, 0, 0, 0])),
      failsWith(Errno.EINVAL),
    );
    attachLockedFilter(priv, ONLY_0X42); // a refused program has locked nothing
  });
});

Deno.test("attachFilter() can be replaced, and drops everything with DROP_EVERYTHING until then", () => {
  withPair((priv, calf) => {
    attachFilter(priv, DROP_EVERYTHING);
    assert.equal(send(calf, Uint8Array.of(0x42), 1), 1);
    assert.equal(receive(priv, new Uint8Array(8)), -Errno.EAGAIN);
    attachLockedFilter(priv, ONLY_0X42);
    send(calf, Uint8Array.of(0x42), 1);
    assert.equal(receive(priv, new Uint8Array(8)), 1);
    assert.equal(receive(priv, new Uint8Array(8)), -Errno.EAGAIN);
  });
});

Deno.test("unreadBytes() is 0 when the peer has received everything, and only then", () => {
  withPair((priv, calf) => {
    const message = Uint8Array.of(1, 2, 3);
    assert.equal(unreadBytes(priv), 0);
    send(priv, message, 3);
    const one = unreadBytes(priv);
    assert.ok(one >= 3, `${one} bytes`);
    send(priv, message, 3);
    assert.ok(unreadBytes(priv) > one);
    assert.equal(unreadBytes(calf), 0, "what it has to receive is not what it has sent");
    receive(calf, new Uint8Array(8));
    assert.equal(unreadBytes(priv), one);
    receive(calf, new Uint8Array(8));
    assert.equal(unreadBytes(priv), 0);
  });
});

Deno.test("unreadBytes() throws EBADF for what is no descriptor", () => {
  assert.throws(() => unreadBytes(-1), failsWith(Errno.EBADF));
});
