import assert from "node:assert/strict";
import { BorrowedFile, writeAtomically } from "./files.ts";

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

function inDirectory(run: (directory: string) => void): void {
  const directory = Deno.makeTempDirSync();
  try {
    run(directory);
  } finally {
    Deno.removeSync(directory, { recursive: true });
  }
}

Deno.test("BorrowedFile writes into the same inode and gives the original back", () => {
  inDirectory((directory) => {
    const path = `${directory}/resolv.conf`;
    Deno.writeTextFileSync(path, "nameserver 192.0.2.53\n# a long original line\n");
    const inode = Deno.statSync(path).ino;
    const file = new BorrowedFile(path, `${directory}/saved`);
    file.write(encode("short\n"));
    assert.equal(Deno.readTextFileSync(path), "short\n");
    file.write(encode("a renewed, longer text\n"));
    assert.equal(Deno.statSync(path).ino, inode);
    assert.equal(file.restore(), "restored");
    assert.equal(Deno.readTextFileSync(path), "nameserver 192.0.2.53\n# a long original line\n");
    assert.equal(Deno.statSync(path).ino, inode);
    assert.deepEqual([...Deno.readDirSync(directory)].map(({ name }) => name), ["resolv.conf"]);
  });
});

Deno.test("BorrowedFile makes the file readable by everybody", () => {
  inDirectory((directory) => {
    const path = `${directory}/resolv.conf`;
    Deno.writeTextFileSync(path, "", { mode: 0o600 });
    new BorrowedFile(path, `${directory}/saved`).write(encode("x\n"));
    assert.equal(Deno.statSync(path).mode! & 0o777, 0o644);
  });
});

Deno.test("BorrowedFile removes a file that was not there before", () => {
  inDirectory((directory) => {
    const file = new BorrowedFile(`${directory}/resolv.conf`, `${directory}/saved`);
    file.write(encode("x\n"));
    assert.equal(file.restore(), "restored");
    assert.deepEqual([...Deno.readDirSync(directory)], []);
  });
});

Deno.test("BorrowedFile leaves a file alone that somebody else has written since", () => {
  inDirectory((directory) => {
    const path = `${directory}/resolv.conf`;
    Deno.writeTextFileSync(path, "original\n");
    const file = new BorrowedFile(path, `${directory}/saved`);
    file.write(encode("ours\n"));
    Deno.writeTextFileSync(path, "theirs\n");
    assert.equal(file.restore(), "changed by somebody else");
    assert.equal(Deno.readTextFileSync(path), "theirs\n");
  });
});

Deno.test("BorrowedFile gives back what was there before a predecessor that crashed", () => {
  inDirectory((directory) => {
    const path = `${directory}/resolv.conf`;
    Deno.writeTextFileSync(path, "original\n");
    new BorrowedFile(path, `${directory}/saved`).write(encode("crashed\n"));
    const successor = new BorrowedFile(path, `${directory}/saved`);
    successor.write(encode("next\n"));
    assert.equal(successor.restore(), "restored");
    assert.equal(Deno.readTextFileSync(path), "original\n");
  });
});

Deno.test("BorrowedFile does nothing when it was never written", () => {
  inDirectory((directory) => {
    const file = new BorrowedFile(`${directory}/resolv.conf`, `${directory}/saved`);
    assert.equal(file.restore(), "not borrowed");
    assert.deepEqual([...Deno.readDirSync(directory)], []);
  });
});

Deno.test("writeAtomically() leaves the old file and no other when it cannot write", () => {
  inDirectory((directory) => {
    const path = `${directory}/key`;
    Deno.mkdirSync(path);
    assert.throws(() => writeAtomically(path, encode("x"), 0o644));
    assert.deepEqual([...Deno.readDirSync(directory)].map(({ name }) => name), ["key"]);
  });
});
