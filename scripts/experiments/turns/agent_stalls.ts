/** An agent on sockets, made to do what is large, while its event loop is watched. */

import { runAgent } from "../../../src/agent/lifecycle.ts";
import { Output } from "../../../src/agent/telemetry/output.ts";
import { denoRandom } from "../../../src/host/deno_random.ts";
import * as commands from "../../../src/rpc/commands.ts";
import { encodable } from "../../../src/rpc/frames.ts";
import { sealRequest } from "../../../src/wire/stream_message.ts";
import { exchange } from "../../lab/fakes/exchange.ts";
import { gossipPort } from "../../lab/fakes/fake_member.ts";
import { envelopeOf } from "../../lab/fakes/frames.ts";
import { fullState, population } from "../../lab/fakes/population.ts";
import { RawClient } from "../../lab/fakes/raw_client.ts";
import { ScratchFolder } from "../../lab/scratch_folder.ts";
import { delay, eventually } from "../../lab/waiting.ts";
import { Stopwatch } from "./stopwatch.ts";
import type { TurnTimes } from "./turn_times.ts";

const hostname = "127.76.0.10";
const rpc = `${hostname}:7373`;
/** 256 bits, so that encryption counts, too. */
const key = new Uint8Array(32).fill(7);

const none = { name: "", status: "", tags: new Map<string, string>() };
const filters = {
  name: { ...none, name: "node-0000.*" },
  status: { ...none, status: "alive" },
  tag: { ...none, tags: new Map([["role", "web|mail"]]) },
};

/** Lets an agent know `members` members, and asks it for all that may take long. */
export async function measureStalls(members: number, times: TurnTimes): Promise<void> {
  using folder = new ScratchFolder();
  const ended = runAgent({
    nodeName: "self",
    bind: hostname,
    rpcAddr: rpc,
    encryptKey: key.toBase64(),
    snapshotPath: `${folder.path}/snapshot`,
    eventHandlers: ["member-join=cat > /dev/null"],
    logLevel: "err",
  }, new Output((bytes) => Promise.resolve(bytes.length)));
  try {
    await measure(members, (kind, action) => addLongestGap(kind, action, times));
  } finally {
    Deno.kill(Deno.pid, "SIGTERM");
    await ended;
  }
}

async function measure(
  members: number,
  during: (kind: string, action: () => Promise<unknown>) => Promise<void>,
): Promise<void> {
  const envelope = { ...envelopeOf(key), compression: true };
  const swap = (incarnation: number) => {
    const state = fullState(population(members, incarnation), false);
    const request = sealRequest(state, envelope, denoRandom);
    return async () => {
      await exchange({ hostname, port: gossipPort }, request);
      // What it brought goes on for a while: events are delivered, queues grow.
      await delay(300);
    };
  };
  const [older, newer] = [swap(1), swap(2)];
  await eventually("the agent runs", () => RawClient.connect(rpc).then(() => true, () => false));
  using stream = await RawClient.connect(rpc);
  await stream.ask(1, "stream", encodable(commands.streamRequest, { type: "member-join" }));
  await during("push/pull, every member new", older);
  await during("member-join of every member, to a stream and a script", () => stream.take(2));
  await during("push/pull, every member newer", newer);
  await during("push/pull, nothing new", newer);

  using client = await RawClient.connect(rpc);
  await during("rpc: stats", () => client.ask(2, "stats"));
  // The members doubt each other all the time, so that the list is another one.
  await during("rpc: members, after a change", () => client.ask(2, "members"));
  await during("rpc: members, once more", () => client.ask(2, "members"));
  for (const [what, conditions] of Object.entries(filters)) {
    const body = encodable(commands.membersFilteredRequest, conditions);
    const ask = () => client.ask(2, "members-filtered", body);
    await during(`rpc: members-filtered by ${what}`, ask);
  }
  await during("three idle seconds", () => delay(3000));
}

/**
 * Notes how long the event loop stood still at most while an action ran: a callback that asks
 * for the next one at once sees every gap.
 */
async function addLongestGap(
  kind: string,
  action: () => Promise<unknown>,
  times: TurnTimes,
): Promise<void> {
  const watch = new Stopwatch();
  let longest = watch.lap();
  const tick = () => {
    const lap = watch.lap();
    if (lap.time > longest.time) longest = lap;
    handle = setImmediate(tick);
  };
  let handle = setImmediate(tick);
  try {
    await action();
  } finally {
    clearImmediate(handle);
  }
  times.add(kind, longest);
}
