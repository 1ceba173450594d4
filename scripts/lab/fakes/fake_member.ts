/** A member that does not exist: a socket that answers probes, and says what it is told to. */

import type { MsgpackReader } from "../../../src/bytes/msgpack_reader.ts";
import { messageType } from "../../../src/wire/message_type.ts";
import { openPacket } from "../../../src/wire/packet.ts";
import { PacketUnpacker } from "../../../src/wire/packet_unpacker.ts";
import { readPing, writeAck } from "../../../src/wire/pings.ts";
import { envelopeOf, message, sealed } from "./frames.ts";

export const gossipPort = 7946;

/** Answers pings until it is disposed of. */
export class FakeMember implements Disposable {
  readonly #key: Uint8Array | undefined;
  readonly #receive: (type: number, body: MsgpackReader) => void;
  readonly #socket: Deno.DatagramConn;

  /**
   * @param key the cluster's, if it has one.
   * @param receive takes every message that is no ping.
   */
  constructor(
    hostname: string,
    key?: Uint8Array,
    receive: (type: number, body: MsgpackReader) => void = () => {},
  ) {
    this.#key = key;
    this.#receive = receive;
    this.#socket = Deno.listenDatagram({ transport: "udp", hostname, port: gossipPort });
    void this.#listen().catch(() => {});
  }

  /** Sends a message to the agent at an address, if there is one. */
  send(to: string, message: Uint8Array): void {
    this.#send({ transport: "udp", hostname: to, port: gossipPort }, message);
  }

  [Symbol.dispose](): void {
    this.#socket.close();
  }

  #send(to: Deno.Addr, message: Uint8Array): void {
    void this.#socket.send(sealed(message, this.#key), to).catch(() => {});
  }

  async #listen(): Promise<void> {
    for await (const [packet, from] of this.#socket) {
      new PacketUnpacker({
        receiveMessage: (type, body) => {
          if (type !== messageType.ping) return this.#receive(type, body);
          const { seq } = readPing(body);
          this.#send(from, message(writeAck, { seq, payload: undefined }));
        },
        receiveUnreadable() {},
      }).unpack(openPacket(packet, envelopeOf(this.#key)));
    }
  }
}
