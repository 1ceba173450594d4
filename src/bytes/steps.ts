/**
 * Work that can be cut into slices, so that a node hears and answers others in between.
 *
 * It is a generator: whoever does the work says where it may pause, whoever runs
 * it decides when it goes on. Slices are counted in members and bytes, not in
 * time, so that the same work is cut in the same places every time.
 */

/**
 * Why work pauses: to let others go on, or, if `shared`, in the middle of something that
 * others wait for, too, and that each of them takes a step further.
 */
export type Pause = void | "shared";

/** Work that ends in a `T`; it may pause wherever it yields. */
export type Steps<T> = Generator<Pause, T, void>;

// Shorter slices would bring more turns, longer ones longer turns: `deno task slices` shows it.

/** Members that are looked at in one slice: a millisecond or two, with all that they cause. */
export const itemsPerSlice = 128;
/** Bytes that are coded in one slice: about as long. */
export const bytesPerSlice = 65_536;

/** Cuts a list into what is looked at in one slice each. */
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
