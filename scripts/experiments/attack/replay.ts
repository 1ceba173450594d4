/**
 * Can a stranger without the key keep a cluster busy with one recorded frame?
 *
 * The frame is the request of an honest join, taken down on the way. It is sent a hundred
 * times a second while others go on joining.
 */

import type { Kind } from "../../lab/agents.ts";
import { type ClusterAgent, countAlive } from "../../lab/cluster.ts";
import { measured, type Measurement, toBeNone } from "../../lab/comparison.ts";
import { Crowd, crowdState } from "../../lab/crowd.ts";
import { concat } from "../../lab/frames.ts";
import { valueAtMost } from "../../lab/goal.ts";
import { median } from "../../lab/statistics.ts";
import { delay, eventually } from "../../lab/waiting.ts";
import { type Attack, startVictims, strangers, survival, Watch } from "./attack.ts";
import { flood } from "./flood.ts";
import { going, join } from "./honest.ts";

const port = 7946;
const relay = "127.66.0.9";
const rate = 100;
/** Some strangers hang up at once, some never read the answer. */
const holds = [1, 500, 10_000];

/** Clusters of several sizes. */
export const replay: Attack = async (kind, isShort) => {
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
  await using victims = await startVictims(kind, 1, args);
  const victim = victims.agents[0]!;
  const frame = await record(victim, await victims.cluster.start());

  const crowdIp = "127.66.1.1";
  using crowd = new Crowd(crowdIp, members, key);
  await victim.client.join([crowd.address]);
  await eventually("the crowd is there", async () => await countAlive(victim) >= members, {
    pause: 200,
    within: 120_000,
  });
  await delay(3000);
  using watch = await Watch.over([victim]);
  const attacked = flood({
    ...{ over: "tcp", to: victim.ip, from: strangers, frames: [frame] },
    ...{ rate, seconds, holds },
  });
  // A cluster in use, whose state is never the same for long.
  let n = 0;
  const events = setInterval(() => void victim.client.userEvent(`e${n++}`).catch(() => {}), 500);
  const joins = await join(victim.ip, key, crowdState(crowdIp, 1), going(attacked));
  clearInterval(events);
  await delay(2000);
  const late = joins.filter((each) => each === Infinity).length;
  return [
    measured(`${attack}: memory over idle`, watch.growth, "MB", valueAtMost(150)),
    measured(`${attack}: an honest join takes`, median(joins), "s", valueAtMost(1)),
    toBeNone(`${attack}: joins that time out`, late),
    ...survival(attack, watch),
  ];
}

/** Lets an agent join another one through a relay that notes what it says; then it leaves. */
async function record(to: ClusterAgent, joiner: ClusterAgent): Promise<Uint8Array> {
  using listener = Deno.listen({ hostname: relay, port });
  const noted: Uint8Array[] = [];
  const relayed = (async () => {
    using inner = await listener.accept();
    using outer = await Deno.connect({ hostname: to.ip, port });
    await Promise.all([
      pass(inner, outer, (bytes) => noted.push(bytes)),
      pass(outer, inner, () => {}),
    ]);
  })();
  await Promise.all([joiner.client.join([`${relay}:${port}`]), relayed]);
  await joiner.client.leave();
  await joiner.process.exit();
  return concat(noted);
}

/** Passes on what one end of a relay says, until it ends. */
async function pass(
  from: Deno.TcpConn,
  to: Deno.TcpConn,
  note: (bytes: Uint8Array) => void,
): Promise<void> {
  const buffer = new Uint8Array(65_536);
  while (true) {
    // Whoever has heard enough may just close.
    const length = await from.read(buffer).catch(() => null);
    if (length === null) return await to.closeWrite().catch(() => {});
    const bytes = buffer.slice(0, length);
    note(bytes);
    for (let sent = 0; sent < length;) sent += await to.write(bytes.subarray(sent));
  }
}
