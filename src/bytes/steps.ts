/**
 * Work that can be cut into slices, so that a node answers others in between.
 *
 * It is a generator: the work says where it may pause, its caller when it goes on. Slices are
 * counted in items and bytes, not in time, so that the same work is always cut in the same places.
 */

/** Why work pauses: to let others go on; "shared" if several wait for it and each takes a step. */
export type Pause = void | "shared";

/** Work that ends in a `T`; it may pause wherever it yields. */
export type Steps<T> = Generator<Pause, T, void>;

// Shorter slices would bring more turns, longer ones longer turns: `deno task slices` shows it.

/** Members or other items in one slice: a millisecond or two, with all that they cause. */
export const itemsPerSlice = 128;
/** Bytes that are coded in one slice: about as long. */
export const bytesPerSlice = 65_536;

/** Cuts a list into slices. */
export function* slicesOf<T>(items: readonly T[]): Generator<readonly T[]> {
  for (let at = 0; at < items.length; at += itemsPerSlice) {
    yield items.slice(at, at + itemsPerSlice);
  }
}

/** Returns work that is too short to pause. */
// deno-lint-ignore require-yield -- that is the point
export function* atOnce<T>(work: () => T): Steps<T> {
  return work();
}

/** Does all of the work at once. */
export function complete<T>(steps: Steps<T>): T {
  for (let step = steps.next();; step = steps.next()) if (step.done) return step.value;
}
