/**
 * A second path for answers: over other members, for when the direct one fails
 * (gossip.md section 24.5).
 */

import type { MsgpackReader } from "../../bytes/msgpack_reader.ts";
import { MsgpackWriter } from "../../bytes/msgpack_writer.ts";
import type { Member } from "../../memberlist/member.ts";
import type { Asker } from "../../memberlist/packets/asker.ts";
import { type Address, addressFromBytes, formatAddress } from "../../ports/address.ts";
import type { Log } from "../../ports/log.ts";
import { done, failure, type Result } from "../../ports/result.ts";
import { WireError } from "../../wire/wire_error.ts";
import { type QueryMessage, readRelayHeader, writeRelayHeader } from "./query_messages.ts";

/** Members below this membership protocol do not know relays. */
const firstProtocolWithRelays = 5;

/** What relaying works with. */
export interface QueryRelayOptions {
  readonly log: Log;
  readonly self: string;
  /** A relayed answer, envelope included, may have this many bytes. */
  readonly sizeLimit: number;
  /** The number of known members in any status. */
  readonly memberCount: () => number;
  /** Picks different members at random. */
  readonly pick: (count: number, accept: (member: Member) => boolean) => readonly Member[];
  /** Whether Serf takes a member for alive. */
  readonly isAlive: (name: string) => boolean;
  readonly send: (to: Address, message: Uint8Array) => void;
  /** Sends a message to the one who asked. */
  readonly answer: (asker: Asker, message: Uint8Array) => void;
}

/** Sends answers over other members, and passes on those of others. */
export class QueryRelay {
  readonly #options: QueryRelayOptions;
  readonly #writer = new MsgpackWriter("raw");

  constructor(options: QueryRelayOptions) {
    this.#options = options;
  }

  /** Sends `answer` to the asking member over as many others as the query wants. */
  relay(query: QueryMessage, answer: Uint8Array): Result<void> {
    const { memberCount, pick, self, send, sizeLimit, isAlive } = this.#options;
    const { relayFactor } = query;
    if (relayFactor === 0 || memberCount() < relayFactor + 1) return done;

    this.#writer.reset();
    writeRelayHeader(this.#writer, {
      ip: query.ip,
      port: query.port,
      zone: "",
      name: query.sourceNode,
    });
    this.#writer.writeRaw(answer);
    if (this.#writer.length > sizeLimit) {
      return failure(`relayed response exceeds limit of ${sizeLimit} bytes`);
    }
    const relays = pick(
      relayFactor,
      ({ name, versions }) =>
        name !== self && isAlive(name) && versions.protocolMax >= firstProtocolWithRelays,
    );
    for (const { address } of relays) send(address, this.#writer.view());
    return done;
  }

  /**
   * Passes on what another member wants relayed; the reader stands behind the type byte.
   *
   * @throws {WireError} if the envelope is malformed, empty, or addressed to nowhere.
   */
  receive(reader: MsgpackReader): void {
    const { log, answer } = this.#options;
    const { ip, port, name } = readRelayHeader(reader);
    const message = reader.takeRest();
    const isAddress = (ip.length === 4 || ip.length === 16) && port > 0 && port <= 0xffff;
    if (!isAddress) throw new WireError("malformed", "The destination of a relay is no address");
    if (message.length === 0) throw new WireError("empty", "A relay carries no message");
    const address = addressFromBytes(ip, port);
    if (log.debugEnabled) log.debug(`Relaying response to node: ${formatAddress(address)}`);
    answer({ name, address }, message);
  }
}
