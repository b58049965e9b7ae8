import assert from "node:assert/strict";
import { BorrowedFile, followLinks } from "./borrowed_file.ts";
import { readIfThere } from "./files.ts";
import { LoanRecord } from "./loan_record.ts";

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

interface Place {
  readonly directory: string;
  readonly path: string;
  readonly saved: string;
}

function inDirectory(original: string | null, run: (place: Place) => void): void {
  const directory = Deno.makeTempDirSync();
  const path = `${directory}/resolv.conf`;
  try {
    if (original !== null) Deno.writeTextFileSync(path, original);
    run({ directory, path, saved: `${directory}/saved` });
  } finally {
    Deno.removeSync(directory, { recursive: true });
  }
}

/** Until it is restored or disposed of, `path` cannot be opened: root may write to any file but these. */
function replaceOpenSync(path: string): Disposable & { restore(): void } {
  const { openSync } = Deno;
  Deno.openSync = (at, options) => {
    if (at === path) throw new Deno.errors.PermissionDenied("read-only");
    return openSync(at, options);
  };
  const restore = (): void => {
    Deno.openSync = openSync;
  };
  return { restore, [Symbol.dispose]: restore };
}

function names(directory: string): string[] {
  return [...Deno.readDirSync(directory)].map(({ name }) => name).sort();
}

Deno.test("BorrowedFile writes into the same inode and gives the original back", () => {
  inDirectory("nameserver 192.0.2.53\n# a long original\n", ({ directory, path, saved }) => {
    const inode = Deno.statSync(path).ino;
    const file = new BorrowedFile(path, new LoanRecord([saved]));
    assert.equal(file.write(encode("short\n")), "done");
    assert.equal(Deno.readTextFileSync(path), "short\n");
    file.write(encode("a renewed, longer text\n"));
    assert.equal(Deno.statSync(path).ino, inode);
    assert.equal(file.restore(), "done");
    assert.equal(Deno.readTextFileSync(path), "nameserver 192.0.2.53\n# a long original\n");
    assert.equal(Deno.statSync(path).ino, inode);
    assert.deepEqual(names(directory), ["resolv.conf"]);
  });
});

Deno.test("BorrowedFile gives back bytes that are no UTF-8", () => {
  inDirectory(null, ({ path, saved }) => {
    const original = Uint8Array.from({ length: 256 }, (_, i) => i);
    Deno.writeFileSync(path, original);
    const file = new BorrowedFile(path, new LoanRecord([saved]));
    file.write(encode("x\n"));
    file.restore();
    assert.deepEqual(Deno.readFileSync(path), original);
  });
});

Deno.test("BorrowedFile makes an empty file readable by all, as LinuxKit's is made 0600", () => {
  inDirectory("", ({ path, saved }) => {
    Deno.chmodSync(path, 0o600);
    new BorrowedFile(path, new LoanRecord([saved])).write(encode("x\n"));
    assert.equal(Deno.statSync(path).mode! & 0o777, 0o644);
  });
});

Deno.test("BorrowedFile leaves the mode of a file with content alone", () => {
  inDirectory("original\n", ({ path, saved }) => {
    Deno.chmodSync(path, 0o640);
    new BorrowedFile(path, new LoanRecord([saved])).write(encode("x\n"));
    assert.equal(Deno.statSync(path).mode! & 0o777, 0o640);
  });
});

Deno.test("BorrowedFile removes a file that was not there before", () => {
  inDirectory(null, ({ directory, path, saved }) => {
    const file = new BorrowedFile(path, new LoanRecord([saved]));
    file.write(encode("x\n"));
    assert.equal(Deno.statSync(path).mode! & 0o777, 0o644);
    assert.equal(file.restore(), "done");
    assert.deepEqual(names(directory), []);
  });
});

Deno.test("BorrowedFile writes through a symbolic link to a file that is not there yet", () => {
  inDirectory(null, ({ directory, path, saved }) => {
    Deno.symlinkSync("target", path);
    new BorrowedFile(path, new LoanRecord([saved])).write(encode("x\n"));
    assert.equal(Deno.readTextFileSync(`${directory}/target`), "x\n");
    assert.equal(Deno.readLinkSync(path), "target");
  });
});

Deno.test("followLinks() gives up on a loop", () => {
  inDirectory(null, ({ path }) => {
    Deno.symlinkSync(path, path);
    assert.throws(() => followLinks(path), /too many symbolic links/);
  });
});

Deno.test("BorrowedFile yields to somebody else who writes meanwhile, until the next loan", () => {
  inDirectory("original\n", ({ directory, path, saved }) => {
    const file = new BorrowedFile(path, new LoanRecord([saved]));
    file.write(encode("ours\n"));
    Deno.writeTextFileSync(path, "theirs\n");
    assert.equal(file.write(encode("ours, renewed\n")), "changed by somebody else");
    assert.equal(file.write(encode("ours, renewed again\n")), "done", "it is said once");
    assert.equal(Deno.readTextFileSync(path), "theirs\n");
    file.restore();
    assert.equal(Deno.readTextFileSync(path), "theirs\n");
    assert.deepEqual(names(directory), ["resolv.conf"]);
    file.write(encode("the next lease\n"));
    assert.equal(Deno.readTextFileSync(path), "the next lease\n");
    file.restore();
    assert.equal(Deno.readTextFileSync(path), "theirs\n");
  });
});

Deno.test("BorrowedFile leaves a file alone at the end that somebody else has written since", () => {
  inDirectory("original\n", ({ path, saved }) => {
    const file = new BorrowedFile(path, new LoanRecord([saved]));
    file.write(encode("ours\n"));
    Deno.writeTextFileSync(path, "theirs\n");
    assert.equal(file.restore(), "changed by somebody else");
    assert.equal(Deno.readTextFileSync(path), "theirs\n");
  });
});

Deno.test("BorrowedFile gives back what was there before a predecessor that crashed", () => {
  inDirectory("original\n", ({ path, saved }) => {
    new BorrowedFile(path, new LoanRecord([saved])).write(encode("crashed\n"));
    const next = new BorrowedFile(path, new LoanRecord([saved]));
    next.write(encode("next\n"));
    next.restore();
    assert.equal(Deno.readTextFileSync(path), "original\n");
  });
});

Deno.test("BorrowedFile gives it back even when it has nothing to write itself", () => {
  inDirectory("original\n", ({ directory, path, saved }) => {
    new BorrowedFile(path, new LoanRecord([saved])).write(encode("crashed\n"));
    assert.equal(new BorrowedFile(path, new LoanRecord([saved])).restore(), "done");
    assert.equal(Deno.readTextFileSync(path), "original\n");
    assert.deepEqual(names(directory), ["resolv.conf"]);
  });
});

Deno.test("BorrowedFile takes what was written after its predecessor for the original", () => {
  inDirectory("original\n", ({ path, saved }) => {
    new BorrowedFile(path, new LoanRecord([saved])).write(encode("crashed\n"));
    Deno.writeTextFileSync(path, "the administrator's\n");
    const next = new BorrowedFile(path, new LoanRecord([saved]));
    next.write(encode("next\n"));
    next.restore();
    assert.equal(Deno.readTextFileSync(path), "the administrator's\n");
  });
});

Deno.test("BorrowedFile never gives one file another one's original", () => {
  inDirectory("original\n", ({ directory, path, saved }) => {
    new BorrowedFile(path, new LoanRecord([saved])).write(encode("ours\n"));
    const other = `${directory}/other`;
    Deno.writeTextFileSync(other, "other's\n");
    const file = new BorrowedFile(other, new LoanRecord([saved]));
    file.write(encode("ours\n"));
    file.restore();
    assert.equal(Deno.readTextFileSync(other), "other's\n");
  });
});

Deno.test("BorrowedFile begins anew when its second file cannot be understood", () => {
  for (const content of ["", "{", "null", '{"version":2}', '{"version":1,"path":1}']) {
    inDirectory("original\n", ({ path, saved }) => {
      Deno.writeTextFileSync(saved, content);
      const file = new BorrowedFile(path, new LoanRecord([saved]));
      file.write(encode("ours\n"));
      file.restore();
      assert.equal(Deno.readTextFileSync(path), "original\n");
    });
  }
});

Deno.test("BorrowedFile leaves the disk alone when the same is written again", () => {
  inDirectory("before\n", ({ path, saved }) => {
    const file = new BorrowedFile(path, new LoanRecord([saved]));
    file.write(encode("ours\n"));
    const inode = Deno.statSync(saved).ino;
    file.write(encode("ours\n"));
    assert.equal(Deno.statSync(saved).ino, inode, "a rename would have changed it");
    file.write(encode("ours, renewed\n"));
    file.restore();
    assert.equal(Deno.readTextFileSync(path), "before\n");
  });
});

Deno.test("BorrowedFile that could not write to a missing file borrows it when it can", () => {
  inDirectory(null, ({ directory, saved }) => {
    const path = `${directory}/later/resolv.conf`;
    const file = new BorrowedFile(path, new LoanRecord([saved]));
    assert.throws(() => file.write(encode("ours\n")));
    assert.deepEqual(names(directory), []);
    Deno.mkdirSync(`${directory}/later`);
    assert.equal(file.write(encode("ours\n")), "done");
    assert.equal(Deno.readTextFileSync(path), "ours\n");
    assert.equal(file.restore(), "done");
    assert.deepEqual(names(`${directory}/later`), []);
  });
});

Deno.test("BorrowedFile that could not write at all has borrowed nothing, and tries again", () => {
  inDirectory("theirs\n", ({ path, saved }) => {
    using openSync = replaceOpenSync(path);
    const file = new BorrowedFile(path, new LoanRecord([saved]));
    assert.throws(() => file.write(encode("ours\n")), /read-only/);
    assert.equal(readIfThere(saved), null);
    Deno.writeTextFileSync(path, "theirs, newer\n");
    assert.throws(() => file.write(encode("ours\n")), /read-only/);
    openSync.restore();
    assert.equal(file.write(encode("ours\n")), "done");
    assert.equal(Deno.readTextFileSync(path), "ours\n");
    assert.equal(file.restore(), "done");
    assert.equal(Deno.readTextFileSync(path), "theirs, newer\n");
  });
});

Deno.test("BorrowedFile that cannot write once it has borrowed still knows its text", () => {
  inDirectory("theirs\n", ({ path, saved }) => {
    const file = new BorrowedFile(path, new LoanRecord([saved]));
    file.write(encode("ours\n"));
    {
      using _readOnly = replaceOpenSync(path);
      assert.throws(() => file.write(encode("renewed\n")), /read-only/);
    }
    assert.equal(file.write(encode("renewed\n")), "done");
    assert.equal(file.restore(), "done");
    assert.equal(Deno.readTextFileSync(path), "theirs\n");
  });
});

function isThere(path: string): boolean {
  return readIfThere(path) !== null;
}

/** What a file holds while `to` is written over `from`, until the rest of `from` is cut off. */
function* between(from: string, to: string): Generator<string> {
  for (let n = 0; n <= to.length; n++) yield to.slice(0, n) + from.slice(n);
  yield to;
}

for (const original of ["# the host's own\nnameserver 203.0.113.53\n", "", null]) {
  Deno.test(`BorrowedFile gives ${JSON.stringify(original)} back after a write that was broken off anywhere`, () => {
    inDirectory(original, ({ directory, path, saved }) => {
      const [first, second] = ["nameserver 192.0.2.53\nsearch a.test\n", "nameserver 192.0.2.5\n"];
      const predecessor = new BorrowedFile(path, new LoanRecord([saved]));
      predecessor.write(encode(first));
      const before = Deno.readTextFileSync(saved);
      predecessor.write(encode(second));
      const after = Deno.readTextFileSync(saved);
      const broken = [
        ...[...between(original ?? "", first)].map((text) => [before, text]),
        ...[...between(first, second)].map((text) => [after, text]),
        ...[...between(second, original ?? "")].map((text) => [after, text]),
      ];
      for (const [record, text] of broken) {
        // An empty file is not a missing one once nothing else is known of it.
        if (original === null && text === "" && record === after) continue;
        Deno.writeTextFileSync(saved, record);
        Deno.writeTextFileSync(path, text);
        const successor = new BorrowedFile(path, new LoanRecord([saved]));
        assert.equal(successor.write(encode("nameserver 192.0.2.9\n")), "done");
        assert.equal(successor.restore(), "done");
        assert.equal(isThere(path) ? Deno.readTextFileSync(path) : null, original, text);
        assert.deepEqual(names(directory), original === null ? [] : ["resolv.conf"]);
      }
    });
  });
}

for (const step of ["truncateSync", "syncDataSync"] as const) {
  Deno.test(`BorrowedFile gives the original back, and borrows again, after its ${step}() failed`, () => {
    inDirectory("short\n", ({ directory, path, saved }) => {
      const file = new BorrowedFile(path, new LoanRecord([saved]));
      file.write(encode("a much longer text\n"));
      failOnce(step, () => assert.throws(() => file.restore(), /os error 5/));
      assert.equal(file.write(encode("another text, longer yet\n")), "done");
      assert.equal(Deno.readTextFileSync(path), "another text, longer yet\n");
      failOnce(step, () => assert.throws(() => file.restore(), /os error 5/));
      assert.equal(file.restore(), "done");
      assert.equal(Deno.readTextFileSync(path), "short\n");
      assert.deepEqual(names(directory), ["resolv.conf"]);
    });
  });
}

function failOnce(step: "truncateSync" | "syncDataSync", body: () => void): void {
  const { prototype } = Deno.FsFile;
  const original = prototype[step];
  prototype[step] = () => {
    throw new Error("Input/output error (os error 5)");
  };
  try {
    body();
  } finally {
    prototype[step] = original;
  }
}
