/**
 * Tidying up when a task is interrupted: Deno runs no `finally` block on SIGINT or SIGTERM.
 *
 * @module
 */

const SIGNALS: [Deno.Signal, number][] = [["SIGHUP", 1], ["SIGINT", 2], ["SIGTERM", 15]];

/**
 * Runs `body`, and `cleanup` exactly once after it: when it returns, when it throws, and when a
 * signal arrives (then the process exits with 128 + the signal's number).
 *
 * @param cleanup removes what `body` leaves; gets the signal when there was one
 * @param body the work
 * @returns what `body` returns
 */
export async function withCleanup<T>(
  cleanup: (signal: Deno.Signal | null) => void | Promise<void>,
  body: () => Promise<T>,
): Promise<T> {
  let interrupted = false;
  const listeners = SIGNALS.map(([signal, number]) => {
    const listener = async () => {
      if (interrupted) return;
      interrupted = true;
      try {
        await cleanup(signal);
      } finally {
        Deno.exit(128 + number);
      }
    };
    Deno.addSignalListener(signal, listener);
    return () => Deno.removeSignalListener(signal, listener);
  });
  try {
    return await body();
  } finally {
    // After a signal the listener cleans up and exits; nothing may overtake it.
    if (interrupted) await new Promise(() => {});
    await cleanup(null);
    for (const remove of listeners) remove();
  }
}

/**
 * Removes a file or folder, whether it exists or not.
 *
 * @param path file or folder
 */
export function removeIfThere(path: string): void {
  try {
    Deno.removeSync(path, { recursive: true });
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
