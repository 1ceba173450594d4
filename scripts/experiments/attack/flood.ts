/**
 * Sends made-up frames at a rate: what an attacker does.
 *
 * It runs in a thread of its own, so that it delays no measurement.
 */

import { once } from "node:events";
import { connect } from "node:net";
import { isMainThread, Worker, workerData } from "node:worker_threads";
import { gossipPort as port } from "../../lab/fakes/fake_member.ts";
import { delay } from "../../lab/waiting.ts";

interface Flood {
  /** Each frame is a datagram, or goes over a stream of its own. */
  readonly over: "udp" | "tcp";
  readonly to: string;
  /** The addresses that frames come from, in turn. */
  readonly from: readonly string[];
  /** In turn; from the start again when all are sent. */
  readonly frames: readonly Uint8Array[];
  readonly rate: number;
  readonly seconds: number;
  /**
   * How many milliseconds each stream stays open with nobody reading, in turn. If absent
   * the answer is read, and the next stream waits for its end.
   */
  readonly holds?: readonly number[];
}

export async function flood(order: Flood): Promise<void> {
  const worker = new Worker(new URL(import.meta.url), { workerData: order });
  await once(worker, "exit");
}

/** Calls `send` at the flood's rate until its time is over. */
async function pace(
  { rate, seconds }: Flood,
  send: (n: number) => Promise<void> | undefined,
): Promise<void> {
  const startedAt = performance.now();
  for (let sent = 0;;) {
    const passed = (performance.now() - startedAt) / 1000;
    if (passed > seconds) return;
    if (sent > rate * passed) await delay(1);
    else await send(sent++);
  }
}

async function overDatagrams(order: Flood): Promise<void> {
  const { frames, from, to } = order;
  const sockets = from.map((hostname) =>
    Deno.listenDatagram({ transport: "udp", hostname, port: 0 })
  );
  const address = { transport: "udp", hostname: to, port } as const;
  await pace(order, async (n) => {
    // Nobody listens any more where an agent has ended.
    await sockets[n % from.length]!.send(frames[n % frames.length]!, address).catch(() => {});
  });
  for (const socket of sockets) socket.close();
}

function overStreams(order: Flood): Promise<void> {
  const { frames, from, holds, to } = order;
  return pace(order, (n) => {
    const stream = connect({ host: to, port, localAddress: from[n % from.length]! });
    const ended = new Promise<void>((resolve) => {
      stream.once("close", () => resolve()).on("error", () => resolve());
    });
    stream.write(frames[n % frames.length]!);
    if (!holds) {
      stream.resume();
      const limit = setTimeout(() => stream.destroy(), 15_000);
      return ended.then(() => clearTimeout(limit));
    }
    setTimeout(() => stream.destroy(), holds[n % holds.length]!);
    return undefined;
  });
}

if (!isMainThread && workerData?.frames) {
  const order: Flood = workerData;
  await (order.over === "udp" ? overDatagrams : overStreams)(order);
}
