/**
 * A second path for answers: over other members, for when the direct one fails
 * (gossip.md section 24.5).
 */

import type { MsgpackReader } from "../../bytes/msgpack_reader.ts";
import { MsgpackWriter } from "../../bytes/msgpack_writer.ts";
import { addressFromBytes, formatAddress } from "../../ports/address.ts";
import { done, failure, type Result } from "../../ports/result.ts";
import { WireError } from "../../wire/wire_error.ts";
import type { MemberBook } from "../members/member_book.ts";
import type { SerfNode } from "../node.ts";
import { type QueryMessage, readRelayHeader, writeRelayHeader } from "./query_messages.ts";

/** Members below this membership protocol do not know relays. */
const firstProtocolWithRelays = 5;

/** Sends answers over other members, and passes on those of others. */
export class QueryRelay {
  readonly #node: SerfNode;
  readonly #book: Pick<MemberBook, "isAlive" | "size">;
  readonly #writer = new MsgpackWriter("raw");

  constructor(node: SerfNode, book: Pick<MemberBook, "isAlive" | "size">) {
    this.#node = node;
    this.#book = book;
  }

  /** Sends `answer` to the asking member over as many others as the query wants. */
  relay(query: QueryMessage, answer: Uint8Array): Result<void> {
    const { config: { name: self, queryResponseSizeLimit }, memberlist } = this.#node;
    const { relayFactor } = query;
    if (relayFactor === 0 || this.#book.size < relayFactor + 1) return done;

    this.#writer.reset();
    const address = { ip: query.ip, port: query.port, zone: "" };
    writeRelayHeader(this.#writer, { address, name: query.sourceNode });
    this.#writer.writeRaw(answer);
    if (this.#writer.length > queryResponseSizeLimit) {
      return failure(`relayed response exceeds limit of ${queryResponseSizeLimit} bytes`);
    }
    const relays = memberlist.randomMembers(
      relayFactor,
      ({ name, versions }) =>
        name !== self && this.#book.isAlive(name) &&
        versions.protocolMax >= firstProtocolWithRelays,
    );
    for (const relay of relays) memberlist.sendUserMessage(relay.address, this.#writer.view());
    return done;
  }

  /**
   * Passes on what another member wants relayed; the reader stands behind the type byte.
   *
   * @throws {WireError} if the envelope is malformed, empty, or addressed to nowhere.
   */
  receive(reader: MsgpackReader): void {
    const { log, memberlist } = this.#node;
    const { address: { ip, port }, name } = readRelayHeader(reader);
    const message = reader.takeRest();
    const isAddress = (ip.length === 4 || ip.length === 16) && port > 0 && port <= 0xffff;
    if (!isAddress) throw new WireError("malformed", "The destination of a relay is no address");
    if (message.length === 0) throw new WireError("empty", "A relay carries no message");
    const address = addressFromBytes(ip, port);
    if (log.debugEnabled) log.debug(`Relaying response to node: ${formatAddress(address)}`);
    memberlist.sendAnswer({ name, address }, message);
  }
}
