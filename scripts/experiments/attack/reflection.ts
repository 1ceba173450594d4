/** How many bytes go to a victim outside of the cluster for each byte that a stranger sends? */

import { ratioAtMost } from "../../lab/goal.ts";
import { amplification } from "./amplification.ts";
import type { Attack } from "./attack.ts";

export const reflection: Attack = async (kind) =>
  (await amplification(kind)).map(({ request, factor }) => ({
    figure: `reflected: ${request}`,
    unit: "×",
    value: factor,
    goal: ratioAtMost(0.5),
  }));
