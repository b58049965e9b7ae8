/**
 * Guests of the tender for hvt: what they can do, and what becomes of them when they try more.
 *
 * @module
 */

import assert from "node:assert/strict";
import { closeFd } from "../../ffi/fd.ts";
import { seqpacketPair } from "../../ffi/socket.ts";
import { output } from "../support/process.ts";
import { requirement, testWith } from "../support/requirements.ts";
import { withChild } from "./child.ts";
import type { GuestPlan } from "./guest/guest.ts";
import * as basic from "./guest/guests/basic.ts";
import {
  accessesWrongly,
  BLOCK_PATTERN,
  echoesFrames,
  usesBlocks,
  wrongAccesses,
} from "./guest/guests/devices.ts";
import { FAULT_NAMES, faults } from "./guest/guests/faults.ts";
import { asksBadly, BAD_HYPERCALLS, haltsWithFarCookie } from "./guest/guests/hostile_hvt.ts";
import { malformedGuests } from "./guest/malformed/all.ts";
import { testHvt } from "./hvt_runs.ts";
import { GuestFiles, tenderCommand } from "./spt_runs.ts";

interface Case {
  readonly name: string;
  readonly plan: GuestPlan;
  readonly options?: readonly string[];
  readonly args?: readonly string[];
  readonly code: number;
  readonly stdout?: string;
  /** Of standard error, which is one line; none = nothing. */
  readonly message?: RegExp;
}

const { FLOOD_LINE } = basic;

const CASES: Case[] = [
  { name: "prints and ends with 0", plan: basic.hello("hvt"), code: 0, stdout: "Hello, world\n" },
  { name: "ends with its own status", plan: basic.exits("hvt", 3), code: 3, stdout: "" },
  { name: "ends with the lower 8 bits", plan: basic.exits("hvt", 0x1_02), code: 2 },
  { name: "ends with a far cookie", plan: haltsWithFarCookie(), code: 7 },
  {
    name: "aborts with 255",
    plan: basic.aborts("hvt"),
    code: 255,
    stdout: "solo5_abort() called\n",
    message: /aborted/,
  },
  {
    name: "gets its arguments, whatever they look like",
    plan: basic.echoesArguments("hvt"),
    args: ["--mem=1", "two words", "--mode=calf", "--help", "--"],
    code: 0,
    stdout: "--mem=1 two words --mode=calf --help --\n",
  },
  { name: "finds its memory as it should be", plan: basic.examines("hvt"), code: 0 },
  ...[2, 3, 1025, 4096].map((mb) => ({
    name: `finds ${mb} MB as they should be`,
    plan: basic.examines("hvt"),
    options: [`--mem=${mb}`],
    code: 0,
  })),
  { name: "waits, and reads both clocks", plan: basic.waits("hvt", 20_000_000), code: 0 },
  {
    name: "prints much",
    plan: basic.floods("hvt", 64),
    code: 0,
    stdout: `${"x".repeat(FLOOD_LINE - 1)}\n`.repeat(64),
  },
  ...FAULT_NAMES.map((name) => ({
    name: `ends with 255 when it ${name}`,
    plan: faults("hvt", name),
    code: 255,
    stdout: "before\n",
    message: /Cannot go on with the guest: /,
  })),
];

for (const { name, plan, options = [], args = [], code, stdout, message } of CASES) {
  testHvt([], `an hvt guest ${name}`, async ({ command }, files) => {
    const found = await output([...command, ...options, files.write(plan), ...args]);
    assert.equal(found.code, code, found.stderr);
    if (stdout !== undefined) assert.equal(found.stdout, stdout);
    if (message === undefined) assert.equal(found.stderr, "");
    else {
      assert.match(found.stderr, message);
      assert.match(found.stderr, /^mirage-dhcp: [^\n]+\n$/, "one line");
    }
  });
}

testHvt([], "hvt guests that ask badly are ended with 1", async ({ command }, files) => {
  for (const name of BAD_HYPERCALLS) {
    const storage = files.storage(4096);
    const [own, its] = seqpacketPair();
    const words = ["--net:net=@3", `--block:storage=${storage}`, files.write(asksBadly(name))];
    try {
      await withChild([...command, ...words], [its], (ended) => {
        const { exit, printed } = ended();
        assert.deepEqual(exit, { exitCode: 1 }, `${name}: ${printed}`);
        const wanted = /^before\nmirage-dhcp: Cannot go on with the guest: it [^\n]+\n$/;
        assert.match(printed, wanted, name);
      });
    } finally {
      for (const fd of [own, its]) closeFd(fd);
    }
    assert.deepEqual(Deno.readFileSync(storage), new Uint8Array(4096), name);
  }
});

testHvt([], "an hvt guest reads and writes its block device", async ({ command }, files) => {
  const start = new TextEncoder().encode("the first block".padEnd(512, "."));
  const storage = files.storage(4 * 512, start);
  const words = [`--block:storage=${storage}`, files.write(usesBlocks("hvt"))];
  const found = await output([...command, ...words]);
  assert.equal(found.code, 0, found.stderr);
  assert.equal(found.stdout, new TextDecoder().decode(start));
  const content = Deno.readFileSync(storage);
  const block = (n: number) => content.subarray(512 * n, 512 * (n + 1));
  assert.deepEqual([block(0), block(1), block(2), block(3)], [
    start,
    BLOCK_PATTERN,
    new Uint8Array(512),
    BLOCK_PATTERN,
  ]);
});

testHvt([], "an hvt guest's wrong accesses to blocks are invalid", async ({ command }, files) => {
  for (const name of wrongAccesses("hvt")) {
    for (const action of ["read", "write"] as const) {
      const storage = files.storage(1024);
      const guest = files.write(accessesWrongly("hvt", name, action));
      const found = await output([...command, `--block:storage=${storage}`, guest]);
      assert.equal(found.code, 0, `${action} ${name}: ${found.stderr}`);
      assert.deepEqual(Deno.readFileSync(storage), new Uint8Array(1024));
    }
  }
});

testHvt(
  [],
  "the tender for hvt refuses guests, devices, options with 1 and one line",
  async ({ command }, files) => {
    const hello = files.write(basic.hello("hvt"));
    const cases: [words: string[], message: RegExp][] = [
      [[files.write(echoesFrames("hvt", ["service"]))], /not attached: --net:service=/],
      [["--net:service=tap0", hello], /declares no net device service/],
      [["--block:storage=/nowhere/x", files.write(usesBlocks("hvt"))], /--block:storage: .*ENOENT/],
      [["--mem=1", hello], /does not fit into 1 MB/],
      [["--mem=4097", hello], /at most 4096/],
      [["--x-exec-heap", hello], /it is not for hvt/],
      [["--gdb", hello], /--gdb: it is not built yet/],
      [["--dumpcore=/tmp", hello], /--dumpcore: it is not built yet/],
      [[hello, "x".repeat(8192)], /arguments are longer than 8191 bytes/],
      [["--tender=spt", hello], /it is for hvt, not for spt/],
    ];
    for (const [words, message] of cases) {
      const { code, stdout, stderr } = await output([...command, ...words]);
      assert.equal(code, 1, stderr);
      assert.equal(stdout, "");
      assert.match(stderr, /^mirage-dhcp: [^\n]+\n$/, "one line");
      assert.match(stderr, message);
    }
  },
);

testWith(
  ["executable"],
  "the tender refuses malformed hvt guests with 1 and one line",
  () =>
    GuestFiles.with(async (files) => {
      for (const { name, file, reason } of malformedGuests("hvt")) {
        const path = `${files.directory}/malformed`;
        await Deno.writeFile(path, file);
        const { code, stdout, stderr } = await output(tenderCommand([path]));
        assert.equal(stderr, `mirage-dhcp: Cannot run the guest: ${reason}\n`, name);
        assert.deepEqual([code, stdout], [1, ""], name);
      }
    }),
);

const noKvm = requirement("kvm").ok ? " [skip: there is KVM]" : "";
Deno.test({
  name: `without KVM the tender ends with 1, and says what to do${noKvm}`,
  ignore: noKvm !== "" || !requirement("executable").ok,
  fn: () =>
    GuestFiles.with(async (files) => {
      const { code, stdout, stderr } = await files.run(basic.hello("hvt"));
      assert.deepEqual([code, stdout], [1, ""]);
      assert.match(stderr, /^mirage-dhcp: Cannot run the guest without KVM: [^\n]+ for spt\n$/);
    }),
});
