import assert from "node:assert/strict";
import {
  check,
  Errno,
  errno,
  ErrnoError,
  errnoName,
  LIBC,
  MissingLibraryError,
  openLibrary,
} from "./errno.ts";

const libc = openLibrary(LIBC, { close: { parameters: ["i32"], result: "i32" } });

Deno.test("errno() gives the error number of the last foreign call when it failed", () => {
  assert.equal(libc.close(-1), -1);
  assert.equal(errno(), Errno.EBADF);
});

Deno.test("check() passes a result through when it is not -1", () => {
  assert.equal(check(0, "close"), 0);
  assert.equal(check(17, "open"), 17);
});

Deno.test("check() throws an ErrnoError with call, number and name when the result is -1", () => {
  assert.throws(
    () => check(libc.close(-1), "close"),
    (error) =>
      error instanceof ErrnoError && error.syscall === "close" && error.code === Errno.EBADF &&
      error.message === "Cannot close: EBADF (9)",
  );
});

Deno.test("errnoName() names a number, and says `errno` when it has no name", () => {
  assert.equal(errnoName(98), "EADDRINUSE");
  assert.equal(errnoName(4095), "errno");
  assert.equal(new ErrnoError("bind", 98).message, "Cannot bind: EADDRINUSE (98)");
});

Deno.test("openLibrary() throws a MissingLibraryError when the library is not installed", () => {
  assert.throws(
    () => openLibrary("libnothing-of-this-name.so.0", {}),
    (error) =>
      error instanceof MissingLibraryError && error.library === "libnothing-of-this-name.so.0",
  );
});

Deno.test("openLibrary() throws a MissingLibraryError when a function is missing", () => {
  assert.throws(
    () => openLibrary(LIBC, { no_such_function: { parameters: [], result: "void" } }),
    (error) => error instanceof MissingLibraryError && /no_such_function/.test(error.message),
  );
});
