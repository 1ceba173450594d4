/** Answers the stream messages that other members send (gossip.md section 5.8). */

import { MsgpackReader } from "../bytes/msgpack_reader.ts";
import { MsgpackWriter } from "../bytes/msgpack_writer.ts";
import { type Address, formatAddress } from "../ports/address.ts";
import type { Log } from "../ports/log.ts";
import type { Meter } from "../ports/meter.ts";
import type { Random } from "../ports/random.ts";
import { readFullState } from "../wire/full_state.ts";
import { messageType } from "../wire/message_type.ts";
import { readPing, writeAck } from "../wire/pings.ts";
import type { Envelope } from "../wire/packet.ts";
import { openRequest, sealReply } from "../wire/stream_message.ts";
import { readUserMessage, writeErrorMessage } from "../wire/user_message.ts";
import { WireError } from "../wire/wire_error.ts";
import type { Complaints } from "./complaints.ts";
import type { MemberlistConfig } from "./config.ts";
import type { Delegate } from "./delegate.ts";
import type { PushPull } from "./push_pull.ts";

/** What answers are made with. */
export interface StreamResponderParts {
  readonly log: Log;
  readonly meter: Meter;
  readonly config: MemberlistConfig;
  readonly random: Random;
  readonly envelope: Envelope;
  readonly complaints: Complaints;
  readonly pushPull: PushPull;
  readonly delegate: Delegate;
}

/** Turns requests into replies. */
export class StreamResponder {
  readonly #parts: StreamResponderParts;
  readonly #writer = new MsgpackWriter("raw");

  constructor(parts: StreamResponderParts) {
    this.#parts = parts;
  }

  /** Takes one whole request and returns the reply, borrowed, or nothing to close silently. */
  respond(from: Address, request: Uint8Array): Uint8Array | undefined {
    const { envelope, meter } = this.#parts;
    meter.count("memberlist.tcp.accept", 1);
    let message: Uint8Array;
    try {
      message = openRequest(request, envelope);
    } catch (error) {
      const problem = this.#complain(from, error);
      // With another label the peer is none of ours and deserves no answer.
      return problem.reason === "label" ? undefined : this.#refuse(problem.message);
    }
    try {
      return this.#answer(from, new MsgpackReader(message));
    } catch (error) {
      this.#complain(from, error);
      return undefined;
    }
  }

  #answer(from: Address, reader: MsgpackReader): Uint8Array | undefined {
    const { config, delegate, log, pushPull } = this.#parts;
    const type = reader.takeByte();
    switch (type) {
      case messageType.user:
        delegate.receiveMessage(readUserMessage(reader));
        return undefined;
      case messageType.ping: {
        const ping = readPing(reader);
        if (ping.node !== "" && ping.node !== config.name) return undefined;
        this.#writer.reset();
        writeAck(this.#writer, { seq: ping.seq, payload: undefined });
        return this.#seal(this.#writer.view());
      }
      case messageType.pushPull: {
        const { reply, merged } = pushPull.answer(readFullState(reader));
        if (!merged.ok) {
          log.error(`Push/pull merge failed: ${merged.error.message} from=${formatAddress(from)}`);
        }
        return this.#seal(reply);
      }
      default:
        throw new WireError("unknown-type", `received invalid msgType (${type})`);
    }
  }

  #refuse(reason: string): Uint8Array {
    this.#writer.reset();
    writeErrorMessage(this.#writer, reason);
    return this.#seal(this.#writer.view());
  }

  #seal(message: Uint8Array): Uint8Array {
    const { envelope, meter, random } = this.#parts;
    const reply = sealReply(message, envelope, random);
    meter.count("memberlist.tcp.sent", reply.length);
    return reply;
  }

  #complain(from: Address, error: unknown): WireError {
    if (!(error instanceof WireError)) throw error;
    // By host: every stream comes from another port.
    this.#parts.complaints.add(
      from.host,
      error.reason,
      () => `Refusing a stream: ${error.message} from=${formatAddress(from)}`,
    );
    return error;
  }
}
