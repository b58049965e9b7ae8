/**
 * Guests of the tender for spt: what they can do, and what becomes of them when they try more.
 *
 * @module
 */

import assert from "node:assert/strict";
import { type Output, output } from "../support/process.ts";
import { executablePath, testWith } from "../support/requirements.ts";
import type { GuestPlan } from "./guest/guest.ts";
import * as basic from "./guest/guests/basic.ts";
import {
  accessesWrongly,
  BLOCK_PATTERN,
  echoesFrames,
  usesBlocks,
  wrongAccesses,
} from "./guest/guests/devices.ts";
import { FAULT_NAMES, faults, faultSignal } from "./guest/guests/faults.ts";
import { FORBIDDEN_CALLS, forbids, printsElsewhere, setsFs } from "./guest/guests/hostile_spt.ts";
import { malformedGuests } from "./guest/malformed/all.ts";
import { GuestFiles, type GuestWords, tenderCommand } from "./spt_runs.ts";

/** 128 + the signal's number, as a shell gives it. */
const EXIT = { SIGILL: 132, SIGFPE: 136, SIGSEGV: 139, SIGSYS: 159 } as const;

interface Case extends GuestWords {
  readonly name: string;
  readonly plan: GuestPlan;
  readonly code: number;
  /** What else it may end with. */
  readonly other?: number;
  readonly stdout?: string;
}

const { FLOOD_LINE } = basic;

const CASES: Case[] = [
  { name: "prints and ends with 0", plan: basic.hello("spt"), code: 0, stdout: "Hello, world\n" },
  { name: "ends with its own status", plan: basic.exits("spt", 3), code: 3, stdout: "" },
  { name: "ends with the lower 8 bits", plan: basic.exits("spt", 0x1_02), code: 2 },
  { name: "aborts with 255", plan: basic.aborts("spt"), code: 255 },
  {
    name: "gets its arguments, whatever they look like",
    plan: basic.echoesArguments("spt"),
    args: ["--mem=1", "two words", "--mode=calf", "--help", "--"],
    code: 0,
    stdout: "--mem=1 two words --mode=calf --help --\n",
  },
  { name: "has no arguments", plan: basic.echoesArguments("spt"), code: 0, stdout: "\n" },
  { name: "finds its memory as it should be", plan: basic.examines("spt"), code: 0 },
  {
    name: "finds a small memory as it should be",
    plan: basic.examines("spt"),
    options: ["--mem=2"],
    code: 0,
  },
  { name: "waits, and reads both clocks", plan: basic.waits("spt", 20_000_000), code: 0 },
  {
    name: "prints much",
    plan: basic.floods("spt", 64),
    code: 0,
    stdout: `${"x".repeat(FLOOD_LINE - 1)}\n`.repeat(64),
  },
  { name: "sets FS", plan: setsFs(), code: 0 },
  { name: "gets EFAULT for what is not its memory", plan: printsElsewhere(), code: 0 },
  ...FAULT_NAMES.map((name) => ({
    name: `dies of ${faultSignal(name)} when it ${name}`,
    plan: faults("spt", name),
    code: EXIT[faultSignal(name)],
    stdout: "before\n",
  })),
  ...(["runs its heap", "runs its stack"] as const).map((name) => ({
    name: `lives on when it ${name} with --x-exec-heap`,
    plan: faults("spt", name),
    options: ["--x-exec-heap"],
    code: 1,
    stdout: "before\nafter\n",
  })),
  ...(["runs its data", "writes to its code", "runs what is read-only"] as const).map((name) => ({
    name: `dies of SIGSEGV when it ${name}, with --x-exec-heap, too`,
    plan: faults("spt", name),
    options: ["--x-exec-heap"],
    code: EXIT.SIGSEGV,
    stdout: "before\n",
  })),
  ...FORBIDDEN_CALLS.map((name) => ({
    name: `dies of SIGSYS: ${name}`,
    plan: forbids(name),
    code: EXIT.SIGSYS,
    // A kernel that cannot run 32-bit programs has no such gate (CONFIG_IA32_EMULATION).
    other: name === "int 0x80" ? EXIT.SIGSEGV : undefined,
    stdout: "before\n",
  })),
];

for (const { name, plan, options, args, code, other, stdout } of CASES) {
  testWith(["executable"], `an spt guest ${name}`, () =>
    GuestFiles.with(async (files) => {
      const found = await files.run(plan, { options, args });
      if (found.code !== other) assert.equal(found.code, code, found.stderr);
      if (stdout !== undefined) assert.equal(found.stdout, stdout);
      assert.equal(found.stderr, "");
    }));
}

testWith(
  ["executable"],
  "an spt guest reads and writes its block device",
  () =>
    GuestFiles.with(async (files) => {
      const start = new TextEncoder().encode("the first block".padEnd(512, "."));
      const storage = files.storage(4 * 512, start);
      const found = await files.run(usesBlocks("spt"), { options: [`--block:storage=${storage}`] });
      assert.equal(found.code, 0, found.stderr);
      assert.equal(found.stdout, new TextDecoder().decode(start));
      const content = Deno.readFileSync(storage);
      assert.equal(content.length, 4 * 512);
      const block = (n: number) => content.subarray(512 * n, 512 * (n + 1));
      assert.deepEqual([block(0), block(1), block(2), block(3)], [
        start,
        BLOCK_PATTERN,
        new Uint8Array(512),
        BLOCK_PATTERN,
      ]);
    }),
);

for (const name of wrongAccesses("spt")) {
  for (const action of ["read", "write"] as const) {
    testWith(
      ["executable"],
      `an spt guest dies of SIGSYS: block ${action} ${name}`,
      () =>
        GuestFiles.with(async (files) => {
          const storage = files.storage(1024);
          const options = [`--block:storage=${storage}`];
          const found = await files.run(accessesWrongly("spt", name, action), { options });
          assert.equal(found.code, EXIT.SIGSYS, found.stderr);
          assert.deepEqual(Deno.readFileSync(storage), new Uint8Array(1024));
        }),
    );
  }
}

testWith(
  ["executable"],
  "an spt guest sees the sector size that it was given",
  () =>
    GuestFiles.with(async (files) => {
      // It reads 512 bytes, which is no sector.
      const options = [
        `--block:storage=${files.storage(8192)}`,
        "--block-sector-size:storage=4096",
      ];
      const found = await files.run(usesBlocks("spt"), { options });
      assert.equal(found.code, EXIT.SIGSYS, found.stderr);
    }),
);

/** One line on standard error, nothing on standard output. */
function assertRefused({ code, stdout, stderr }: Output, message: RegExp): void {
  assert.equal(code, 1, stderr);
  assert.equal(stdout, "");
  assert.match(stderr, /^[^\n]+\n$/, "one line");
  assert.match(stderr, message);
}

testWith(
  ["executable"],
  "the tender refuses a guest, a device, an option with 1 and one line",
  () =>
    GuestFiles.with(async (files) => {
      const net = echoesFrames("spt", ["service"]);
      const block = usesBlocks("spt");
      const cases: [plan: GuestPlan, options: string[], message: RegExp][] = [
        [net, [], /devices that it declares are not attached: --net:service=/],
        [block, [], /not attached: --block:storage=/],
        [basic.hello("spt"), ["--net:service=tap0"], /declares no net device service/],
        [net, ["--net:service=@0"], /descriptor 0: neither a tap interface's nor a socket/],
        [net, ["--net:service=@99"], /EBADF/],
        [net, ["--net:service=nowhere0"], /--net:service: .*ENODEV/],
        [net, ["--net:service=lo"], /--net:service: Cannot /],
        [block, ["--block:storage=/nowhere/x"], /--block:storage: .*ENOENT/],
        [block, [`--block:storage=${files.storage(100)}`], /not even one sector/],
        [basic.hello("spt"), ["--tender=hvt"], /it is for spt, not for hvt/],
        [basic.hello("hvt"), ["--tender=spt"], /it is for hvt, not for spt/],
        [basic.hello("spt"), ["--mem=0"], /--mem=0/],
        [basic.hello("spt"), ["--mem=1"], /does not fit into 1 MB/],
        [basic.hello("spt"), ["--mem=1048575"], /there is not so much memory/],
        [basic.hello("spt"), ["--gdb"], /--gdb: it is not for spt/],
      ];
      for (const [plan, options, message] of cases) {
        assertRefused(await files.run(plan, { options }), message);
      }
      assertRefused(await output(tenderCommand(["/dev/null"])), /not an ELF file/);
      assertRefused(await output(tenderCommand(["/nowhere/guest\n"])), /guest\\x0a: ENOENT/);
      assertRefused(await output(tenderCommand([])), /none is named/);
      const long = await files.run(basic.hello("spt"), { args: ["x".repeat(8192)] });
      assertRefused(long, /arguments are longer than 8191 bytes/);
    }),
);

testWith(
  ["executable"],
  "the executable is solo5-spt and solo5-hvt by these names",
  () =>
    GuestFiles.with(async (files) => {
      const [spt, hvt] = ["solo5-spt", "solo5-hvt"].map((name) => `${files.directory}/${name}`);
      for (const path of [spt, hvt]) await Deno.symlink(executablePath(), path);
      const guest = files.write(basic.echoesArguments("spt"));
      const found = await output([spt, "--mem=16", "--", guest, "--tender=hvt"]);
      assert.deepEqual(found, { code: 0, stdout: "--tender=hvt\n", stderr: "" });
      assertRefused(await output([hvt, guest]), /^solo5-hvt: .*it is for spt, not for hvt/);
      assertRefused(await output([spt, "--mode=tender", guest]), /no such option/);
      const version = await output([spt, "--version"]);
      assert.equal(version.code, 0);
      assert.match(version.stderr, /^solo5-spt tender, version \S+\nABI version 2\n$/);
      const help = await output([spt, "--help"]);
      assert.equal(help.code, 1);
      assert.match(help.stderr, /^Usage: solo5-spt /m);
    }),
);

testWith(
  ["executable"],
  "the tender refuses malformed guests with 1 and one line",
  () =>
    GuestFiles.with(async (files) => {
      const malformed = malformedGuests("spt");
      assert(malformed.length > 0);
      for (const { name, file, reason } of malformed) {
        const path = `${files.directory}/malformed`;
        await Deno.writeFile(path, file);
        const { code, stdout, stderr } = await output(tenderCommand([path]));
        assert.equal(stderr, `mirage-dhcp: Cannot run the guest: ${reason}\n`, name);
        assert.deepEqual([code, stdout], [1, ""], name);
      }
    }),
);

testWith(
  ["executable"],
  "an spt guest does not run its heap, whatever personality(2) it inherits",
  () =>
    GuestFiles.with(async (files) => {
      const command = tenderCommand([files.write(faults("spt", "runs its heap"))]);
      const found = await output(["setarch", "--read-implies-exec", ...command]);
      assert.equal(found.code, EXIT.SIGSEGV, found.stderr);
      assert.equal(found.stdout, "before\n");
    }),
);
