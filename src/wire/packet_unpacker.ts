/**
 * The messages in an opened packet, however they are wrapped.
 *
 * Compressed and compound messages may lie inside each other. How deep, and how
 * much may come out of one packet in all, is limited. A part that cannot be read
 * does not harm its neighbours. Nothing is allocated per message.
 */

import { emptyBytes } from "../bytes/empty_bytes.ts";
import { MsgpackReader } from "../bytes/msgpack_reader.ts";
import { forEachPart } from "./compound.ts";
import { readCompressedPart } from "./compression.ts";
import { maxPacketExpansion, maxPacketNesting, messageType } from "./message_type.ts";
import { WireError } from "./wire_error.ts";

/** Who takes the messages of a packet. */
interface MessageReceiver {
  /**
   * Takes one message.
   *
   * @param type its type byte.
   * @param body stands behind the type byte and ends with the message; borrowed.
   * A `WireError` thrown here goes to `receiveUnreadable`.
   */
  receiveMessage(type: number, body: MsgpackReader): void;
  /** Takes the reason why something could not be read; the rest of the packet goes on. */
  receiveUnreadable(error: WireError): void;
}

/** Where decompressed messages go, one buffer for each nesting depth, shared by all. */
const buffers: (Uint8Array | undefined)[] = new Array(maxPacketNesting).fill(undefined);
/** Packets of the usual size rarely decompress to more; what does gets an array of its own. */
const bufferSize = 8192;

export class PacketUnpacker {
  readonly #receiver: MessageReceiver;
  readonly #reader = new MsgpackReader(emptyBytes);
  #expanded = 0;

  constructor(receiver: MessageReceiver) {
    this.#receiver = receiver;
  }

  /** Hands out every message of a packet that `openPacket` returned. Never throws `WireError`. */
  unpack(packet: Uint8Array): void {
    this.#expanded = 0;
    this.#unpack(packet, 0, packet.length, 0);
  }

  #unpack(bytes: Uint8Array, start: number, end: number, depth: number): void {
    try {
      const type = bytes[start]!;
      const isWrapper = type === messageType.compound || type === messageType.compress;
      if (isWrapper && depth === maxPacketNesting) {
        throw new WireError("too-deep", "Messages are nested too deep");
      }
      if (type === messageType.compound) this.#unpackParts(bytes, start, end, depth);
      else if (type === messageType.compress) this.#unpackCompressed(bytes, start, end, depth);
      else this.#receiver.receiveMessage(type, this.#reader.reset(bytes, start + 1, end));
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      this.#receiver.receiveUnreadable(error);
    }
  }

  #unpackParts(bytes: Uint8Array, start: number, end: number, depth: number): void {
    const missing = forEachPart(bytes, start, end, (partStart, partEnd) => {
      this.#unpack(bytes, partStart, partEnd, depth + 1);
    });
    if (missing > 0) {
      throw new WireError("truncated", `Compound message lacks ${missing} of its parts`);
    }
  }

  #unpackCompressed(bytes: Uint8Array, start: number, end: number, depth: number): void {
    const body = this.#reader.reset(bytes, start + 1, end);
    const buffer = buffers[depth] ??= new Uint8Array(bufferSize);
    const message = readCompressedPart(body, maxPacketExpansion - this.#expanded, buffer);
    this.#expanded += message.length;
    this.#unpack(message, 0, message.length, depth + 1);
  }
}
