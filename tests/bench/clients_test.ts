/**
 * Tests of clients.ts.
 *
 * @module
 */

import assert from "node:assert/strict";
import { type Client, executedCommand, programFile, TIMED_CLIENTS } from "./clients.ts";

const ABSENT: Client = { name: "x", command: ["no-such-client", "eth0"], ends: false };

Deno.test("programFile() looks into the folders of the path in order", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${folder}/no-such-client`, "");
    assert.equal(programFile(ABSENT, `/nowhere:${folder}`), `${folder}/no-such-client`);
    assert.equal(programFile(ABSENT, "/nowhere"), null);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("executedCommand() throws when the client is not installed", () => {
  assert.throws(() => executedCommand(ABSENT), /no-such-client is not installed/);
});

Deno.test("TIMED_CLIENTS have names of their own and run on the client's interface", () => {
  assert.equal(new Set(TIMED_CLIENTS.map(({ name }) => name)).size, TIMED_CLIENTS.length);
  for (const { command } of TIMED_CLIENTS) assert.equal(command.at(-1), "eth0");
});
