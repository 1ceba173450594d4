/**
 * Can a stranger without the key keep a cluster busy with one recorded frame?
 *
 * The frame is the request of an honest join, recorded on the way. It is sent a hundred
 * times a second while others go on joining.
 */

import type { Kind } from "../../lab/agents.ts";
import { type ClusterAgent, listsAlive } from "../../lab/cluster.ts";
import { type Measure, measured, type Measurement, toBeNone } from "../../lab/comparison.ts";
import { Crowd, crowdState } from "../../lab/fakes/crowd.ts";
import { writeAll } from "../../lab/fakes/exchange.ts";
import { gossipPort as port } from "../../lab/fakes/fake_member.ts";
import { valueAtMost } from "../../lab/goal.ts";
import { median } from "../../lab/statistics.ts";
import { delay } from "../../lab/waiting.ts";
import { flood } from "./flood.ts";
import { joinUntil } from "./honest.ts";
import { startVictims, strangers, Watch } from "./victims.ts";

const relay = "127.66.0.9";
const crowdIp = "127.66.1.1";
const rate = 100;
/** Some strangers hang up at once, some never read the answer. */
const holds = [1, 500, 10_000];

export const replay: Measure<Kind> = async (kind, isShort) => {
  if (isShort) return await replayAt(kind, 10_000, true, 4);
  const results = [await replayAt(kind, 10_000, true, kind === "ours" ? 60 : 20)];
  if (kind === "ours") {
    results.push(await replayAt(kind, 1000, true, 20), await replayAt(kind, 60_000, true, 20));
  }
  return [...results.flat(), ...await replayAt(kind, 1000, false, 20)];
};

async function replayAt(
  kind: Kind,
  members: number,
  isEncrypted: boolean,
  seconds: number,
): Promise<Measurement[]> {
  const attack = `recorded frame, ${members} members${isEncrypted ? "" : ", open"}`;
  const key = isEncrypted ? crypto.getRandomValues(new Uint8Array(32)) : undefined;
  const args = key ? [`-encrypt=${key.toBase64()}`] : [];
  await using victims = await startVictims(kind, 1, { args });
  const victim = victims.agents[0]!;
  const to = victim.ip;
  const frames = [await record(victim, await victims.start())];

  using crowd = new Crowd(crowdIp, members, key);
  await victim.client.join([crowd.address]);
  await listsAlive(victim, members, 200);
  await delay(3000);
  using watch = await Watch.over([victim]);
  const attacked = flood({ over: "tcp", to, from: strangers, frames, rate, seconds, holds });
  // A cluster in use, whose state is never the same for long.
  let n = 0;
  const events = setInterval(() => void victim.client.userEvent(`e${n++}`).catch(() => {}), 500);
  const joins = await joinUntil(attacked, to, key, crowdState(crowdIp, 1));
  clearInterval(events);
  await delay(2000);
  const late = joins.filter((each) => each === Infinity).length;
  return [
    measured(`${attack}: memory over idle`, watch.growth, "MB", valueAtMost(150)),
    measured(`${attack}: an honest join takes`, median(joins), "s", valueAtMost(1)),
    toBeNone(`${attack}: joins that time out`, late),
    ...watch.survival(attack),
  ];
}

/** Lets an agent join another one through a relay that records what it says; then it leaves. */
async function record(to: ClusterAgent, joiner: ClusterAgent): Promise<Uint8Array<ArrayBuffer>> {
  using listener = Deno.listen({ hostname: relay, port });
  const joined = joiner.client.join([`${relay}:${port}`]);
  using inner = await listener.accept();
  using outer = await Deno.connect({ hostname: to.ip, port });
  const [recorded] = await Promise.all([pass(inner, outer), pass(outer, inner), joined]);
  await joiner.client.leave();
  await joiner.process.exit();
  return await new Blob(recorded).bytes();
}

/** Passes on what one end of a relay says until it ends, and returns it. */
async function pass(from: Deno.TcpConn, to: Deno.TcpConn): Promise<Uint8Array<ArrayBuffer>[]> {
  const buffer = new Uint8Array(65_536);
  const passed: Uint8Array<ArrayBuffer>[] = [];
  while (true) {
    // A member that has read enough may just close.
    const length = await from.read(buffer).catch(() => null);
    if (length === null) break;
    passed.push(buffer.slice(0, length));
    await writeAll(to, buffer.subarray(0, length));
  }
  await to.closeWrite().catch(() => {});
  return passed;
}
