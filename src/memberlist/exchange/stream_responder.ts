/** Answers the stream messages that other members send (gossip.md section 5.8). */

import { MsgpackReader } from "../../bytes/msgpack_reader.ts";
import { MsgpackWriter } from "../../bytes/msgpack_writer.ts";
import { bytesPerSlice, type Steps } from "../../bytes/steps.ts";
import type { Address } from "../../ports/address.ts";
import { type Result, success } from "../../ports/result.ts";
import type { Answer, StreamEnd } from "../../ports/transport.ts";
import { readFullState } from "../../wire/full_state.ts";
import { messageType } from "../../wire/message_type.ts";
import { readPing, writeAck } from "../../wire/pings.ts";
import { openRequest, sealReply, wrapReply } from "../../wire/stream_message.ts";
import { readUserMessage, writeErrorMessage } from "../../wire/user_message.ts";
import { WireError } from "../../wire/wire_error.ts";
import type { Foundation } from "../foundation.ts";
import type { Delegate } from "./delegate.ts";
import { FairShare } from "./fair_share.ts";
import type { PushPull } from "./push_pull.ts";
import { SeenFrames } from "../../wire/seen_frames.ts";
import { maxRequestBytes, requestOverhead, type SlicedWork } from "../sliced_work.ts";

/** A request that is not answered yet. */
interface Request {
  readonly from: Address;
  readonly bytes: Uint8Array;
  /** Whether it waits for a state to be written, or is past that. */
  isExchange: boolean;
  hasEnded: boolean;
}

interface StreamResponderParts extends Foundation {
  readonly pushPull: PushPull;
  readonly delegate: Delegate;
  readonly work: SlicedWork;
}

export class StreamResponder {
  readonly #parts: StreamResponderParts;
  readonly #share = new FairShare(maxRequestBytes, "last");
  readonly #seen = new SeenFrames();

  constructor(parts: StreamResponderParts) {
    this.#parts = parts;
  }

  /**
   * Takes one whole request; `answer` gets the reply, or `undefined` if there is none.
   *
   * @returns what to call if the stream ends before that. What needs no reply is done anyway.
   */
  respond(from: Address, request: Uint8Array, answer: Answer): StreamEnd {
    const { meter, work } = this.#parts;
    meter.count("memberlist.tcp.accept", 1);
    let drop = () => {};
    const refuse = () => {
      drop();
      this.#complain(from, new WireError("busy", "Too much is asked at once"));
      answer(undefined);
    };
    const guest = this.#share.enter(from.host, request.length + requestOverhead, refuse);
    if (!guest) {
      refuse();
      return drop;
    }
    const asked: Request = { from, bytes: request.slice(), isExchange: false, hasEnded: false };
    const client = { host: from.host, isLong: request.length > bytesPerSlice };
    try {
      drop = work.run(this.#respond(asked), (reply) => {
        this.#share.leave(guest);
        answer(reply.ok ? reply.value : undefined);
      }, client);
    } catch (error) {
      this.#share.leave(guest);
      throw error;
    }
    return () => {
      asked.hasEnded = true;
      if (!asked.isExchange) return;
      this.#share.leave(guest);
      drop();
    };
  }

  *#respond(request: Request): Steps<Result<Uint8Array | undefined>> {
    const { from } = request;
    let message: Uint8Array;
    try {
      message = yield* openRequest(request.bytes, this.#parts.envelope, this.#seen);
      const { clock, observer } = this.#parts;
      if (observer?.heard) observer.heard(clock.now(), from, "stream");
    } catch (error) {
      const { message, reason } = this.#complain(from, error);
      // A peer of another cluster gets no answer.
      const isStrange = reason === "label" || reason === "replayed";
      return success(isStrange ? undefined : this.#refuse(message));
    }
    try {
      return success(yield* this.#answer(request, new MsgpackReader(message)));
    } catch (error) {
      this.#complain(from, error);
      return success(undefined);
    }
  }

  *#answer(request: Request, reader: MsgpackReader): Steps<Uint8Array | undefined> {
    const { clock, config, delegate, observer, pushPull, envelope, random } = this.#parts;
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
        return this.#sent(sealReply(writer.view(), envelope, random));
      }
      case messageType.pushPull: {
        if (request.hasEnded) return undefined;
        request.isExchange = true;
        const remote = yield* readFullState(reader);
        if (delegate.isAway && !remote.joining) {
          this.#note(request.from, "away", "this node left, and was not asked to join");
          return this.#refuse("this node has left");
        }
        const { reply, merged } = yield* pushPull.answer(remote);
        if (!merged.ok) {
          const { from } = request;
          const error = merged.error.message;
          observer?.note({ type: "merge-refused", at: clock.now(), from, error });
        }
        return this.#sent(wrapReply(reply, envelope, random));
      }
      default:
        throw new WireError("unknown-type", `received invalid msgType (${type})`);
    }
  }

  #refuse(reason: string): Uint8Array {
    const { envelope, random } = this.#parts;
    const writer = new MsgpackWriter("raw");
    writeErrorMessage(writer, reason);
    return this.#sent(sealReply(writer.view(), envelope, random));
  }

  #sent(reply: Uint8Array): Uint8Array {
    this.#parts.meter.count("memberlist.tcp.sent", reply.length);
    return reply;
  }

  #complain(from: Address, error: unknown): WireError {
    if (!(error instanceof WireError)) throw error;
    this.#note(from, error.reason, error.message);
    return error;
  }

  #note(from: Address, reason: string, detail: string): void {
    const { clock, observer } = this.#parts;
    observer?.note({
      type: "message-refused",
      at: clock.now(),
      over: "stream",
      from,
      reason,
      detail,
    });
  }
}
