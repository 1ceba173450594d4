/** A server's session in memory, with a hand that writes requests and reads what comes back. */

import type { MsgpackValue } from "./msgpack_value.ts";
import { MemberListing } from "../../src/agent/clients/member_listing.ts";
import { RpcSession } from "../../src/agent/clients/rpc_session.ts";
import type { Codec } from "../../src/bytes/msgpack_codec.ts";
import { MsgpackWriter } from "../../src/bytes/msgpack_writer.ts";
import type { Sequence } from "../../src/rpc/codec.ts";
import * as commands from "../../src/rpc/commands.ts";
import { type Encodable, encodable, encodeMessage } from "../../src/rpc/frames.ts";
import { SimClock } from "../../src/sim/sim_clock.ts";
import { FakeAgent } from "./fake_agent.ts";
import { MemoryConnection, settle } from "./memory_connection.ts";
import { RecordingLog, RecordingMeter } from "./recorders.ts";
import { decodeValue, splitValues } from "./rpc_recording.ts";

/** A client of a session; the agent behind it is a stand-in. */
export class ServedClient {
  readonly clock = new SimClock();
  readonly agent = new FakeAgent();
  readonly meter = new RecordingMeter();
  readonly session: RpcSession;
  /** The client's end of the connection. */
  readonly end: MemoryConnection;
  /** Resolves when the session is over. */
  readonly done: Promise<void>;
  readonly #log = new RecordingLog();
  readonly #writer = new MsgpackWriter("modern");

  constructor(authKey = "", onWrongToken?: () => number) {
    const [end, connection] = MemoryConnection.pair();
    this.end = end;
    this.session = new RpcSession({
      connection,
      peer: "127.0.0.1:5000",
      agent: this.agent,
      listing: new MemberListing(),
      authKey,
      ...(onWrongToken && { onWrongToken }),
      log: this.#log.named("agent.ipc"),
      meter: this.meter,
      clock: this.clock,
    });
    this.done = this.session.run();
  }

  /** A client that has shaken hands already, with number 1. */
  static async welcome(authKey = "", onWrongToken?: () => number): Promise<ServedClient> {
    const client = new ServedClient(authKey, onWrongToken);
    await client.ask("handshake", 1, commands.handshakeRequest, { version: 1 });
    return client;
  }

  /** What the server logged. */
  get lines(): readonly string[] {
    return this.#log.lines;
  }

  /** Whether the server has closed the connection. */
  get isClosed(): boolean {
    return this.end.isEnded;
  }

  /** Sends a request and returns what has come back since the last time. */
  async ask<T>(
    command: string,
    seq: Sequence,
    codec?: Codec<T>,
    body?: T,
  ): Promise<MsgpackValue[]> {
    const header = encodable(commands.requestHeader, { command, seq });
    const values: Encodable[] = codec && body !== undefined
      ? [header, encodable(codec, body)]
      : [header];
    return await this.sendBytes(encodeMessage(this.#writer, ...values));
  }

  /** Sends bytes and returns what has come back since the last time. */
  async sendBytes(bytes: Uint8Array): Promise<MsgpackValue[]> {
    await this.end.write(bytes);
    return await this.received();
  }

  /** Returns what has come back since the last time. */
  async received(): Promise<MsgpackValue[]> {
    await settle(2000);
    return splitValues(this.end.takeAll()).map(decodeValue);
  }

  /** Goes away and waits for the session's end. */
  async leave(): Promise<void> {
    this.end.close();
    await this.done;
  }
}

/** A response header as it is decoded. */
export function header(seq: Sequence, error = ""): MsgpackValue {
  return new Map<string, MsgpackValue>([["Error", error], ["Seq", seq]]);
}
