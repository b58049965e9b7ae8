import assert from "node:assert/strict";
import { Errno } from "../ffi/errno.ts";
import { DatagramReceiver } from "../tests/support/datagram_receiver.ts";
import { DatagramClient } from "./datagram_client.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

function inDirectory(body: (directory: string) => void): void {
  const directory = Deno.makeTempDirSync();
  try {
    body(directory);
  } finally {
    Deno.removeSync(directory, { recursive: true });
  }
}

Deno.test("DatagramClient sends to who comes later, goes, and comes again", () => {
  inDirectory((directory) => {
    const path = `${directory}/socket`;
    const client = new DatagramClient(path);
    assert.equal(client.send(bytes("lost")), -Errno.ENOENT);
    const first = DatagramReceiver.unix(path);
    assert.equal(client.send(bytes("one")), 0);
    assert.deepEqual(first.all, ["one"]);
    first.close();
    assert.equal(client.send(bytes("lost")), -Errno.ENOENT);
    const second = DatagramReceiver.unix(path);
    assert.equal(client.send(bytes("two")), 0);
    assert.deepEqual(second.all, ["two"]);
    // Another one has taken the place without our noticing.
    second.close();
    using third = DatagramReceiver.unix(path);
    assert.equal(client.send(bytes("three")), 0);
    assert.deepEqual(third.all, ["three"]);
    client.close();
  });
});

Deno.test("DatagramClient gives up a datagram for which there is no room", () => {
  inDirectory((directory) => {
    using receiver = DatagramReceiver.unix(`${directory}/socket`);
    const client = new DatagramClient(`${directory}/socket`);
    let sent = 0;
    while (client.send(bytes("x")) === 0) sent++;
    assert.equal(client.send(bytes("x")), -Errno.EAGAIN);
    assert.equal(receiver.all.length, sent);
    assert.equal(client.send(bytes("after")), 0);
    client.close();
  });
});

Deno.test("DatagramClient knows abstract names, and says EINVAL of what can be none", () => {
  const name = `@mirage-dhcp-test-${crypto.randomUUID()}`;
  using receiver = DatagramReceiver.unix(name);
  const client = new DatagramClient(name);
  assert.equal(client.send(bytes("x")), 0);
  assert.deepEqual(receiver.all, ["x"]);
  client.close();
  assert.equal(new DatagramClient("/" + "x".repeat(200)).send(bytes("x")), -Errno.EINVAL);
});
