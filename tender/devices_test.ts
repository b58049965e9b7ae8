import assert from "node:assert/strict";
import { Errno } from "../ffi/errno.ts";
import { closeFd, pipe, readFd } from "../ffi/fd.ts";
import { seqpacketPair } from "../ffi/socket.ts";
import { parseTenderCommand, type TenderOptions } from "./command_line.ts";
import { attachDevices, attachedManifest, checkDevices, type Device } from "./devices.ts";
import type { ManifestEntry } from "./guest/guest.ts";

function options(...argv: string[]): TenderOptions {
  const command = parseTenderCommand([...argv, "guest"], false);
  return (command as { options: TenderOptions }).options;
}

const NET: ManifestEntry = { index: 1, name: "service", type: "net" };
const BLOCK: ManifestEntry = { index: 2, name: "disk", type: "block" };

function withFile(size: number, body: (path: string) => void): void {
  const path = Deno.makeTempFileSync();
  try {
    Deno.truncateSync(path, size);
    body(path);
  } finally {
    Deno.removeSync(path);
  }
}

function attachAndClose(entries: readonly ManifestEntry[], options: TenderOptions): Device[] {
  const devices = attachDevices(entries, options);
  for (const { fd } of devices) closeFd(fd);
  return devices;
}

Deno.test("checkDevices() passes when each declared device is attached, and none else", () => {
  checkDevices([], options());
  checkDevices(
    [NET, BLOCK],
    options(
      "--block:disk=x",
      "--block-sector-size:disk=512",
      "--net:service=x",
      "--net-mac:service=02:00:00:00:00:00",
    ),
  );
});

Deno.test("checkDevices() names the devices that are not attached, or not declared", () => {
  const cases: [entries: ManifestEntry[], argv: string[], message: RegExp][] = [
    [[NET, BLOCK], [], /not attached: --net:service=, --block:disk=$/],
    [[NET], ["--net-mac:service=02:00:00:00:00:00"], /not attached: --net:service=$/],
    [[], ["--net:service=x"], /--net:service: the guest declares no net device service$/],
    [[BLOCK], ["--net:disk=x"], /declares no net device disk$/],
    [[NET], ["--block:service=x"], /declares no block device service$/],
    [[], ["--net-mac:a=02:00:00:00:00:00"], /--net-mac:a: the guest declares no/],
    [[], ["--block-sector-size:a=512"], /--block-sector-size:a: the guest declares no/],
  ];
  for (const [entries, argv, message] of cases) {
    assert.throws(() => checkDevices(entries, options(...argv)), message);
  }
});

Deno.test("attachDevices() takes a socket that keeps messages apart, and lets it not block", () => {
  const [own, its] = seqpacketPair();
  try {
    const [device] = attachDevices([NET], options(`--net:service=@${its}`));
    assert(device.type === "net");
    assert.equal(device.fd, its);
    assert.equal(device.index, 1);
    assert.equal(device.mtu, 1500);
    assert.equal(device.mac[0] & 3, 2, "locally administered, of one station");
    assert.equal(readFd(its, new Uint8Array(8)), -Errno.EAGAIN);
    const [again] = attachDevices([NET], options(`--net:service=@${its}`));
    assert(again.type === "net");
    assert.notDeepEqual(again.mac, device.mac, "random");
    const mac = "--net-mac:service=02:00:00:00:00:01";
    const [named] = attachDevices([NET], options(`--net:service=@${its}`, mac));
    assert(named.type === "net");
    assert.deepEqual(named.mac, Uint8Array.of(2, 0, 0, 0, 0, 1));
  } finally {
    closeFd(own);
    closeFd(its);
  }
});

Deno.test("attachDevices() refuses descriptors that are no network", () => {
  const [reading, writing] = pipe();
  try {
    const attach = (fd: number) => () => attachDevices([NET], options(`--net:service=@${fd}`));
    assert.throws(attach(reading), /descriptor \d+: neither a tap interface's nor a socket/);
    assert.throws(attach(9999), /--net:service: Cannot use descriptor 9999: EBADF/);
  } finally {
    closeFd(reading);
    closeFd(writing);
  }
});

Deno.test("attachDevices() opens a file as a block device", () => {
  withFile(8192, (path) => {
    const [device] = attachAndClose([BLOCK], options(`--block:disk=${path}`));
    assert(device.type === "block");
    assert.equal(device.capacity, 8192n);
    assert.equal(device.sectorSize, 512);
    const [large] = attachAndClose(
      [BLOCK],
      options(`--block:disk=${path}`, "--block-sector-size:disk=4096"),
    );
    assert(large.type === "block");
    assert.equal(large.sectorSize, 4096);
  });
});

Deno.test("attachDevices() refuses files that are not made of sectors, or no storage", () => {
  const attach = (path: string, ...more: string[]) => () =>
    attachAndClose([BLOCK], options(`--block:disk=${path}`, ...more));
  withFile(0, (path) => assert.throws(attach(path), /not even one sector of 512 bytes/));
  withFile(513, (path) => assert.throws(attach(path), /not made of sectors of 512 bytes/));
  withFile(
    512,
    (path) =>
      assert.throws(attach(path, "--block-sector-size:disk=1024"), /not even one sector of 1024/),
  );
  assert.throws(attach("/dev/null"), /neither a file nor a block device/);
  assert.throws(attach("/"), /--block:disk: Cannot open \/: EISDIR/);
  assert.throws(attach("/nowhere/file"), /ENOENT/);
});

Deno.test("attachDevices() refuses one file as two devices, whatever its names", () => {
  withFile(512, (path) => {
    const link = `${path}.link`;
    Deno.symlinkSync(path, link);
    try {
      const other: ManifestEntry = { index: 3, name: "other", type: "block" };
      assert.throws(
        () =>
          attachDevices([BLOCK, other], options(`--block:disk=${path}`, `--block:other=${link}`)),
        /as other: it is attached as disk already/,
      );
    } finally {
      Deno.removeSync(link);
    }
  });
});

Deno.test("attachedManifest() fills in what a guest looks for", () => {
  const manifest = { bytesAt: 0, fileOffset: 0, bytes: new Uint8Array(8 + 3 * 104), entries: [] };
  const view = new DataView(
    attachedManifest(manifest, [
      { index: 1, type: "net", fd: 5, mac: Uint8Array.of(2, 3, 4, 5, 6, 7), mtu: 1400 },
      { index: 2, type: "block", fd: 6, capacity: 2n ** 33n, sectorSize: 4096 },
    ]).buffer,
  );
  const [net, block] = [8 + 104, 8 + 208];
  assert.equal(view.getUint32(net + 72), 0x02030405);
  assert.equal(view.getUint16(net + 78, true), 1400);
  assert.equal(view.getInt32(net + 88, true), 5);
  assert.equal(view.getUint8(net + 96), 1);
  assert.equal(view.getBigUint64(block + 72, true), 2n ** 33n);
  assert.equal(view.getUint16(block + 80, true), 4096);
  assert.equal(view.getInt32(block + 88, true), 6);
  assert.equal(view.getUint8(block + 96), 1);
  assert(manifest.bytes.every((byte) => byte === 0), "the guest's own is left alone");
});
