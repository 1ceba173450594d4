/**
 * An agent as a process: its name, and the runtime's debugger, which SIGUSR1 opens for
 * everybody on the machine, and an agent must not.
 */

import { match, strictEqual } from "node:assert/strict";
import { AgentProcess } from "../../scripts/lab/agents.ts";
import { eventually } from "../../scripts/lab/waiting.ts";
import { NamespacePair, needsNamespaces } from "../support/network_namespaces.ts";

/** How `/proc/net/tcp` shows a listener on 127.0.0.1:9229. */
const debuggerOpen = / 0100007F:240D 00000000:0000 0A /;

/** A lone agent in a network of its own. */
class LoneAgent implements AsyncDisposable {
  readonly #network: NamespacePair;
  readonly process: AgentProcess;

  private constructor(network: NamespacePair, process: AgentProcess) {
    this.#network = network;
    this.process = process;
  }

  /** @param before a command to run in the network first. */
  static async start(...before: readonly string[]): Promise<LoneAgent> {
    const network = await NamespacePair.create({ routed: false });
    const { wrapper } = network.left;
    if (before.length > 0) await runIn(wrapper, ...before);
    const options = { name: "lone", bind: "127.0.0.1", wrapper };
    return new LoneAgent(network, await AgentProcess.start("ours", options));
  }

  async hasOpenDebugger(): Promise<boolean> {
    return debuggerOpen.test(await runIn(this.#network.left.wrapper, "cat", "/proc/net/tcp"));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.process.kill();
    await this.#network[Symbol.asyncDispose]();
  }
}

async function runIn(wrapper: readonly string[], ...words: readonly string[]): Promise<string> {
  const [command = "", ...args] = [...wrapper, ...words];
  const { success, stdout } = await new Deno.Command(command, { args }).output();
  strictEqual(success, true, words.join(" "));
  return new TextDecoder().decode(stdout);
}

Deno.test("SIGUSR1 makes an agent print its metrics, and opens no debugger at any moment", {
  ...needsNamespaces,
}, async () => {
  await using agent = await LoneAgent.start();
  // Metrics are printed once ten seconds are over; the runtime heeds the signal much sooner.
  await eventually("metrics are printed", async () => {
    agent.process.signal("SIGUSR1");
    strictEqual(await agent.hasOpenDebugger(), false);
    return agent.process.output.includes("[G] 'serf-agent.runtime.");
  }, { pause: 100 });
  strictEqual(await Deno.readTextFile(`/proc/${agent.process.pid}/comm`), "serf\n");
  const shown = await agent.process.cli(["metrics"]);
  match(shown.stdout, /\[G\] 'serf-agent\.runtime\./);
});

Deno.test("SIGUSR1 leaves no debugger open where the loopback network has no broadcast address", {
  ...needsNamespaces,
}, async () => {
  const noBroadcast = "ip route del broadcast 127.255.255.255 dev lo table local";
  await using agent = await LoneAgent.start(...noBroadcast.split(" "));
  for (let signals = 0; signals < 20; signals++) {
    agent.process.signal("SIGUSR1");
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  await eventually("nothing listens", async () => !await agent.hasOpenDebugger(), { within: 5000 });
});
