/** Whether tests can make faults of a network here; loading it tries, and warns if not. */

import { NetworkStar } from "../../scripts/lab/network_star.ts";
import { errorText } from "../../src/ports/error_text.ts";

/** Why faults cannot be made here; undefined if they can. */
export const chaosObstacle: string | undefined = await findObstacle();

/** Whether packets can be delayed here: kernels are often built without netem. */
export const canDelay: boolean = chaosObstacle === undefined && await works(async (star) => {
  await star.delay(1);
});

/** Test option: skips a test, visibly, where faults cannot be made. */
export const needsChaos = { ignore: chaosObstacle !== undefined };

if (chaosObstacle !== undefined) {
  console.warn(`TESTS WITH NETWORK FAULTS ARE SKIPPED: ${chaosObstacle}`);
} else if (!canDelay) {
  console.warn("TESTS WITH SLOW NETWORKS ARE SKIPPED: the kernel has no netem");
}

async function findObstacle(): Promise<string | undefined> {
  if (Deno.build.os !== "linux") return "only Linux has namespaces";
  if (Deno.uid() !== 0) return "namespaces take root";
  let reason: string | undefined;
  await works(async (star) => await star.lose(1), (error) => reason = error);
  return reason;
}

async function works(
  use: (star: NetworkStar) => Promise<void>,
  failed: (reason: string) => void = () => {},
): Promise<boolean> {
  try {
    await using star = await NetworkStar.create(1);
    await use(star);
    return true;
  } catch (error) {
    failed(errorText(error));
    return false;
  }
}
