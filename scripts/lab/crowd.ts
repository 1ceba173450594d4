/**
 * Members that do not exist: one pair of sockets that answers the probes of any
 * number of them, so that an agent lists many without as many processes.
 */

import { MsgpackWriter } from "../../src/bytes/msgpack_writer.ts";
import { writePushPull } from "../../src/serf/intent_messages.ts";
import { encodeTags } from "../../src/serf/tags.ts";
import { type NodeState, writeFullState } from "../../src/wire/full_state.ts";
import { messageType } from "../../src/wire/message_type.ts";
import { denoRandom } from "../../src/host/deno_random.ts";
import type { Envelope } from "../../src/wire/envelope.ts";
import { openPacket, sealPacket } from "../../src/wire/packet.ts";
import { PacketUnpacker } from "../../src/wire/packet_unpacker.ts";
import { readPing, writeAck } from "../../src/wire/pings.ts";
import { sealReply } from "../../src/wire/stream_message.ts";
import { plainEnvelope } from "./plain_envelope.ts";

const port = 7946;

/** So many members at one address, until it is disposed of. */
export class Crowd implements Disposable {
  readonly #envelope: Envelope;
  readonly #state: Uint8Array;
  readonly #packets: Deno.DatagramConn;
  readonly #streams: Deno.TcpListener;

  /** @param key the cluster's, if it has one. */
  constructor(hostname: string, count: number, key?: Uint8Array) {
    this.#envelope = { ...plainEnvelope, keys: key ? [key] : [] };
    this.#state = sealReply(crowdState(hostname, count), this.#envelope, denoRandom);
    this.#packets = Deno.listenDatagram({ transport: "udp", hostname, port });
    this.#streams = Deno.listen({ hostname, port });
    void this.#answerPings();
    void this.#answerStreams();
  }

  /** Where an agent can join them. */
  get address(): string {
    const { hostname } = this.#streams.addr;
    return `${hostname}:${port}`;
  }

  [Symbol.dispose](): void {
    this.#packets.close();
    this.#streams.close();
  }

  async #answerPings(): Promise<void> {
    const writer = new MsgpackWriter("raw");
    for await (const [packet, from] of this.#packets) {
      const acks: Uint8Array[] = [];
      new PacketUnpacker({
        receiveMessage: (type, body) => {
          if (type !== messageType.ping) return;
          writer.reset();
          writeAck(writer, { seq: readPing(body).seq, payload: undefined });
          acks.push(sealPacket(writer.view(), this.#envelope, { crc: false }, denoRandom).slice());
        },
        receiveUnreadable() {},
      }).unpack(openPacket(packet, this.#envelope));
      for (const ack of acks) await this.#packets.send(ack, from).catch(() => {});
    }
  }

  /** Whatever an agent wants over a stream, it gets the crowd's state. */
  async #answerStreams(): Promise<void> {
    for await (const stream of this.#streams) {
      void (async () => {
        using connection = stream;
        await connection.read(new Uint8Array(65_536));
        for (let sent = 0; sent < this.#state.length;) {
          sent += await connection.write(this.#state.subarray(sent));
        }
        // Closing on bytes that nobody read would take the state back.
        await connection.closeWrite();
        while (await connection.read(new Uint8Array(65_536)) !== null);
      })().catch(() => {});
    }
  }
}

/** The push/pull message in which so many members of one address introduce themselves. */
export function crowdState(hostname: string, count: number): Uint8Array {
  const ip = Uint8Array.from(hostname.split(".").map(Number));
  const meta = encodeTags({ role: "crowd" }, 5);
  const versions = Uint8Array.of(1, 5, 2, 2, 5, 4);
  const nodes = Array.from({ length: count }, (_, index): NodeState => ({
    name: `crowd-${index}`,
    ip,
    port,
    incarnation: 1,
    meta,
    state: "alive",
    versions,
  }));
  const user = new MsgpackWriter("raw");
  writePushPull(user, {
    memberTime: 2,
    eventTime: 1,
    queryTime: 1,
    statusTimes: new Map(nodes.map(({ name }) => [name, 1])),
    leftMembers: [],
    eventSlots: [],
  });
  const writer = new MsgpackWriter("raw");
  writeFullState(writer, { joining: true, nodes, userState: user.view() });
  return writer.copy();
}
