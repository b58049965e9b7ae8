import assert from "node:assert/strict";
import { readIfThere, removeIfThere, writeAtomically, writeInPlace } from "./files.ts";

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

Deno.test("writeAtomically() leaves the old file and no other when it cannot write", () => {
  const directory = Deno.makeTempDirSync();
  try {
    const path = `${directory}/key`;
    Deno.mkdirSync(path);
    const how = { mode: 0o644, durable: true };
    assert.throws(() => writeAtomically(path, encode("x"), how));
    assert.deepEqual([...Deno.readDirSync(directory)].map(({ name }) => name), ["key"]);
  } finally {
    Deno.removeSync(directory, { recursive: true });
  }
});

Deno.test("writeAtomically() follows no link that lies in the place of its temporary file", () => {
  const directory = Deno.makeTempDirSync();
  try {
    const [path, victim] = [`${directory}/key`, `${directory}/victim`];
    Deno.writeTextFileSync(victim, "precious");
    Deno.symlinkSync(victim, `${path}.tmp`);
    writeAtomically(path, encode("x"), { mode: 0o644, durable: false });
    assert.equal(Deno.readTextFileSync(victim), "precious");
    assert.equal(Deno.readTextFileSync(path), "x");
    assert.ok(Deno.lstatSync(path).isFile);
  } finally {
    Deno.removeSync(directory, { recursive: true });
  }
});

Deno.test("writeInPlace() replaces a longer text and keeps the inode", () => {
  const path = Deno.makeTempFileSync();
  try {
    Deno.writeTextFileSync(path, "a longer text\n");
    const { ino } = Deno.statSync(path);
    writeInPlace(path, encode("short\n"));
    assert.equal(Deno.readTextFileSync(path), "short\n");
    assert.equal(Deno.statSync(path).ino, ino);
  } finally {
    Deno.removeSync(path);
  }
});

Deno.test("readIfThere() and removeIfThere() do not mind a missing file, but a directory", () => {
  const directory = Deno.makeTempDirSync();
  try {
    assert.equal(readIfThere(`${directory}/missing`), null);
    removeIfThere(`${directory}/missing`);
    assert.throws(() => readIfThere(directory));
  } finally {
    Deno.removeSync(directory, { recursive: true });
  }
});

Deno.test("readIfThere() refuses what is no regular file, and what is too long", () => {
  const directory = Deno.makeTempDirSync();
  try {
    assert.ok(new Deno.Command("mkfifo", { args: [`${directory}/pipe`] }).outputSync().success);
    assert.throws(() => readIfThere(`${directory}/pipe`), /not a regular file/);
    Deno.writeFileSync(`${directory}/long`, new Uint8Array((1 << 20) + 1));
    assert.throws(() => readIfThere(`${directory}/long`), /longer than/);
  } finally {
    Deno.removeSync(directory, { recursive: true });
  }
});
