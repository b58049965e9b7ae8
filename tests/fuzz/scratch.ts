/**
 * Files that targets write thousands of times: in memory, where that can be, and gone with the process.
 *
 * @module
 */
import { tmpdir } from "node:os";

function folder(): string {
  let base = "/dev/shm";
  try {
    if (!Deno.statSync(base).isDirectory) base = tmpdir();
  } catch {
    base = tmpdir();
  }
  return `${base}/mirage-dhcp-fuzz-${Deno.pid}`;
}

/**
 * A path for a file; all threads of this process share the folder.
 *
 * @param name of the target, so that two never have the same
 * @returns where the file may be written
 */
export function scratchFile(name: string): string {
  const path = `${folder()}/${name}`;
  Deno.mkdirSync(path, { recursive: true });
  return `${path}/file`;
}

/** Removes all of them; call it before the process ends. */
export function removeScratch(): void {
  try {
    Deno.removeSync(folder(), { recursive: true });
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
