/**
 * Discovery between real agents of both kinds, on a network of their own
 * (src/agent/discovery/mdns_socket.ts and all above it).
 */

import assert from "node:assert/strict";
import { AgentProcess, type Kind, referencePath, runSerf } from "../../scripts/lab/agents.ts";
import { eventually } from "../../scripts/lab/waiting.ts";
import {
  type NamespaceEnd,
  NamespacePair,
  needsNamespaces,
} from "../support/network_namespaces.ts";

const needsBoth = { ignore: needsNamespaces.ignore || referencePath === undefined };

function start(
  kind: Kind,
  end: NamespaceEnd,
  name: string,
  ...args: readonly string[]
): Promise<AgentProcess> {
  const rpc = "127.0.0.1:7373";
  return AgentProcess.start(kind, { name, bind: end.ip, rpc, wrapper: end.wrapper, args });
}

async function seesAlive(agent: AgentProcess, ...names: readonly string[]): Promise<void> {
  await eventually(`${agent.name} (${agent.kind}) sees ${names.join(" and ")}`, async () => {
    const members = [...(await agent.members()).values()];
    const alive = members.filter(({ status }) => status === "alive").map(({ name }) => name);
    return alive.sort().join() === [...names].sort().join();
  }, { detail: () => agent.output, within: 20_000 });
}

/** The lines of a part of the program, without their times. */
function logOf(agent: AgentProcess, component: string): string[] {
  return agent.output.split("\n").filter((line) => line.includes(` ${component}: `))
    .map((line) => line.trim().slice("2026/11/24 00:00:00 ".length));
}

for (const [first, second] of [["reference", "ours"], ["ours", "reference"]] as const) {
  Deno.test({
    name: `-discover: an agent of kind "${second}" finds a running one of kind "${first}"`,
    ...needsBoth,
    fn: async () => {
      await using network = await NamespacePair.create();
      await using earlier = await start(first, network.left, "earlier", "-discover=c1");
      await using later = await start(second, network.right, "later", "-discover=c1");
      await seesAlive(earlier, "earlier", "later");
      await seesAlive(later, "earlier", "later");

      // The later one asked, and the earlier one answered; it also finds itself.
      await later.waitForOutput("agent.mdns: Joined 2 hosts");
      const joining = logOf(later, "agent").find((line) => line.includes("joining:")) ?? "";
      assert.match(
        joining,
        /^\[INFO\] agent: joining: \[10\.77\.0\.[12]:7946 10\.77\.0\.[12]:7946\] replay: false$/,
      );
      assert.deepEqual(logOf(earlier, "agent.mdns"), ["[INFO] agent.mdns: Joined 1 hosts"]);
      assert.deepEqual(logOf(later, "agent.mdns"), ["[INFO] agent.mdns: Joined 2 hosts"]);
      assert.match(later.output, /^ +mDNS cluster: c1$/m);
    },
  });
}

Deno.test({
  name: "-discover: agents of both kinds find each other on a named interface",
  ...needsBoth,
  fn: async () => {
    await using network = await NamespacePair.create();
    const { left, right } = network;
    await using ours = await start(
      "ours",
      left,
      "ours",
      "-discover=c1",
      `-iface=${left.interface}`,
    );
    await using reference = await start(
      ...["reference", right, "reference", "-discover=c1", `-iface=${right.interface}`] as const,
    );
    await seesAlive(ours, "ours", "reference");
    await reference.waitForOutput("agent.mdns: Joined 2 hosts");
    const [starting] = logOf(ours, "agent").filter((line) => line.includes("mDNS"));
    assert.equal(starting, `[INFO] agent: Starting mDNS listener on interface ${left.interface}`);
  },
});

for (const off of ["ipv4", "ipv6"] as const) {
  Deno.test({
    name: `-mdns-disable-${off}: the other family finds as well`,
    ...needsNamespaces,
    fn: async () => {
      await using network = await NamespacePair.create({ routed: false });
      const options = ({ interface: name }: NamespaceEnd) => {
        return ["-discover=c1", `-mdns-iface=${name}`, `-mdns-disable-${off}`];
      };
      await using one = await start("ours", network.left, "one", ...options(network.left));
      await using two = await start("ours", network.right, "two", ...options(network.right));
      await seesAlive(one, "one", "two");
      await two.waitForOutput("agent.mdns: Joined 2 hosts");
    },
  });
}

Deno.test({
  name:
    "-discover: clusters of other names are not joined, and a second agent on one host is found",
  ...needsNamespaces,
  fn: async () => {
    await using network = await NamespacePair.create();
    const { left, right } = network;
    await using one = await start("ours", left, "one", "-discover=c1");
    await using other = await start("ours", right, "other", "-discover=c2");
    await using two = await AgentProcess.start("ours", {
      name: "two",
      bind: `${left.ip}:7950`,
      rpc: "127.0.0.1:7374",
      wrapper: left.wrapper,
      args: ["-discover=c1"],
    });
    await seesAlive(one, "one", "two");
    await two.waitForOutput("agent.mdns: Joined 2 hosts");
    await seesAlive(other, "other");
  },
});

Deno.test({
  name: "-discover: where no question can be sent, the agent says so and goes on",
  ...needsNamespaces,
  fn: async () => {
    await using network = await NamespacePair.create({ routed: false });
    const options = ["-discover=c1", "-mdns-disable-ipv6"];
    await using agent = await start("ours", network.left, "alone", ...options);
    await agent.waitForOutput("agent.mdns: ");
    assert.match(
      logOf(agent, "agent.mdns").join("\n"),
      /^\[ERR\] agent\.mdns: Failed to poll for new hosts: write udp4 0\.0\.0\.0:\d+->224\.0\.0\.251:5353: sendto: network is unreachable$/,
    );
    await seesAlive(agent, "alone");
  },
});

Deno.test({
  name: "-discover: an agent that nobody could find does not start",
  ...needsNamespaces,
  fn: async () => {
    await using network = await NamespacePair.create();
    const { left: { wrapper, interface: name } } = network;
    // An interface that is there and has no address of any kind.
    await new Deno.Command(wrapper[0] ?? "", {
      args: [...wrapper.slice(1), "ip", "addr", "flush", "dev", name],
    }).output();
    const { code, stdout } = await runSerf(
      "ours",
      ["agent", "-bind=127.0.0.1", "-discover=c1", `-mdns-iface=${name}`],
      { wrapper },
    );
    const last = stdout.trimEnd().split("\n").at(-1);
    assert.equal(
      last,
      "==> Error starting mDNS listener: no multicast listeners could be started",
    );
    assert.equal(code, 1);
  },
});
