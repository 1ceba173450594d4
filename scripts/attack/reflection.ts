/** How many bytes come back to a stranger, or go to somebody else, for each byte that is sent? */

import { ratioAtMost } from "../bench/goal.ts";
import type { Kind } from "../../tests/support/agents.ts";
import type { Attack } from "./attack.ts";

/** What the measurement of amplification gives. */
interface Reflected {
  readonly request: string;
  readonly factor: number;
}

export const reflection: Attack = async (kind) => {
  const url = new URL("amplification.ts", import.meta.url).href;
  const { amplification }: { amplification(kind: Kind): Promise<Reflected[]> } = await import(url);
  return (await amplification(kind)).map(({ request, factor }) => ({
    figure: `reflected: ${request}`,
    unit: "×",
    value: factor,
    goal: ratioAtMost(0.5),
  }));
};
