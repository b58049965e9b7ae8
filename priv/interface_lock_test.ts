import assert from "node:assert/strict";
import { closeFd } from "../ffi/fd.ts";
import type { LinkState } from "../ffi/netlink.ts";
import { ExitCode, ExitError } from "./exit_code.ts";
import { lockInterface } from "./interface_lock.ts";

const libc = Deno.dlopen("libc.so.6", {
  socket: { parameters: ["i32", "i32", "i32"], result: "i32" },
  bind: { parameters: ["i32", "buffer", "u32"], result: "i32" },
}).symbols;

/** An index that no interface of the machine has. */
function link(name: string, index: number): LinkState {
  return {
    name,
    index,
    mac: "02:00:00:00:00:01",
    mtu: 1500,
    up: true,
    running: true,
    loopback: false,
    arpType: 1,
    carrierChanges: 0,
  };
}

const refused = (error: unknown) =>
  error instanceof ExitError && error.code === ExitCode.CANTCREAT &&
  /another instance/.test(error.message);

function withDirectories(use: (one: string, two: string) => void): void {
  const one = Deno.makeTempDirSync();
  const two = Deno.makeTempDirSync();
  try {
    use(one, two);
  } finally {
    Deno.removeSync(one, { recursive: true });
    Deno.removeSync(two, { recursive: true });
  }
}

Deno.test("lockInterface() refuses a second daemon in the same directory or on the same interface", () => {
  withDirectories((one, two) => {
    assert.equal(lockInterface(one, link("eth0", 1_000_001)).warning, null);
    assert.throws(() => lockInterface(one, link("eth0", 1_000_002)), refused);
    assert.throws(() => lockInterface(two, link("eth0", 1_000_001)), refused);
    assert.equal(lockInterface(one, link("eth0.lock", 1_000_003)).warning, null);
  });
});

Deno.test("lockInterface() holds nothing when it fails, nor after a release", () => {
  withDirectories((one, two) => {
    const descriptors = () => [...Deno.readDirSync("/proc/self/fd")].length;
    const before = descriptors();
    const lock = lockInterface(one, link("eth0", 1_000_005));
    assert.throws(() => lockInterface(two, link("eth0", 1_000_005)), refused);
    assert.equal(descriptors(), before + 2);
    lock.release();
    assert.equal(descriptors(), before);
    lockInterface(two, link("eth0", 1_000_005)).release();
    lockInterface(one, link("eth0", 1_000_006)).release();
    assert.equal(descriptors(), before);
  });
});

Deno.test("lockInterface() lets nobody who merely has the name keep a daemon out", () => {
  const fd = libc.socket(1, 5, 0);
  try {
    const name = new TextEncoder().encode("\0mirage-dhcp/1000004");
    assert.equal(libc.bind(fd, new Uint8Array([1, 0, ...name]), 2 + name.length), 0);
    withDirectories((one) => {
      const { warning } = lockInterface(one, link("eth0", 1_000_004));
      assert.match(warning ?? "", /^somebody occupies .* eth0/);
    });
  } finally {
    closeFd(fd);
  }
});
