import assert from "node:assert/strict";
import type { LogRecord } from "@logtape/logtape";
import { DatagramReceiver } from "../../tests/support/datagram_receiver.ts";
import { closeFd, pipe } from "../../ffi/fd.ts";
import { devLogIsJournal, isJournalStream, Journal } from "./journal.ts";

const RECORD: LogRecord = {
  category: ["calf", "eth0"],
  level: "warning",
  message: ["x\nPRIORITY=0\n"],
  rawMessage: "x",
  timestamp: 0,
  properties: {},
};

Deno.test("Journal sends fields, and lines with a level when there is no journal", () => {
  const directory = Deno.makeTempDirSync();
  const lines: string[] = [];
  let room = true;
  const journal = new Journal(`${directory}/socket`, (line) => room && lines.push(line) > 0);
  assert.equal(journal.write(RECORD), true);
  assert.deepEqual(lines, ["<4>untrusted calf eth0: x\\x0aPRIORITY=0\\x0a"]);
  room = false;
  assert.equal(journal.write(RECORD), false);
  using receiver = DatagramReceiver.unix(`${directory}/socket`);
  assert.equal(journal.write(RECORD), true);
  assert.equal(journal.write({ ...RECORD, category: ["priv"], level: "info" }), true);
  assert.deepEqual(receiver.all.map((entry) => entry.split("\n")), [
    [
      ...["MESSAGE=untrusted calf eth0: x\\x0aPRIORITY=0\\x0a", "PRIORITY=4", "SYSLOG_FACILITY=3"],
      ...["SYSLOG_IDENTIFIER=mirage-dhcp", "MIRAGE_SOURCE=calf", "INTERFACE=eth0"],
      ...["UNTRUSTED=true", ""],
    ],
    [
      ...["MESSAGE=priv: x\\x0aPRIORITY=0\\x0a", "PRIORITY=6", "SYSLOG_FACILITY=3"],
      ...["SYSLOG_IDENTIFIER=mirage-dhcp", "MIRAGE_SOURCE=priv", ""],
    ],
  ]);
  journal.close();
  receiver.close();
  Deno.removeSync(directory);
});

Deno.test("isJournalStream() compares device and inode of the descriptor", () => {
  const [reader, writer] = pipe();
  const { dev, ino } = Deno.statSync(`/proc/self/fd/${writer}`);
  assert.equal(isJournalStream(writer, `${dev}:${ino}`), true);
  assert.equal(isJournalStream(writer, `${dev}:${ino! + 1}`), false);
  assert.equal(isJournalStream(writer, `${dev + 1}:${ino}`), false);
  for (const stream of [undefined, "", ":", `${dev}`, `${dev}:${ino}:1`, "x"]) {
    assert.equal(isJournalStream(writer, stream), false, stream);
  }
  closeFd(reader);
  closeFd(writer);
  assert.equal(isJournalStream(writer, `${dev}:${ino}`), false);
});

Deno.test("devLogIsJournal() is false where somebody else, or nobody, takes syslog messages", () => {
  const directory = Deno.makeTempDirSync();
  const [devLog, journal] = [`${directory}/log`, `${directory}/dev-log`];
  assert.equal(devLogIsJournal(devLog, journal), false);
  const receiver = DatagramReceiver.unix(journal);
  assert.equal(devLogIsJournal(devLog, journal), false);
  Deno.symlinkSync(journal, devLog);
  assert.equal(devLogIsJournal(devLog, journal), true);
  Deno.removeSync(devLog);
  const other = DatagramReceiver.unix(devLog);
  assert.equal(devLogIsJournal(devLog, journal), false);
  other.close();
  receiver.close();
  Deno.removeSync(directory);
});
