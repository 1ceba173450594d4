/**
 * Exchanges of everything two members know (gossip.md sections 5.4, 9.5 and 15).
 *
 * This is how a node joins, and how gaps that gossip left are filled. Gossip is
 * fast but may miss a member; a full exchange misses nothing.
 */

import { MsgpackReader } from "../../bytes/msgpack_reader.ts";
import type { Steps } from "../../bytes/steps.ts";
import type { Address } from "../../ports/address.ts";
import { done, failure, type Result, success } from "../../ports/result.ts";
import { type FullState, type NodeState, readFullState } from "../../wire/full_state.ts";
import { messageType } from "../../wire/message_type.ts";
import { openReply, wrapRequest } from "../../wire/stream_message.ts";
import { readErrorMessage } from "../../wire/user_message.ts";
import { WireError } from "../../wire/wire_error.ts";
import { GrowthExchange } from "./growth_exchange.ts";
import type { Foundation } from "../foundation.ts";
import type { Delegate } from "./delegate.ts";
import { countStates, LocalState } from "./local_state.ts";
import type { Member } from "../member.ts";
import type { Membership } from "../membership/membership.ts";
import type { Roster } from "../membership/roster.ts";
import { pushPullPause } from "../scaling.ts";
import { forSlices, type SlicedWork } from "../sliced_work.ts";
import { Ticker } from "../../ports/ticker.ts";
import { checkVersions, spokenBy, type SpokenVersions } from "../membership/version_check.ts";

export interface PushPullParts extends Foundation {
  readonly roster: Roster;
  readonly membership: Membership;
  readonly delegate: Delegate;
  readonly work: SlicedWork;
}

interface PushPullAnswer {
  /** What this node knew before it took in what the other knows; still to be wrapped. */
  readonly reply: Uint8Array;
  readonly merged: Result<void>;
}

export class PushPull {
  readonly #parts: PushPullParts;
  readonly #ticker: Ticker;
  readonly #growthExchange: GrowthExchange;
  readonly #localState: LocalState;
  /** At that version of the roster. */
  #spoken: { readonly version: number; readonly versions: SpokenVersions } | undefined;
  /** How many states of others are being taken in. */
  #merging = 0;
  #isStopped = false;
  #wasAboutDoubt = false;

  constructor(parts: PushPullParts) {
    this.#parts = parts;
    this.#localState = new LocalState(parts);
    const { clock, random, config, roster } = parts;
    const pause = () => pushPullPause(config.pushPullInterval, roster.size);
    this.#ticker = new Ticker(clock, pause, () => this.#exchangeWithAnyone(), random);
    this.#growthExchange = new GrowthExchange(parts, () => this.#exchangeWithAnyone());
  }

  start(): void {
    this.#ticker.start();
  }

  stop(): void {
    this.#isStopped = true;
    this.#ticker.stop();
    this.#growthExchange.stop();
    this.#localState.stop();
  }

  /** Exchanges everything soon if many members have come since the last time. */
  exchangeAfterGrowth(): void {
    // In the middle of an exchange, its first half would look like growth.
    if (this.#merging === 0) this.#growthExchange.look();
  }

  /**
   * Exchanges everything with the node at `address`.
   *
   * @param finished runs once, in a later turn.
   * @param peer the member, if one was chosen, and whether it is asked about itself.
   */
  exchange(
    address: Address,
    joining: boolean,
    finished: (result: Result<void>) => void,
    peer?: { readonly name: string; readonly isSpeaker: boolean },
  ): void {
    const { clock, config, meter, transport, work } = this.#parts;
    const startedAt = clock.now();
    const speaker = peer?.isSpeaker ? peer.name : undefined;
    const finish = (result: Result<void>) => {
      this.#noteOutcome(address, peer?.name, result);
      finished(result);
    };
    meter.count("memberlist.tcp.connect", 1);
    work.run(this.#writeRequest(joining), (written) => {
      if (!written.ok) return finish(written);
      meter.count("memberlist.tcp.sent", written.value.length);
      transport.exchange(address, written.value, {
        timeout: config.tcpTimeout,
        expectReply: true,
        done: (result) => {
          if (this.#isStopped) return finished(failure("node is shut down"));
          meter.sample("memberlist.pushPullNode", clock.now() - startedAt);
          if (!result.ok) return finish(result);
          work.run(this.#takeReply(result.value.slice(), joining, speaker), finish);
        },
      });
    });
  }

  /** Merges what a peer sent; the message that it was read from must not change meanwhile. */
  *answer(remote: FullState): Steps<PushPullAnswer> {
    const reply = yield* this.#writeLocalState(remote.joining);
    return { reply, merged: yield* this.#merge(remote, remote.joining, false) };
  }

  #exchangeWithAnyone(): void {
    const { clock, config, membership, observer, roster } = this.#parts;
    // Every second one at most, or forgers would choose all of them.
    const doubted = this.#wasAboutDoubt ? undefined : membership.takeDoubted();
    this.#wasAboutDoubt = doubted !== undefined;
    const isOther = (member: Member) => member.state === "alive" && member.name !== config.name;
    const peer = doubted ?? roster.pick(1, isOther)[0];
    if (!peer) return;
    const { address, name } = peer;
    observer?.note({ type: "exchange-begun", at: clock.now(), member: name, address });
    this.exchange(address, false, () => {}, { name, isSpeaker: doubted !== undefined });
  }

  #noteOutcome(address: Address, member: string | undefined, result: Result<void>): void {
    const { clock, observer } = this.#parts;
    if (this.#isStopped) return;
    const error = result.ok ? undefined : result.error.message;
    observer?.note({ type: "exchange-done", at: clock.now(), address, member, error });
  }

  *#writeRequest(joining: boolean): Steps<Result<Uint8Array>> {
    const { envelope, random } = this.#parts;
    return success(wrapRequest(yield* this.#writeLocalState(joining), envelope, random));
  }

  *#takeReply(reply: Uint8Array, joining: boolean, speaker?: string): Steps<Result<void>> {
    try {
      const reader = new MsgpackReader(yield* openReply(reply, this.#parts.envelope));
      const type = reader.takeByte();
      if (type === messageType.error) return failure(`remote error: ${readErrorMessage(reader)}`);
      if (type !== messageType.pushPull) {
        return failure(`received invalid msgType (${type}), expected pushPullMsg`);
      }
      const state = yield* readFullState(reader);
      const merged = yield* this.#merge(state, joining, true, speaker);
      if (!merged.ok) return merged;
      if (joining) this.#growthExchange.noteJoin(countStates(state.nodes).get("alive")!);
      else this.#growthExchange.noteExchange();
      return done;
    } catch (error) {
      if (error instanceof WireError) return failure(error);
      throw error;
    }
  }

  *#merge(
    remote: FullState,
    joining: boolean,
    isReply: boolean,
    speaker?: string,
  ): Steps<Result<void>> {
    const { config, delegate, membership, meter, roster } = this.#parts;
    // Peers of protocol version 1 send no ports and mean that ours is theirs, too.
    const withPort = (node: NodeState) =>
      node.port > 0 ? node : { ...node, port: config.advertise.port };
    meter.sample("memberlist.size.remote", remote.nodes.length);
    const compatible = checkVersions(remote.nodes, roster.members(), this.#spokenVersions());
    if (!compatible.ok) return compatible;
    const { nodes, userState } = remote;
    this.#merging++;
    try {
      yield* forSlices(nodes, (slice) => membership.merge(slice.map(withPort), speaker));
      if (userState.length > 0) yield* delegate.mergeState(userState, joining, isReply);
    } finally {
      this.#merging--;
    }
    return done;
  }

  #spokenVersions(): SpokenVersions {
    const { roster } = this.#parts;
    if (this.#spoken?.version !== roster.version) {
      this.#spoken = { version: roster.version, versions: spokenBy(roster.members()) };
    }
    return this.#spoken.versions;
  }

  *#writeLocalState(joining: boolean): Steps<Uint8Array> {
    const { meter } = this.#parts;
    const { content, counts, length } = yield* this.#localState.encoded(joining);
    meter.gauge("memberlist.size.local", length);
    for (const [state, count] of counts) meter.gauge(`memberlist.node.instances.${state}`, count);
    return content;
  }
}
