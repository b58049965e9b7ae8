/**
 * Tests of packing. That the packed executable runs is shown in tests/tiers/static_file_test.ts.
 *
 * @module
 */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { testWith } from "../../../tests/support/requirements.ts";
import { assemble, LAUNCHER } from "../assemble.ts";
import { join } from "../paths.ts";
import { cacheFolder } from "../project.ts";
import { DENORT, runtimePath } from "../denort.ts";
import { ElfError, ElfFile, PROGRAM_HEADER_SIZE, SegmentFlag, SegmentType } from "./elf.ts";
import { LAUNCHER_CODE } from "./launcher.ts";
import { checkLibraries, LIBRARIES, type Libraries, LINKER, readLibraries } from "./libraries.ts";
import { pack } from "./pack.ts";

testWith(["binutils"], "launcher.s gives launcher.ts", async () => {
  assert.equal(await assemble(LAUNCHER), LAUNCHER_CODE, "run deno task generate");
});

const digest = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

/** What a test packs; null on a machine that has not got it. */
async function inputs(): Promise<{ denort: ElfFile; libraries: Libraries } | null> {
  try {
    const path = Deno.env.get("DENORT_BIN") || runtimePath(cacheFolder(), DENORT);
    const denort = new ElfFile("denort", await Deno.readFile(path));
    return { denort, libraries: await readLibraries() };
  } catch {
    return null;
  }
}

const have = await inputs();
const skip = have === null ? " [skip: no denort or no libraries: run deno task setup]" : "";
const test = (name: string, fn: (denort: ElfFile, libraries: Libraries) => void | Promise<void>) =>
  Deno.test({
    name: name + skip,
    ignore: have === null,
    fn: () => fn(have!.denort, have!.libraries),
  });

test(
  "pack() gives equal bytes for equal inputs, and leaves denort's code and data",
  (denort, libraries) => {
    const packed = pack(denort, libraries);
    assert.equal(digest(packed), digest(pack(denort, libraries)));
    const from = denort.headersAt + denort.headers.length * PROGRAM_HEADER_SIZE;
    const to = Number(new DataView(denort.bytes.buffer).getBigUint64(40, true)); // e_shoff
    assert.equal(digest(packed.subarray(from, to)), digest(denort.bytes.subarray(from, to)));
  },
);

test(
  "pack() maps nothing that is both writable and executable, and nothing twice",
  (denort, libraries) => {
    const packed = new ElfFile("packed", pack(denort, libraries));
    const loads = packed.segments(SegmentType.LOAD);
    const both = SegmentFlag.W | SegmentFlag.X;
    assert.deepEqual(loads.filter(({ flags }) => (flags & both) === both), []);
    const page = (vaddr: number) => Math.floor(vaddr / 4096);
    loads.slice(1).forEach(({ vaddr, offset }, i) => {
      const before = loads[i];
      assert.ok(page(before.vaddr + before.memorySize - 1) < page(vaddr));
      assert.equal((vaddr - offset) % 4096, 0);
    });
    assert.ok(loads.every(({ offset, fileSize }) => offset + fileSize <= packed.bytes.length));
    assert.deepEqual(
      packed.segments(SegmentType.GNU_STACK),
      denort.segments(SegmentType.GNU_STACK),
    );
  },
);

test("pack() leaves no name of a file that chooses libraries", (denort, libraries) => {
  const text = new TextDecoder("latin1");
  assert.match(text.decode(libraries.linker.file.bytes), /\/etc\/ld\.so\.preload/);
  assert.doesNotMatch(text.decode(pack(denort, libraries)), /\/etc\/ld\.so\.preload/);
});

test("pack() refuses a denort with too few program headers", (denort, libraries) => {
  const bytes = denort.bytes.slice();
  new DataView(bytes.buffer).setUint16(56, 11, true); // e_phnum
  assert.throws(
    () => pack(new ElfFile("denort", bytes), libraries),
    new ElfError("Cannot pack denort: 12 program headers do not fit in 11"),
  );
});

test("checkLibraries() wants every soname and every symbol version", (denort, libraries) => {
  const { linker, others } = libraries;
  checkLibraries(denort, libraries);
  const without = (soname: string) => others.filter((each) => each.soname !== soname);
  assert.throws(
    () => checkLibraries(denort, { linker, others: without("libm.so.6") }),
    /Cannot pack denort: it needs libm\.so\.6, which is not packed/,
  );
  const libdl = others.find(({ soname }) => soname === "libdl.so.2")!;
  assert.throws(
    () =>
      checkLibraries(denort, { linker, others: [...others, { ...libdl, soname: "libx.so.1" }] }),
    /Cannot pack libx\.so\.1: it calls itself libdl\.so\.2/,
  );
  const older = libdl.file.bytes.slice();
  const name = new TextDecoder("latin1").decode(older).indexOf("GLIBC_2.2.5");
  older[name] = "X".charCodeAt(0);
  const file = new ElfFile("libdl.so.2", older);
  assert.throws(
    () =>
      checkLibraries(denort, { linker, others: [...without("libdl.so.2"), { ...libdl, file }] }),
    /it needs GLIBC_2\.2\.5, which libdl\.so\.2 lacks/,
  );
});

Deno.test("readLibraries() names the packages that are missing", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await assert.rejects(
      readLibraries([folder]),
      /libraries are missing\. Install .*: libc6 libgcc-s1 libseccomp2 libnl-3-200 libnl-route-3-200$/,
    );
    for (const { soname } of [LINKER, ...LIBRARIES]) {
      await Deno.writeTextFile(join(folder, soname), "no library");
    }
    await assert.rejects(readLibraries([folder]), /no 64-bit little-endian ELF file/);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
