/**
 * Claims with numbers that no member reached, in a mixed cluster without a key.
 *
 * Ours believe none. HashiCorp's believe each, and nothing outbids 2^32-1 for them:
 * they call the victim failed until they have forgotten it, and then take it back,
 * because ours goes on exchanging states with them.
 */

import { ok, strictEqual } from "node:assert/strict";
import { MsgpackWriter } from "../../src/bytes/msgpack_writer.ts";
import { writeDead, writeSuspect } from "../../src/wire/claims.ts";
import { AgentProcess, type Kind, needsReference } from "../../scripts/lab/agents.ts";
import { eventually } from "../../scripts/lab/waiting.ts";

const highest = 2 ** 32 - 1;
/** What HashiCorp's members can outbid, and ours take for a lie. */
const far = 2 ** 31;

function startAgent(kind: Kind, name: string, host: number, ...args: readonly string[]) {
  return AgentProcess.start(kind, { name, bind: `127.73.8.${host}`, args });
}

/** Tells all agents that `victim` is failing, and dead. */
async function lie(
  agents: readonly AgentProcess[],
  victim: string,
  incarnation: number,
): Promise<void> {
  const socket = Deno.listenDatagram({ hostname: "127.73.8.99", port: 0, transport: "udp" });
  const claim = { node: victim, incarnation, from: "nobody" };
  for (const write of [writeSuspect, writeDead]) {
    const writer = new MsgpackWriter("raw");
    write(writer, claim);
    for (const { bind } of agents) {
      const to = { hostname: bind, port: 7946, transport: "udp" } as const;
      await socket.send(writer.copy(), to);
    }
  }
  socket.close();
}

async function statusOf(name: string, at: AgentProcess): Promise<string> {
  return (await at.members("reference")).get(name)?.status ?? "unknown";
}

Deno.test({
  name: "Mixed cluster: forged incarnations ban nobody among ours, and nobody for ever",
  ...needsReference,
  fn: async (test) => {
    await using a = await startAgent("ours", "a", 1, "-profile=local");
    const join = ["-profile=local", `-join=${a.bind}`];
    await using b = await startAgent("ours", "b", 2, ...join);
    await using r = await startAgent("reference", "r", 3, ...join);
    await using s = await startAgent("reference", "s", 4, ...join);
    const all = [a, b, r, s];
    const isWhole = async (at: AgentProcess) => {
      const members = [...(await at.members("reference")).values()];
      return members.filter(({ status }) => status === "alive").length === all.length;
    };
    const untilWhole = async (agents: readonly AgentProcess[], within = 60_000) => {
      for (const agent of agents) {
        const detail = () => agent.output;
        await eventually(`${agent.name} sees all`, () => isWhole(agent), { within, detail });
      }
    };
    await untilWhole(all);

    await test.step("the highest, of one of ours", async () => {
      for (let i = 0; i < 5; i++) {
        await lie(all, "b", highest);
        await new Promise((resolve) => setTimeout(resolve, 200));
        for (const agent of [a, b]) strictEqual(await statusOf("b", agent), "alive");
      }
      await eventually("HashiCorp's believe it", async () => await statusOf("b", r) === "failed");
      await untilWhole(all, 120_000);
      ok(!/EventMemberFailed: b /.test(a.output), a.output);
    });

    await test.step("one that HashiCorp's can outbid, of either kind", async () => {
      for (const victim of [b, r]) {
        for (let i = 0; i < 5; i++) {
          await lie(all, victim.name, far);
          await new Promise((resolve) => setTimeout(resolve, 200));
        }
        await untilWhole(all);
      }
    });
  },
});
