/** A client's connection as subscriptions see it, which notes what it is sent. */

import type { ClientView } from "../../src/agent/clients/client_view.ts";
import type { Codec } from "../../src/bytes/msgpack_codec.ts";
import { PendingQueries } from "../../src/agent/clients/pending_queries.ts";
import { MsgpackWriter } from "../../src/bytes/msgpack_writer.ts";
import type { Sequence } from "../../src/rpc/codec.ts";
import { type Encodable, encodeMessage } from "../../src/rpc/frames.ts";
import { SimClock } from "../../src/sim/sim_clock.ts";
import { FakeAgent } from "./fake_agent.ts";
import { RecordingLog } from "./recorders.ts";

/** A client that takes everything at once, unless it is told to hold still or to break. */
export class FakeClient implements ClientView {
  readonly agent = new FakeAgent();
  readonly clock = new SimClock();
  readonly peer = "127.0.0.1:5000";
  readonly queries = new PendingQueries(this.clock);
  /** The records sent, with the number of their stream. */
  readonly sent: { sequence: Sequence; record: unknown }[] = [];
  readonly #root = new RecordingLog();
  readonly log = this.#root.named("agent.ipc");
  #gate = Promise.withResolvers<void>();

  constructor() {
    this.#gate.resolve();
  }

  /** What was logged. */
  get lines(): readonly string[] {
    return this.#root.lines;
  }

  /** Stops taking records, in the middle of the next one. */
  hold(): void {
    this.#gate = Promise.withResolvers<void>();
  }

  /** Takes records again. */
  release(): void {
    this.#gate.resolve();
  }

  /** Fails the record that is held, and all after it. */
  fail(reason: string): void {
    this.#gate.promise.catch(() => {});
    this.#gate.reject(new Error(reason));
  }

  async sendRecord<T>(sequence: Sequence, _codec: Codec<T>, record: T): Promise<void> {
    this.sent.push({ sequence, record });
    await this.#gate.promise;
  }

  /** Notes the bytes, as one record. */
  async sendPieces(sequence: Sequence, pieces: Iterable<Encodable>): Promise<void> {
    this.sent.push({ sequence, record: encodeMessage(new MsgpackWriter("modern"), ...pieces) });
    await this.#gate.promise;
  }

  /** The records sent, without their numbers. */
  get records(): readonly unknown[] {
    return this.sent.map(({ record }) => record);
  }
}
