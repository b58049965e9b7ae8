import assert from "node:assert/strict";
import { hostDuid } from "./duid.ts";

function inDirectory(run: (path: string, warnings: string[]) => void): void {
  const directory = Deno.makeTempDirSync();
  try {
    run(`${directory}/duid`, []);
  } finally {
    Deno.removeSync(directory, { recursive: true });
  }
}

/** A DUID-UUID with a random UUID. */
const RANDOM = /^0004[0-9a-f]{12}4[0-9a-f]{3}[89ab][0-9a-f]{15}$/;

Deno.test("hostDuid() makes a DUID-UUID once and keeps it (RFC 6355)", () => {
  inDirectory((path, warnings) => {
    const warn = (text: string) => warnings.push(text);
    const duid = hostDuid(path, warn);
    assert.match(duid, RANDOM);
    assert.equal(Deno.readTextFileSync(path), `${duid}\n`);
    assert.equal(hostDuid(path, warn), duid);
    assert.deepEqual(warnings, []);
  });
  inDirectory((path) =>
    inDirectory((other) => {
      assert.notEqual(hostDuid(path, () => {}), hostDuid(other, () => {}));
    })
  );
});

for (const text of ["", "0001000112345678", "0004" + "zz".repeat(16), "0004" + "ab".repeat(17)]) {
  Deno.test(`hostDuid() replaces ${JSON.stringify(text)} and says so`, () => {
    inDirectory((path, warnings) => {
      Deno.writeTextFileSync(path, text);
      const duid = hostDuid(path, (warning) => warnings.push(warning));
      assert.match(duid, RANDOM);
      assert.match(warnings.join(), /no DUID-UUID/);
      assert.equal(hostDuid(path, () => assert.fail()), duid);
    });
  });
}

Deno.test("hostDuid() makes none when the file cannot be read", () => {
  inDirectory((path) => {
    Deno.mkdirSync(path);
    assert.throws(() => hostDuid(path, () => {}));
    assert(Deno.statSync(path).isDirectory);
  });
});
