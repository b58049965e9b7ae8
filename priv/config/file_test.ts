import assert from "node:assert/strict";
import { ExitCode, ExitError } from "../exit_code.ts";
import { readConfigFile } from "./file.ts";
import { MAX_FILE_BYTES } from "./parse.ts";
import { withFile } from "./testing/temporary_file.ts";

function refusal(path: string): ExitError {
  try {
    readConfigFile(path);
  } catch (error) {
    assert(error instanceof ExitError, String(error));
    return error;
  }
  throw new Error("it was read");
}

Deno.test("readConfigFile() gives what a file decides when it has no errors", () => {
  withFile("noarp\nfrob\nallowinterfaces e*\n", (path) => {
    const file = readConfigFile(path);
    assert.equal(file.path, path);
    assert.deepEqual(file.allowed, ["e*"]);
    assert.deepEqual(file.warnings, [`${path}:2: unknown directive frob`]);
    assert.deepEqual(file.settings.get("acd"), {
      value: "off",
      origin: { from: "file", path, line: 1 },
    });
  });
});

Deno.test("readConfigFile() refuses a file with errors by the first, in one line", () => {
  withFile("metric x\nfrob\nmetric y\nbootp", (path) => {
    const { code, message } = refusal(path);
    assert.equal(code, ExitCode.CONFIG);
    assert.equal(
      message,
      `${path}:1: Cannot use metric x: not a number from 0 to 4294967295 ` +
        "(and 2 more, see --check-config)",
    );
  });
});

Deno.test("readConfigFile() refuses what is no regular file of a decent size", () => {
  withFile("", (path) => {
    for (
      const [what, reason] of [
        [`${path}.not`, "no such file"],
        [path.slice(0, path.lastIndexOf("/")), "not a regular file"],
        ["/dev/null", "not a regular file"],
      ]
    ) {
      const { code, message } = refusal(what);
      assert.equal(code, ExitCode.NOINPUT);
      assert.equal(message, `Cannot read ${what}: ${reason}`);
    }
  });
  withFile("\n".repeat(MAX_FILE_BYTES), (path) => void readConfigFile(path));
  withFile("\n".repeat(MAX_FILE_BYTES + 1), (path) => {
    assert.match(refusal(path).message, /longer than 65536 bytes/);
  });
});

Deno.test("readConfigFile() takes bytes that are no text for characters that no value has", () => {
  withFile(Uint8Array.of(...new TextEncoder().encode("hostname "), 0xff, 0x00), (path) => {
    assert.equal(refusal(path).code, ExitCode.CONFIG);
  });
});
