/**
 * Members that do not exist: one pair of sockets that answers the probes of any
 * number of them, so that an agent lists many without as many processes.
 */

import { denoRandom } from "../../../src/host/deno_random.ts";
import { encodeTags } from "../../../src/serf/tags.ts";
import type { NodeState } from "../../../src/wire/full_state.ts";
import { sealReply } from "../../../src/wire/stream_message.ts";
import { writeAll } from "./exchange.ts";
import { FakeMember, gossipPort as port } from "./fake_member.ts";
import { envelopeOf, ipBytes, versions } from "./frames.ts";
import { fullState } from "./population.ts";

/** A number of members at one address, until it is disposed of. */
export class Crowd implements Disposable {
  readonly address: string;
  readonly #state: Uint8Array;
  readonly #packets: FakeMember;
  readonly #streams: Deno.TcpListener;

  /** @param key the cluster's, if it has one. */
  constructor(hostname: string, count: number, key?: Uint8Array) {
    this.address = `${hostname}:${port}`;
    this.#state = sealReply(crowdState(hostname, count), envelopeOf(key), denoRandom);
    this.#packets = new FakeMember(hostname, key);
    this.#streams = Deno.listen({ hostname, port });
    void this.#answerStreams();
  }

  [Symbol.dispose](): void {
    this.#packets[Symbol.dispose]();
    this.#streams.close();
  }

  async #answerStreams(): Promise<void> {
    for await (const stream of this.#streams) void this.#answer(stream).catch(() => {});
  }

  /** Answers any request with the crowd's state. */
  async #answer(stream: Deno.Conn): Promise<void> {
    using connection = stream;
    const buffer = new Uint8Array(65_536);
    await connection.read(buffer);
    await writeAll(connection, this.#state);
    // Closing on bytes that nobody read would take the state back.
    await connection.closeWrite();
    while (await connection.read(buffer) !== null);
  }
}

/** The push/pull message in which a number of members of one address introduce themselves. */
export function crowdState(hostname: string, count: number): Uint8Array {
  const ip = ipBytes(hostname);
  const meta = encodeTags({ role: "crowd" }, 5);
  const nodes = Array.from({ length: count }, (_, index): NodeState => (
    { name: `crowd-${index}`, ip, port, incarnation: 1, meta, state: "alive", versions }
  ));
  return fullState(nodes, true);
}
