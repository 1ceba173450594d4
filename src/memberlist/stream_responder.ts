/** Answers the stream messages that other members send (gossip.md section 5.8). */

import { MsgpackReader } from "../bytes/msgpack_reader.ts";
import { MsgpackWriter } from "../bytes/msgpack_writer.ts";
import type { Steps } from "../bytes/steps.ts";
import { type Address, formatAddress } from "../ports/address.ts";
import type { Log } from "../ports/log.ts";
import type { Meter } from "../ports/meter.ts";
import type { Random } from "../ports/random.ts";
import { type Result, success } from "../ports/result.ts";
import type { Answer } from "../ports/transport.ts";
import { readFullStateInSteps } from "../wire/full_state.ts";
import { messageType } from "../wire/message_type.ts";
import { readPing, writeAck } from "../wire/pings.ts";
import type { Envelope } from "../wire/packet.ts";
import { openRequestInSteps, sealReplyInSteps } from "../wire/stream_message.ts";
import { readUserMessage, writeErrorMessage } from "../wire/user_message.ts";
import { WireError } from "../wire/wire_error.ts";
import type { MemberlistConfig } from "./config.ts";
import type { Delegate } from "./delegate.ts";
import type { PushPull } from "./push_pull.ts";
import { reject } from "./reject.ts";
import type { SlicedWork } from "./sliced_work.ts";

/** What answers are made with. */
export interface StreamResponderParts {
  readonly log: Log;
  readonly meter: Meter;
  readonly config: MemberlistConfig;
  readonly random: Random;
  readonly envelope: Envelope;
  readonly pushPull: PushPull;
  readonly delegate: Delegate;
  readonly work: SlicedWork;
}

/** Turns requests into replies. */
export class StreamResponder {
  readonly #parts: StreamResponderParts;
  constructor(parts: StreamResponderParts) {
    this.#parts = parts;
  }

  /** Takes one whole request; `answer` gets the reply, or nothing to close silently. */
  respond(from: Address, request: Uint8Array, answer: Answer): void {
    this.#parts.meter.count("memberlist.tcp.accept", 1);
    this.#parts.work.run(this.#respond(from, request.slice()), (reply) => {
      answer(reply.ok ? reply.value : undefined);
    });
  }

  *#respond(from: Address, request: Uint8Array): Steps<Result<Uint8Array | undefined>> {
    let message: Uint8Array;
    try {
      message = yield* openRequestInSteps(request, this.#parts.envelope);
    } catch (error) {
      const problem = this.#complain(from, error);
      // With another label the peer is none of ours and deserves no answer.
      return success(problem.reason === "label" ? undefined : yield* this.#refuse(problem.message));
    }
    try {
      return success(yield* this.#answer(from, new MsgpackReader(message)));
    } catch (error) {
      this.#complain(from, error);
      return success(undefined);
    }
  }

  *#answer(from: Address, reader: MsgpackReader): Steps<Uint8Array | undefined> {
    const { config, delegate, log, pushPull } = this.#parts;
    const type = reader.takeByte();
    if (delegate.isAway && type !== messageType.pushPull) return undefined;
    switch (type) {
      case messageType.user:
        delegate.receiveMessage(readUserMessage(reader));
        return undefined;
      case messageType.ping: {
        const ping = readPing(reader);
        if (ping.node !== "" && ping.node !== config.name) return undefined;
        const writer = new MsgpackWriter("raw");
        writeAck(writer, { seq: ping.seq, payload: undefined });
        return yield* this.#seal(writer.view());
      }
      case messageType.pushPull: {
        const remote = yield* readFullStateInSteps(reader);
        if (delegate.isAway && !remote.joining) {
          const text = "Refusing a stream: this node left, and was not asked to join";
          reject(this.#parts, from.host, "away", `${text} from=${formatAddress(from)}`);
          return yield* this.#refuse("this node has left");
        }
        const { reply, merged } = yield* pushPull.answer(remote);
        if (!merged.ok) {
          log.error(`Push/pull merge failed: ${merged.error.message} from=${formatAddress(from)}`);
        }
        return yield* this.#seal(reply);
      }
      default:
        throw new WireError("unknown-type", `received invalid msgType (${type})`);
    }
  }

  *#refuse(reason: string): Steps<Uint8Array> {
    const writer = new MsgpackWriter("raw");
    writeErrorMessage(writer, reason);
    return yield* this.#seal(writer.view());
  }

  *#seal(message: Uint8Array): Steps<Uint8Array> {
    const { envelope, meter, random } = this.#parts;
    const reply = yield* sealReplyInSteps(message, envelope, random);
    meter.count("memberlist.tcp.sent", reply.length);
    return reply;
  }

  #complain(from: Address, error: unknown): WireError {
    if (!(error instanceof WireError)) throw error;
    // By host: every stream comes from another port.
    const text = `Refusing a stream: ${error.message} from=${formatAddress(from)}`;
    reject(this.#parts, from.host, error.reason, text);
    return error;
  }
}
