/** Waiting for a time, or for something to happen. */

/** Waits so many milliseconds. */
export function delay(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/**
 * Waits until `condition` holds, asking every so many milliseconds.
 *
 * @param limit how many milliseconds it may take; it is no part of what is measured.
 */
export async function until(
  condition: () => Promise<boolean>,
  pause: number,
  limit = 120_000,
): Promise<void> {
  const end = performance.now() + limit;
  while (!await condition()) {
    if (performance.now() > end) throw new Error(`It took more than ${limit / 1000} s`);
    await delay(pause);
  }
}
