/** A ping over a stream, for members whose datagrams get lost (gossip.md section 11.2). */

import { MsgpackReader } from "../../bytes/msgpack_reader.ts";
import { MsgpackWriter } from "../../bytes/msgpack_writer.ts";
import { complete } from "../../bytes/steps.ts";
import { isRefusal } from "../../go/system_error.ts";
import type { Milliseconds } from "../../ports/clock.ts";
import type { Envelope } from "../../wire/envelope.ts";
import { messageType } from "../../wire/message_type.ts";
import { readAck, writePing } from "../../wire/pings.ts";
import { openReply, sealRequest } from "../../wire/stream_message.ts";
import { WireError } from "../../wire/wire_error.ts";
import type { Foundation } from "../foundation.ts";
import type { Member } from "../member.ts";
import type { PacketSender } from "../packets/packet_sender.ts";

/** What a ping over a stream shows; `refused` is a host where nobody listens any more. */
export type StreamPingOutcome = "answered" | "refused" | "silent";

/** Pings a member over a stream; `done` runs once. */
export type StreamPing = (
  member: Member,
  sequence: number,
  timeout: Milliseconds,
  done: (outcome: StreamPingOutcome) => void,
) => void;

/** Returns what pings members over the streams of a node. */
export function streamPinger(
  { envelope, random, transport }: Foundation,
  sender: PacketSender,
): StreamPing {
  return (member, sequence, timeout, done) => {
    const writer = new MsgpackWriter("raw");
    writePing(writer, sender.ownPing(member.name, sequence));
    transport.exchange(member.address, sealRequest(writer.view(), envelope, random), {
      timeout,
      expectReply: true,
      done: (result) => {
        if (!result.ok) return done(isRefusal(result.error) ? "refused" : "silent");
        done(isAckOf(sequence, result.value, envelope) ? "answered" : "silent");
      },
    });
  };
}

function isAckOf(sequence: number, reply: Uint8Array, envelope: Envelope): boolean {
  try {
    const reader = new MsgpackReader(complete(openReply(reply, envelope)));
    return reader.takeByte() === messageType.ack && readAck(reader).seq === sequence;
  } catch (error) {
    if (error instanceof WireError) return false;
    throw error;
  }
}
