/**
 * Tests of interrupt.ts.
 *
 * @module
 */
import assert from "node:assert/strict";
import { withCleanup } from "./interrupt.ts";

Deno.test("withCleanup() cleans up once after the body, and after it throws", async () => {
  let cleaned = 0;
  assert.equal(await withCleanup(() => void cleaned++, () => Promise.resolve(7)), 7);
  assert.equal(cleaned, 1);
  const failing = withCleanup(() => void cleaned++, () => Promise.reject(new Error("no")));
  await assert.rejects(failing, /no/);
  assert.equal(cleaned, 2);
});

Deno.test("withCleanup() cleans up at a signal and exits with 128 + its number", async () => {
  const script = `
    import { withCleanup } from ${JSON.stringify(new URL("./interrupt.ts", import.meta.url).href)};
    await withCleanup((signal) => console.log("cleaned", signal), async () => {
      console.log("ready");
      await new Promise((done) => setTimeout(done, 60_000));
    });`;
  const child = new Deno.Command(Deno.execPath(), {
    args: ["eval", script],
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  let output = "";
  for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
    if (!output.includes("ready") && (output + text).includes("ready")) child.kill("SIGTERM");
    output += text;
  }
  assert.equal(output, "ready\ncleaned SIGTERM\n");
  assert.equal((await child.status).code, 143);
});
