import assert from "node:assert/strict";
import { assemble, SPT_LAUNCHER } from "../../linuxkit/build/assemble.ts";
import { testWith } from "../../tests/support/requirements.ts";
import { buildProgram, otherDescriptors, PROGRAM_START } from "./image.ts";
import { LAUNCHER_CODE } from "./launcher.ts";

testWith(["binutils"], "launcher.s of spt guests gives launcher.ts", async () => {
  assert.equal(await assemble(SPT_LAUNCHER), LAUNCHER_CODE, "run deno task generate");
});

Deno.test("otherDescriptors() leaves nothing out but what is kept", () => {
  const last = 0xffff_ffff;
  const cases: [kept: number[], ranges: number[][]][] = [
    [[], [[0, last]]],
    [[1], [[0, 0], [2, last]]],
    [[0, 1, 2], [[3, last]]],
    [[9, 1, 5, 6, 9], [[0, 0], [2, 4], [7, 8], [10, last]]],
  ];
  for (const [kept, ranges] of cases) assert.deepEqual(otherDescriptors(kept), ranges);
});

Deno.test("buildProgram() makes segments of whole pages, none to be written and executed", () => {
  const file = buildProgram({
    name: "a name that is too long",
    memory: {
      end: 2 ** 21,
      protection: 3,
      pieces: [{ address: 0x11000, bytes: new Uint8Array(5000).fill(7) }],
      pages: [{ start: 0x11000, end: 0x13000, protection: 1 }],
    },
    entry: 0x100000,
    filter: new Uint8Array(4096 * 8).fill(9),
    descriptors: [1, 3],
    namespaces: 0,
  });
  const view = new DataView(file.buffer);
  assert.equal(file.length % 4096, 0);
  const headers = [0, 1, 2].map((i) => {
    const at = 64 + 56 * i;
    return {
      flags: view.getUint32(at + 4, true),
      offset: Number(view.getBigUint64(at + 8, true)),
      address: Number(view.getBigUint64(at + 16, true)),
      size: Number(view.getBigUint64(at + 40, true)),
    };
  });
  assert.deepEqual(headers.map(({ flags }) => flags), [5, 4, 6]);
  const [resident, images] = headers;
  assert.equal(resident.address, PROGRAM_START);
  assert.equal(resident.size % 4096, 0);
  assert(resident.size > 4096 * 8);
  assert.equal(images.address, PROGRAM_START + resident.size);
  assert.equal(file[images.offset], 7);
  assert.equal(resident.size + images.size, file.length);
});
