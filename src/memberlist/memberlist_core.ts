/**
 * The membership layer of one node: builds the parts and offers the operations.
 *
 * Single-threaded and never waiting; see the ports for how it meets the world.
 */

import { assert } from "../assert.ts";
import { MsgpackWriter } from "../bytes/msgpack_writer.ts";
import type { Address } from "../ports/address.ts";
import { boundedLog } from "../ports/bounded_log.ts";
import type { Milliseconds } from "../ports/clock.ts";
import { narrate } from "../ports/narrator.ts";
import type { Ports } from "../ports/ports.ts";
import { done, failure, type Result } from "../ports/result.ts";
import { Ticker } from "../ports/ticker.ts";
import type { Answer, Inbound, StreamEnd } from "../ports/transport.ts";
import { protocolVersion } from "../wire/message_type.ts";
import { judgeRequest, sealRequest } from "../wire/stream_message.ts";
import { writeUserMessage } from "../wire/user_message.ts";
import { Acks } from "./detection/acks.ts";
import { Awareness } from "./membership/awareness.ts";
import { BroadcastQueue } from "./broadcasts/broadcast_queue.ts";
import type { MemberlistSettings } from "./config.ts";
import type { Delegate } from "./exchange/delegate.ts";
import type { Foundation } from "./foundation.ts";
import { Gossiper } from "./dissemination/gossiper.ts";
import { Keyring } from "./keyring.ts";
import type { Member } from "./member.ts";
import { membershipNarration } from "./narrator.ts";
import { Membership } from "./membership/membership.ts";
import { Outbox } from "./broadcasts/outbox.ts";
import { PacketReceiver } from "./packet_receiver.ts";
import type { Asker } from "./packets/asker.ts";
import { PacketSender } from "./packets/packet_sender.ts";
import { PingRelay } from "./detection/ping_relay.ts";
import { Prober } from "./detection/prober.ts";
import { streamPinger } from "./detection/stream_ping.ts";
import { PushPull } from "./exchange/push_pull.ts";
import { Roster } from "./membership/roster.ts";
import { SlicedWork } from "./sliced_work.ts";
import { StreamResponder } from "./exchange/stream_responder.ts";

/** How often the claims that wait to be sent are counted. */
const queueCheckInterval: Milliseconds = 30_000;

type Parts = ReturnType<typeof assemble>;

/** A member of a cluster, on ports. */
export class MemberlistCore implements Inbound {
  readonly #foundation: Foundation;
  readonly #roster: Roster;
  #delegate: Delegate | undefined;
  #started: Parts | undefined;
  #isRunning = false;
  readonly #queueCheck: Ticker;

  /** Without a `keyring`, or with an empty one, traffic is plain. */
  constructor(ports: Ports, config: MemberlistSettings, keyring: Keyring = new Keyring()) {
    const { label, skipInboundLabelCheck, verifyIncoming, verifyOutgoing, compression } = config;
    const envelope = {
      label,
      skipInboundLabelCheck,
      get keys() {
        return keyring.keys;
      },
      verifyIncoming,
      verifyOutgoing,
      compression,
      protocolVersion: protocolVersion.spoken,
    };
    const log = boundedLog(ports.log, ports.clock);
    const observer = narrate({ ...ports, log }, membershipNarration(config.name));
    this.#foundation = { ...ports, log, config, envelope, observer };
    this.#roster = new Roster(ports.random);
    this.#queueCheck = new Ticker(ports.clock, () => queueCheckInterval, () => {
      ports.meter.sample("memberlist.queue.broadcasts", this.#parts.broadcasts.length);
    });
  }

  /** This node as its peers see it. Only after `start`. */
  get self(): Member {
    const { self } = this.#parts.membership;
    assert(self !== undefined, "The node has announced itself");
    return self;
  }

  /** The number of members in every state, which the formulas go by. */
  get estimatedSize(): number {
    return this.#roster.size;
  }

  /** The number of members alive or suspect, self included. */
  get aliveCount(): number {
    return this.#roster.live.length;
  }

  /** Whether anybody else is alive or suspect. */
  get hasCompany(): boolean {
    return this.#roster.live.some((member) => member.name !== this.#foundation.config.name);
  }

  /** 0 is healthy; larger stretches the probe interval. */
  get healthScore(): number {
    return this.#parts.awareness.score;
  }

  get broadcasts(): BroadcastQueue {
    return this.#parts.broadcasts;
  }

  get membership(): Membership {
    return this.#parts.membership;
  }

  member(name: string): Member | undefined {
    return this.#roster.get(name);
  }

  /** All members in every state, in no particular order. */
  members(): readonly Member[] {
    return this.#roster.members();
  }

  /** Picks up to `count` different members at random that `accept` holds for. */
  randomMembers(count: number, accept: (member: Member) => boolean): Member[] {
    return this.#roster.pick(count, accept);
  }

  /**
   * Announces the node and begins to probe and gossip.
   *
   * @param delegate the layer above.
   * @param lastIncarnation that of an earlier life, so that others believe the node at once.
   */
  start(delegate: Delegate, lastIncarnation = 0): void {
    const parts = assemble({ ...this.#foundation, roster: this.#roster }, delegate);
    this.#delegate = delegate;
    this.#started = parts;
    this.#isRunning = true;
    parts.membership.resume(lastIncarnation);
    parts.membership.announce(delegate.meta());
    parts.prober.start();
    parts.gossiper.start();
    parts.pushPull.start();
    this.#queueCheck.start();
  }

  /** Stops at once; other members are not told. */
  stop(): void {
    this.#isRunning = false;
    this.#queueCheck.stop();
    if (!this.#started) return;
    const { acks, gossiper, membership, outbox, prober, pushPull, work } = this.#started;
    prober.stop();
    gossiper.stop();
    pushPull.stop();
    work.stop();
    membership.stop();
    acks.stop();
    outbox.clear();
  }

  receivePacket(from: Address, packet: Uint8Array): void {
    if (!this.#isRunning || this.#delegate?.isAway || !this.#accepts(from, false)) return;
    const { gossiper, pushPull, receiver } = this.#parts;
    receiver.receive(from, packet);
    pushPull.exchangeAfterGrowth();
    gossiper.flush();
  }

  judgeRequest(start: Uint8Array): void {
    judgeRequest(start, this.#foundation.envelope);
  }

  receiveRequest(from: Address, request: Uint8Array, answer: Answer): StreamEnd {
    if (this.#isRunning && this.#accepts(from, true)) {
      return this.#parts.responder.respond(from, request, answer);
    }
    answer(undefined);
    return () => {};
  }

  /** Joins the cluster of the node at `address`, which may be this one. */
  join(address: Address, finished: (result: Result<void>) => void): void {
    this.#parts.pushPull.exchange(address, true, finished);
  }

  /** Exchanges everything without joining: a member that left does not answer that. */
  exchange(address: Address, finished: (result: Result<void>) => void): void {
    this.#parts.pushPull.exchange(address, false, finished);
  }

  /**
   * Announces that this node leaves; it keeps answering until `stop`.
   *
   * @param finished runs once that was sent often enough or there is no other member, or with a
   * failure after `timeout`.
   */
  leave(timeout: Milliseconds, finished: (result: Result<void>) => void): void {
    const sent = this.#onceOrLate(timeout, "timeout waiting for leave broadcast", finished);
    this.#parts.membership.announceLeave(sent);
    if (!this.hasCompany) sent();
  }

  /** Announces what `delegate.meta()` returns now; `finished` as for `leave`. */
  updateMeta(timeout: Milliseconds, finished: (result: Result<void>) => void): void {
    const sent = this.#onceOrLate(timeout, "timeout waiting for update broadcast", finished);
    this.#parts.membership.announce(this.#delegate!.meta(), sent);
    if (!this.hasCompany) sent();
  }

  /** Sends what is due now, instead of after this turn. */
  flushBroadcasts(): void {
    this.#parts.gossiper.flush();
  }

  /** Pings the node at an address, if it has that name; `answered` runs only if it answers. */
  pingOnce(address: Address, name: string, answered: () => void): void {
    if (!this.#isRunning) return;
    const { acks, sender } = this.#parts;
    const sequence = acks.nextSequence();
    acks.expect(sequence, this.#foundation.config.probeInterval, { ack: answered });
    sender.sendBarePing(address, name, sequence);
  }

  /** Sends one message of the layer above in a datagram; `member` if the receiver is known. */
  sendUserMessage(to: Address, message: Uint8Array, member?: Member): void {
    this.#parts.sender.sendUserMessage(to, message, member);
  }

  /** Sends one message of the layer above in a datagram under each key. */
  sendUnderEveryKey(to: Address, message: Uint8Array): void {
    this.#parts.sender.sendUnderEveryKey(to, message);
  }

  /** Sends one message of the layer above in a datagram to the node that asked for it. */
  sendAnswer(asker: Asker, message: Uint8Array): void {
    this.#parts.sender.sendAnswer(asker, message);
  }

  /** Sends one message of the layer above over a stream; `finished` once it is written. */
  sendReliably(
    to: Address,
    message: Uint8Array,
    finished: (result: Result<void>) => void,
  ): void {
    const { config, envelope, random, transport } = this.#foundation;
    const writer = new MsgpackWriter("raw", message.length + 32);
    writeUserMessage(writer, message);
    transport.exchange(to, sealRequest(writer.view(), envelope, random), {
      timeout: config.tcpTimeout,
      expectReply: false,
      done: (result) => finished(result.ok ? done : result),
    });
  }

  /** Forgets members that are long gone and shuffles the probing order. */
  startProbeRound(): void {
    this.#parts.prober.startRound();
  }

  get #parts(): Parts {
    assert(this.#started !== undefined, "The node has started");
    return this.#started;
  }

  /**
   * Whether messages from an address are accepted.
   *
   * Parity: the reference checks only the addresses in claims, so that a host outside the
   * networks can still fire events and exchange states.
   */
  #accepts(from: Address, isStream: boolean): boolean {
    const { host } = from;
    const { clock, config: { allowedNetworks: networks }, observer } = this.#foundation;
    if (!networks || (isStream ? networks.allowsStream(host) : networks.allowsPacket(host))) {
      return true;
    }
    observer?.note({ type: "network-refused", at: clock.now(), from });
    return false;
  }

  /** Returns what reports success, unless `timeout` came first and a failure was reported. */
  #onceOrLate(
    timeout: Milliseconds,
    complaint: string,
    finished: (result: Result<void>) => void,
  ): () => void {
    const { clock } = this.#foundation;
    let isFinished = false;
    const finish = (result: Result<void>) => {
      if (isFinished) return;
      isFinished = true;
      timer.cancel();
      // In a turn of its own: the caller may be in the middle of building a packet.
      clock.after(0, () => finished(result));
    };
    const timer = clock.after(timeout, () => finish(failure(complaint)));
    return () => finish(done);
  }
}

/** Builds the parts of a node, each with those that it needs. */
function assemble(base: Foundation & { readonly roster: Roster }, delegate: Delegate) {
  const { clock, config, observer, roster } = base;
  const awareness = new Awareness(
    config.awarenessMaxMultiplier,
    (score) => observer?.note({ type: "health-changed", at: clock.now(), score }),
  );
  const broadcasts = new BroadcastQueue(config.retransmitMult, () => roster.size);
  const outbox = new Outbox(broadcasts, delegate.lanes, config.gossipTuning.userShare);
  const acks = new Acks(clock);
  const sender = new PacketSender({ ...base, outbox });
  const membership = new Membership({
    ...base,
    broadcasts,
    awareness,
    listener: delegate,
    challenge: (to, claim) => sender.sendSuspect(to, claim),
  });
  const relay = new PingRelay(config, acks, sender, clock);
  const work = new SlicedWork(base);
  const pushPull = new PushPull({ ...base, membership, delegate, work });
  const receiver = new PacketReceiver({ ...base, acks, membership, sender, relay, delegate });
  const responder = new StreamResponder({ ...base, pushPull, delegate, work });
  const prober = new Prober({
    ...base,
    acks,
    awareness,
    membership,
    sender,
    streamPing: streamPinger(base, sender),
    pingComplete: (member, rtt, payload) => delegate.pingComplete(member, rtt, payload),
  });
  const gossiper = new Gossiper({ ...base, outbox, sender });
  outbox.onAdd = () => gossiper.notice();
  return {
    acks,
    awareness,
    broadcasts,
    gossiper,
    membership,
    outbox,
    prober,
    pushPull,
    receiver,
    responder,
    sender,
    work,
  };
}
