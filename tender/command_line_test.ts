import assert from "node:assert/strict";
import fc from "fast-check";
import {
  checkForTender,
  parseTenderCommand,
  type TenderCommand,
  type TenderOptions,
} from "./command_line.ts";
import { TenderError } from "./error.ts";
import { tenderHelp } from "./option_table.ts";

function options(argv: string, isOwn = false): TenderOptions {
  const command: TenderCommand = parseTenderCommand(argv.split(" "), isOwn);
  assert.equal(command.kind, "run");
  return (command as { options: TenderOptions }).options;
}

function assertRefused(argv: string, message: RegExp, isOwn = false): void {
  assert.throws(
    () => parseTenderCommand(argv === "" ? [] : argv.split(" "), isOwn),
    (error) => {
      assert(error instanceof TenderError, `${error}`);
      assert.equal(error.code, 1);
      assert.match(error.message, message, argv);
      assert(!error.message.includes("\n"), "one line");
      return true;
    },
  );
}

Deno.test("parseTenderCommand() takes options, the guest and its arguments apart", () => {
  const found = options(
    "--mem=64 --net:service=tap0 --net-mac:service=02:00:00:00:0A:ff --net:other=@7 " +
      "--block:disk=/a=b --block-sector-size:disk=4096 --x-exec-heap guest --mem=1 -- --help",
  );
  assert.equal(found.memory, 64);
  assert.deepEqual(found.nets, [
    { name: "service", target: { interface: "tap0" } },
    { name: "other", target: { fd: 7 } },
  ]);
  assert.deepEqual([...found.macs], [["service", Uint8Array.of(2, 0, 0, 0, 10, 255)]]);
  assert.deepEqual(found.blocks, [{ name: "disk", path: "/a=b" }]);
  assert.deepEqual([...found.sectorSizes], [["disk", 4096]]);
  assert.equal(found.execHeap, true);
  assert.equal(found.guest, "guest");
  assert.deepEqual(found.args, ["--mem=1", "--", "--help"]);
});

Deno.test("parseTenderCommand() gives what is not said its default", () => {
  const found = options("guest");
  assert.equal(found.memory, 512);
  assert.equal(found.tender, null);
  assert.equal(found.dumpcore, null);
  assert.deepEqual([found.gdb, found.gdbPort, found.execHeap], [false, 1234, false]);
  assert.deepEqual([found.nets, found.blocks, found.args], [[], [], []]);
});

Deno.test("parseTenderCommand() takes the word behind -- for the guest, whatever it is", () => {
  const found = options("--mem=2 -- --guest --version");
  assert.equal(found.guest, "--guest");
  assert.deepEqual(found.args, ["--version"]);
});

Deno.test("parseTenderCommand() obeys --help and --version before the guest only", () => {
  const lines: [line: string, kind: string][] = [
    ["--help", "help"],
    ["--version", "version"],
    ["--mem=x --help", "help"],
    ["--version --help", "version"],
    ["--help guest", "help"],
    ["guest --help", "run"],
    ["-- --help", "run"],
  ];
  for (const [line, kind] of lines) {
    assert.equal(parseTenderCommand(line.split(" "), false).kind, kind, line);
  }
});

Deno.test("parseTenderCommand() takes --mode and --tender of mirage-dhcp only", () => {
  const found = options("--mode=tender --tender=hvt guest --tender=spt", true);
  assert.equal(found.tender, "hvt");
  assert.deepEqual(found.args, ["--tender=spt"]);
  assert.equal(options("--mode tender guest", true).guest, "guest");
  assertRefused("--mode=tender guest", /no such option/);
  assertRefused("--tender=spt guest", /no such option/);
  assertRefused("--tender=xen guest", /neither hvt nor spt/, true);
});

Deno.test("parseTenderCommand() refuses what is wrong with one line", () => {
  const lines: [line: string, message: RegExp][] = [
    ["", /none is named/],
    ["--mem=1", /none is named/],
    ["--", /none is named/],
    ["-m guest", /it is no option/],
    ["- guest", /it is no option/],
    ["--memory=1 guest", /no such option/],
    ["--mem 64 guest", /needs a value: --mem=MB/],
    ["--mem= guest", /needs a value/],
    ["--mem=0 guest", /no number from 1/],
    ["--mem=-1 guest", /no number from 1/],
    ["--mem=64k guest", /no number from 1/],
    ["--mem=1e3 guest", /no number from 1/],
    ["--mem=99999999999 guest", /no number from 1/],
    ["--mem:a=1 guest", /for no device/],
    ["--net=tap0 guest", /a device is to be named: --net:NAME=IFACE\|@FD/],
    ["--net:=tap0 guest", /1 to 67 letters and digits/],
    ["--net:a-b=tap0 guest", /1 to 67 letters and digits/],
    [`--net:${"a".repeat(68)}=tap0 guest`, /1 to 67 letters and digits/],
    ["--net:a guest", /needs a value/],
    ["--net:a=@ guest", /no number from 0/],
    ["--net:a=@-1 guest", /no number from 0/],
    ["--net:a=@0x3 guest", /no number from 0/],
    ["--net:a=@2147483648 guest", /no number from 0/],
    ["--net:a=x --net:a=y guest", /attached already/],
    ["--net:a=x --net:b=x guest", /another device is attached to it/],
    ["--net:a=@4 --net:b=@04 guest", /another device is attached to it/],
    ["--net-mac:a=1 guest", /no hardware address/],
    ["--net-mac:a=02:00:00:00:00:0g guest", /no hardware address/],
    ["--net-mac:a=03:00:00:00:00:00 guest", /address of a group/],
    ["--net-mac:a=00:00:00:00:00:00 guest", /address of nobody/],
    ["--block:a=x --block:a=y guest", /attached already/],
    ["--block-sector-size:a=1000 guest", /none of 512, 1024/],
    ["--block-sector-size:a=256 guest", /none of 512, 1024/],
    ["--block-sector-size:a=65536 guest", /no number from 1 to 32768/],
    ["--gdb=1 guest", /it has no value/],
    ["--gdb-port=0 guest", /no number from 1 to 65535/],
    ["--x-exec-heap=yes guest", /it has no value/],
    ["--dumpcore guest", /needs a value/],
  ];
  for (const [line, message] of lines) assertRefused(line, message);
});

Deno.test("checkForTender() refuses options of the other tender, and too much memory", () => {
  const check = (line: string, tender: "hvt" | "spt") => () =>
    checkForTender(options(line), tender);
  assert.throws(check("--x-exec-heap guest", "hvt"), /--x-exec-heap: it is not for hvt/);
  assert.throws(check("--gdb guest", "spt"), /--gdb: it is not for spt/);
  assert.throws(check("--dumpcore=/ guest", "spt"), /not for spt/);
  assert.throws(check("--gdb-port=1 guest", "spt"), /not for spt/);
  assert.throws(check("--mem=4097 guest", "hvt"), /at most 4096/);
  assert.throws(check("--mem=1048576 guest", "spt"), /at most 1048575/);
  check("--mem=4096 --gdb --gdb-port=1 --dumpcore=/ guest", "hvt")();
  check("--mem=1048575 --x-exec-heap guest", "spt")();
});

Deno.test("tenderHelp() shows the options of the tender", () => {
  const spt = tenderHelp("solo5-spt", "spt");
  assert.match(spt, /^ {2}--x-exec-heap /m);
  assert.doesNotMatch(spt, /--gdb|--tender|--mode/);
  const own = tenderHelp("mirage-dhcp", null);
  assert.match(own, /^ {2}--tender=KIND /m);
  assert.match(own, /^ {2}--gdb .*\(hvt\)$/m);
  for (const line of own.split("\n")) assert(line.length <= 100, line);
});

Deno.test("parseTenderCommand() gives a command or one line, whatever it is given", () => {
  const pieces = fc.constantFrom(
    ...["--", "-", "--mem", "--net", "--net-mac", "--block", "--block-sector-size", "--gdb-port"],
    ...[":", "=", "@", "a", "0", "1", "512", "02:00:00:00:00:01", "guest", "\n", "\0", "é"],
  );
  const word = fc.oneof(
    fc.string(),
    fc.array(pieces, { maxLength: 6 }).map((parts) => parts.join("")),
  );
  fc.assert(fc.property(fc.array(word, { maxLength: 6 }), fc.boolean(), (argv, isOwn) => {
    try {
      parseTenderCommand(argv, isOwn);
    } catch (error) {
      assert(error instanceof TenderError, `${error}`);
      assert.match(error.message, /^Cannot [^\n\0]+$/);
    }
  }));
});
