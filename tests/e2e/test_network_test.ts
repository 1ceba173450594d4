/** `deno task test` where an agent runs already. */

import assert from "node:assert/strict";
import { toolOutput } from "../../scripts/lab/command.ts";
import { freeNetwork } from "../../scripts/test_network.ts";
import { needsNamespaces } from "../support/network_namespaces.ts";

Deno.test(
  "freeNetwork() finds a network whose ports are free, though those of this one are taken",
  {
    ...needsNamespaces,
  },
  async () => {
    using _held = Deno.listen({ hostname: "0.0.0.0", port: 7946 });
    const [command = "", ...args] = await freeNetwork();
    const listen = "using listener = Deno.listen({ hostname: '0.0.0.0', port: 7946 });" +
      "console.log(listener.addr.port);";
    assert.notEqual(command, "");
    assert.equal(await toolOutput(command, ...args, Deno.execPath(), "eval", listen), "7946\n");
  },
);
