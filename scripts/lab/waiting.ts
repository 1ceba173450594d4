/** Waiting for a time, or for something to happen. */

export function delay(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/**
 * Waits until `check` holds, asking again and again.
 *
 * The limit is generous on purpose: it is there to end what is broken, never to decide on a
 * slow machine, and is no part of what is measured. Times are milliseconds.
 */
export async function eventually(
  what: string,
  check: () => boolean | Promise<boolean>,
  options: { within?: number; pause?: number; detail?: () => string } = {},
): Promise<void> {
  const end = performance.now() + (options.within ?? 60_000);
  while (!await check()) {
    if (performance.now() > end) {
      throw new Error(`Never happened: ${what}\n${options.detail?.() ?? ""}`);
    }
    await delay(options.pause ?? 20);
  }
}
