/**
 * A bound for a whole case: what hangs fails, and whatever is around it can take everything away.
 *
 * @module
 */

/**
 * Runs `body`, and fails when that takes longer than `seconds`. What `body` does then goes on until the
 * processes that it waits for are ended.
 *
 * @param what completes "30 s were not enough for …"
 */
export async function withinTime(
  what: string,
  seconds: number,
  body: () => Promise<void>,
): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new Error(`${seconds} s were not enough for ${what}`)),
      seconds * 1000,
    );
  });
  const running = body();
  running.catch(() => {}); // told once, below
  try {
    await Promise.race([running, late]);
  } finally {
    clearTimeout(timer);
  }
}
