import assert from "node:assert/strict";
import fc from "fast-check";
import type { LogRecord } from "@logtape/logtape";
import { DatagramReceiver } from "../../tests/support/datagram_receiver.ts";
import { Syslog, syslogSender, UdpSender } from "./syslog.ts";
import { formatSyslog } from "./syslog_format.ts";

const RECORD: LogRecord = {
  category: ["calf", "eth0"],
  level: "info",
  message: ["bound\n"],
  rawMessage: "bound\n",
  timestamp: 0,
  properties: {},
};
const SENDER = { hostName: "host", pid: 42 };
/** RFC 5424 §6: header, structured data, message. */
const MESSAGE =
  /^<(\d{1,3})>1 (\S+) ([\x21-\x7e]{1,255}) mirage-dhcp (\d+) ([a-z]+) (-|\[[a-z]+@\d+(?: [a-z]+="(?:[^"\\\]]|\\["\\\]])*")+\]) ([\x20-\x7e]*)$/;

Deno.test("formatSyslog() gives a message of RFC 5424, with the mark in data and text", () => {
  assert.equal(
    formatSyslog(RECORD, SENDER),
    "<30>1 1970-01-01T00:00:00.000Z host mirage-dhcp 42 calf " +
      '[mirage@32473 interface="eth0" untrusted="true"] untrusted calf eth0: bound\\x0a',
  );
  assert.equal(
    formatSyslog({ ...RECORD, category: ["priv"], level: "error" }, SENDER),
    "<27>1 1970-01-01T00:00:00.000Z host mirage-dhcp 42 priv - priv: bound\\x0a",
  );
  assert.match(
    formatSyslog({ ...RECORD, category: ["priv", 'a]"\\'] }, SENDER),
    / \[mirage@32473 interface="a\\\]\\"\\\\"\] priv a\]"\\: /,
  );
  assert.match(formatSyslog(RECORD, { ...SENDER, hostName: "(a host)" }), /Z - mirage-dhcp/);
});

Deno.test("formatSyslog() keeps the form and fits a datagram whatever the record", () => {
  const text = fc.string({ unit: "binary", maxLength: 3000 });
  const name = fc.string({ unit: "binary", maxLength: 15 });
  fc.assert(fc.property(text, name, name, (message, interfaceName, hostName) => {
    const record = { ...RECORD, category: ["calf", interfaceName], message: [message] };
    const line = formatSyslog(record, { ...SENDER, hostName });
    assert.match(line, MESSAGE);
    assert.ok(line.length < 2048, String(line.length));
  }));
});

Deno.test("Syslog sends to the daemon of this host, and what was said before it came too", () => {
  const directory = Deno.makeTempDirSync();
  const path = `${directory}/log`;
  const syslog = new Syslog(syslogSender("local", path));
  const say = (i: number) => syslog.write({ ...RECORD, message: [`line ${i}`] });
  for (let i = 0; i < 100; i++) assert.equal(say(i), true);
  assert.equal(say(100), false, "so many do not wait");
  assert.equal(syslog.reason, "ENOENT");
  using receiver = DatagramReceiver.unix(path);
  // More than the socket takes at once; unread ones are full again.
  const got = () => receiver.all.map((each) => Number(/line (\d+)$/.exec(each)![1]));
  for (let i = 101; got().length < 150; i++) say(i);
  assert.deepEqual(got().slice(0, 100), Array.from({ length: 100 }, (_, i) => i));
  assert.match(receiver.all[0], MESSAGE);
  syslog.close();
  receiver.close();
  Deno.removeSync(directory);
});

for (const host of ["127.0.0.1", "::1"]) {
  Deno.test(`Syslog sends a datagram for each message by UDP to ${host}`, async () => {
    using receiver = DatagramReceiver.udp(host);
    const to = { address: host, port: receiver.port };
    const syslog = new Syslog(syslogSender(to, "/nonexistent"));
    assert.equal(syslog.write(RECORD), true);
    assert.match(await receiver.waitFor(/bound/), MESSAGE);
    syslog.close();
  });
}

Deno.test("UdpSender refuses what is no address", () => {
  assert.equal(new UdpSender({ address: "nowhere", port: 514 }).send(new Uint8Array(1)), -22);
});
