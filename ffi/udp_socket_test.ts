import assert from "node:assert/strict";
import { bindUdp } from "./datagram_fixture.ts";
import { Errno } from "./errno.ts";
import { closeFd } from "./fd.ts";
import { receive } from "./socket.ts";
import { openUdp, sendUdp, udpAddress } from "./udp_socket.ts";

for (const host of ["127.0.0.1", "::1"]) {
  Deno.test(`sendUdp() sends a datagram to ${host}, also after nobody was there to take one`, () => {
    const first = bindUdp(host, 0);
    closeFd(first.fd);
    const destination = openUdp(host, first.port);
    try {
      assert.equal(sendUdp(destination, Uint8Array.of(1)), 1, "lost");
      const receiver = bindUdp(host, first.port);
      assert.equal(sendUdp(destination, Uint8Array.of(1, 2, 3)), 3, "no word of what was lost");
      const buffer = new Uint8Array(16);
      assert.equal(receive(receiver.fd, buffer), 3);
      assert.deepEqual([...buffer.subarray(0, 3)], [1, 2, 3]);
      closeFd(receiver.fd);
    } finally {
      closeFd(destination.fd);
    }
  });
}

Deno.test("sendUdp() gives −errno when the kernel refuses the datagram", () => {
  const destination = openUdp("127.0.0.1", 9);
  assert.equal(sendUdp(destination, new Uint8Array(70_000)), -Errno.EMSGSIZE);
  closeFd(destination.fd);
  assert.equal(sendUdp(destination, new Uint8Array(1)), -Errno.EBADF);
});

Deno.test("udpAddress() makes the kernel's form, port and address in network order", () => {
  assert.deepEqual([...udpAddress("192.0.2.7", 514).subarray(0, 8)], [2, 0, 2, 2, 192, 0, 2, 7]);
  const ipv6 = udpAddress("2001:db8::1", 514);
  assert.equal(ipv6.length, 28);
  assert.deepEqual([...ipv6.subarray(0, 4), ...ipv6.subarray(8, 12), ipv6[23]], [
    ...[10, 0, 2, 2],
    ...[0x20, 0x01, 0x0d, 0xb8],
    1,
  ]);
});

Deno.test("udpAddress() refuses what is no address, and no port", () => {
  for (
    const host of ["", "localhost", "192.0.2", "192.0.2.256", "fe80::1%lo", "[::1]", "1::2::3"]
  ) {
    assert.throws(() => udpAddress(host, 514), RangeError, host);
  }
  for (const port of [-1, 65536, 1.5, NaN]) {
    assert.throws(() => udpAddress("192.0.2.7", port), RangeError, String(port));
  }
});
