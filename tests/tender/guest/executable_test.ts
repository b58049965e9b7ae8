import assert from "node:assert/strict";
import { findProgram, testWith } from "../../support/requirements.ts";
import { guest } from "./guest.ts";
import { usesBlocks } from "./guests/devices.ts";

testWith(["binutils"], "writeExecutable() writes what readelf(1) reads", async () => {
  const path = await Deno.makeTempFile();
  try {
    await Deno.writeFile(path, guest(usesBlocks("hvt")));
    const { success, stdout, stderr } = await new Deno.Command(findProgram("readelf"), {
      args: ["--file-header", "--program-headers", "--notes", "--wide", path],
      env: { LC_ALL: "C" },
      stdin: "null",
    }).output();
    const text = new TextDecoder().decode(stdout);
    assert.ok(success, text);
    assert.doesNotMatch(new TextDecoder().decode(stderr), /Warning|Error/);
    assert.match(text, /Type: +EXEC/);
    assert.match(text, /Machine: .*X86-64/);
    const loads = [...text.matchAll(/^ +LOAD +0x[0-9a-f]+ (0x[0-9a-f]+) .* ([RWE ]{3}) 0x1000$/gm)]
      .map(([, address, flags]) => [Number(address), flags]);
    assert.deepEqual(loads, [[0x100000, "R  "], [0x101000, "R E"], [0x102000, "RW "]]);
    const notes = [...text.matchAll(/^ +Solo5 +(0x[0-9a-f]+)/gm)].map(([, size]) => Number(size));
    assert.deepEqual(notes, [16, 12 + 2 * 104]);
  } finally {
    await Deno.remove(path);
  }
});
