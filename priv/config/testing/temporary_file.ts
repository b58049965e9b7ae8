/**
 * A folder with a configuration file, for as long as a test runs.
 *
 * @module
 */

/** Calls `body` with the path of a file that has `text`, and removes it. */
export function withFile(text: string | Uint8Array, body: (path: string) => void): void {
  const folder = Deno.makeTempDirSync();
  try {
    const path = `${folder}/test.conf`;
    const bytes = typeof text === "string" ? new TextEncoder().encode(text) : text;
    Deno.writeFileSync(path, bytes);
    body(path);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}
