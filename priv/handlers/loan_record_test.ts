import assert from "node:assert/strict";
import { BorrowedFile } from "./borrowed_file.ts";
import { LoanRecord } from "./loan_record.ts";

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

interface Place {
  readonly state: string;
  readonly run: string;
  readonly path: string;
  /** Where the state directory's record could not be written. */
  readonly told: string[];
  readonly record: () => LoanRecord;
}

/** A state directory that is not there takes no file, whoever asks. */
function inDirectories(run: (place: Place) => void): void {
  const directory = Deno.makeTempDirSync();
  const told: string[] = [];
  const paths = [`${directory}/state/saved`, `${directory}/run/saved`];
  try {
    Deno.mkdirSync(`${directory}/run`);
    Deno.writeTextFileSync(`${directory}/resolv.conf`, "theirs\n");
    run({
      state: `${directory}/state`,
      run: `${directory}/run`,
      path: `${directory}/resolv.conf`,
      told,
      record: () => new LoanRecord(paths, (path) => told.push(path)),
    });
  } finally {
    Deno.removeSync(directory, { recursive: true });
  }
}

const names = (directory: string) => [...Deno.readDirSync(directory)].map(({ name }) => name);

Deno.test("LoanRecord stands in the second place when the first takes none, and says so once", () => {
  inDirectories(({ state, run, path, told, record }) => {
    const file = new BorrowedFile(path, record());
    assert.equal(file.write(encode("ours\n")), "done");
    assert.equal(file.write(encode("renewed\n")), "done");
    assert.deepEqual(names(run), ["saved"]);
    assert.deepEqual(told, [`${state}/saved`]);
    assert.equal(file.restore(), "done");
    assert.equal(Deno.readTextFileSync(path), "theirs\n");
    assert.deepEqual(names(run), []);
  });
});

Deno.test("LoanRecord of a predecessor counts wherever it stands", () => {
  inDirectories(({ state, run, path, record }) => {
    new BorrowedFile(path, record()).write(encode("crashed\n"));
    Deno.mkdirSync(state); // it can be written again
    const second = new BorrowedFile(path, record());
    assert.equal(second.write(encode("crashed again\n")), "done");
    assert.deepEqual([names(state), names(run)], [["saved"], []]);
    assert.equal(new BorrowedFile(path, record()).restore(), "done");
    assert.equal(Deno.readTextFileSync(path), "theirs\n");
    assert.deepEqual([names(state), names(run)], [[], []]);
  });
});

Deno.test("LoanRecord in the later place counts before an older one", () => {
  inDirectories(({ state, run, record }) => {
    Deno.mkdirSync(state);
    Deno.writeTextFileSync(`${state}/saved`, "old");
    Deno.writeTextFileSync(`${run}/saved`, "new");
    assert.deepEqual(record().load().map((bytes) => new TextDecoder().decode(bytes)), [
      "new",
      "old",
    ]);
  });
});

Deno.test("LoanRecord that no place takes is an error", () => {
  inDirectories(({ run, record }) => {
    Deno.removeSync(run);
    assert.throws(() => record().keep(encode("x")), Deno.errors.NotFound);
  });
});
