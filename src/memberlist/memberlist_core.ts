/**
 * The membership layer of one node: builds the parts and offers the operations.
 *
 * Single-threaded and never waiting; see the ports for how it meets the world.
 */

import { MsgpackReader } from "../bytes/msgpack_reader.ts";
import { MsgpackWriter } from "../bytes/msgpack_writer.ts";
import type { Address } from "../ports/address.ts";
import { boundedLog } from "../ports/bounded_log.ts";
import type { Milliseconds, Timer } from "../ports/clock.ts";
import type { Ports } from "../ports/ports.ts";
import { done, failure, type Result } from "../ports/result.ts";
import { isRefusal } from "../go/system_error.ts";
import type { Answer, Inbound, StreamEnd } from "../ports/transport.ts";
import { messageType, protocolVersion } from "../wire/message_type.ts";
import type { Envelope } from "../wire/packet.ts";
import { readAck, writePing } from "../wire/pings.ts";
import { judgeRequest, openReply, sealRequest } from "../wire/stream_message.ts";
import { writeUserMessage } from "../wire/user_message.ts";
import { WireError } from "../wire/wire_error.ts";
import { Acks } from "./detection/acks.ts";
import { Awareness } from "./membership/awareness.ts";
import { BroadcastQueue } from "./broadcasts/broadcast_queue.ts";
import type { MemberlistSettings } from "./config.ts";
import type { Delegate } from "./exchange/delegate.ts";
import { Gossiper } from "./dissemination/gossiper.ts";
import { Keyring } from "./keyring.ts";
import type { Member } from "./member.ts";
import { Membership } from "./membership/membership.ts";
import { Outbox } from "./broadcasts/outbox.ts";
import { PacketReceiver } from "./packet_receiver.ts";
import { type Asker, PacketSender } from "./packets/packet_sender.ts";
import { PingRelay } from "./detection/ping_relay.ts";
import type { StreamPingOutcome } from "./detection/probe.ts";
import { Prober } from "./detection/prober.ts";
import { PushPull } from "./exchange/push_pull.ts";
import { reject } from "./reject.ts";
import { Roster } from "./membership/roster.ts";
import { SlicedWork } from "./sliced_work.ts";
import { StreamResponder } from "./exchange/stream_responder.ts";

/** How often the claims that wait to be sent are counted. */
const queueCheckInterval: Milliseconds = 30_000;

/** A member of a cluster, on ports. */
export class MemberlistCore implements Inbound {
  readonly #ports: Ports;
  readonly #config: MemberlistSettings;
  readonly #delegate: Delegate;
  readonly #envelope: Envelope;
  readonly #roster: Roster;
  readonly #awareness: Awareness;
  readonly #broadcasts: BroadcastQueue;
  readonly #outbox: Outbox;
  readonly #membership: Membership;
  readonly #acks: Acks;
  readonly #sender: PacketSender;
  readonly #receiver: PacketReceiver;
  readonly #responder: StreamResponder;
  readonly #prober: Prober;
  readonly #gossiper: Gossiper;
  readonly #pushPull: PushPull;
  readonly #work: SlicedWork;
  readonly #writer = new MsgpackWriter("raw");
  #isRunning = false;
  #queueCheck: Timer | undefined;

  /** Without a `keyring`, or with an empty one, traffic is plain. */
  constructor(
    ports: Ports,
    config: MemberlistSettings,
    delegate: Delegate,
    keyring: Keyring = new Keyring(),
  ) {
    this.#ports = ports;
    this.#config = config;
    this.#delegate = delegate;
    const { clock, random, transport, meter } = ports;
    const log = boundedLog(ports.log, clock);
    const envelope: Envelope = {
      label: config.label,
      skipInboundLabelCheck: config.skipInboundLabelCheck,
      get keys() {
        return keyring.keys;
      },
      verifyIncoming: config.verifyIncoming,
      verifyOutgoing: config.verifyOutgoing,
      compression: config.compression,
      protocolVersion: protocolVersion.spoken,
    };
    const roster = new Roster(random);
    const awareness = new Awareness(
      config.awarenessMaxMultiplier,
      (score) => meter.gauge("memberlist.health.score", score),
    );
    const broadcasts = new BroadcastQueue(config.retransmitMult, () => roster.size);
    const { userShare } = config.gossipTuning;
    const outbox = new Outbox(broadcasts, delegate.lanes, userShare);
    const acks = new Acks(clock);
    const base = { clock, random, transport, log, meter, config };

    const membership = new Membership({
      ...base,
      roster,
      broadcasts,
      awareness,
      listener: delegate,
      challenge: (to, claim) => sender.sendSuspect(to, claim),
    });
    const sender: PacketSender = new PacketSender({ ...base, envelope, roster, outbox });
    const relay = new PingRelay(config, acks, sender, clock);
    const work = new SlicedWork(base);
    const pushPull = new PushPull({ ...base, envelope, roster, membership, delegate, work });
    this.#receiver = new PacketReceiver({
      ...base,
      envelope,
      acks,
      membership,
      sender,
      relay,
      delegate,
    });
    this.#responder = new StreamResponder({ ...base, envelope, pushPull, delegate, work });
    this.#prober = new Prober({
      ...base,
      acks,
      awareness,
      membership,
      roster,
      sender,
      pingComplete: (member, rtt, payload) => delegate.pingComplete(member, rtt, payload),
      streamPing: (member, sequence, timeout, done) =>
        this.#pingOverStream(member, sequence, timeout, done),
    }, random);
    this.#gossiper = new Gossiper({ clock, meter, config, roster, outbox, sender });
    outbox.onAdd = () => this.#gossiper.notice();
    this.#outbox = outbox;
    this.#envelope = envelope;
    this.#roster = roster;
    this.#awareness = awareness;
    this.#broadcasts = broadcasts;
    this.#membership = membership;
    this.#acks = acks;
    this.#sender = sender;
    this.#pushPull = pushPull;
    this.#work = work;
  }

  /** This node as its peers see it. Only after `start`. */
  get self(): Member {
    const self = this.#membership.self;
    if (!self) throw new Error("Assertion failed: the node has started");
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
    return this.#roster.live.some((member) => member.name !== this.#config.name);
  }

  /** 0 is healthy; larger stretches the probe interval. */
  get healthScore(): number {
    return this.#awareness.score;
  }

  /** The claims that wait to be sent. */
  get broadcasts(): BroadcastQueue {
    return this.#broadcasts;
  }

  /** The state machine, for those who have a claim to judge. */
  get membership(): Membership {
    return this.#membership;
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
   * With the incarnation of an earlier life it goes on from there, so that others
   * believe it at once instead of telling it first that it is dead.
   */
  start(lastIncarnation = 0): void {
    this.#isRunning = true;
    this.#membership.resume(lastIncarnation);
    this.#membership.announce(this.#delegate.meta());
    this.#prober.start();
    this.#gossiper.start();
    this.#pushPull.start();
    this.#checkQueue();
  }

  /** Falls silent at once, without a word to other members. */
  stop(): void {
    this.#isRunning = false;
    this.#prober.stop();
    this.#gossiper.stop();
    this.#pushPull.stop();
    this.#work.stop();
    this.#queueCheck?.cancel();
    this.#membership.stop();
    this.#acks.stop();
    this.#outbox.clear();
  }

  receivePacket(from: Address, packet: Uint8Array): void {
    if (!this.#isRunning || this.#delegate.isAway || !this.#hears(from, false)) return;
    this.#receiver.receive(from, packet);
    this.#pushPull.exchangeAfterGrowth();
    this.#gossiper.flush();
  }

  judgeRequest(start: Uint8Array): void {
    judgeRequest(start, this.#envelope);
  }

  receiveRequest(from: Address, request: Uint8Array, answer: Answer): StreamEnd {
    if (this.#isRunning && this.#hears(from, true)) {
      return this.#responder.respond(from, request, answer);
    }
    answer(undefined);
    return () => {};
  }

  /** Joins the cluster of the node at `address`, which may be this one. */
  join(address: Address, finished: (result: Result<void>) => void): void {
    this.#pushPull.exchange(address, true, finished);
  }

  /** Exchanges everything without being asked to: one who left does not answer that. */
  exchange(address: Address, finished: (result: Result<void>) => void): void {
    this.#pushPull.exchange(address, false, finished);
  }

  /**
   * Announces that this node leaves; it keeps answering until `stop`.
   *
   * `finished` runs when that was sent often enough, at once if no other member is
   * there, and with a failure after `timeout`.
   */
  leave(timeout: Milliseconds, finished: (result: Result<void>) => void): void {
    const sent = this.#onceOrLate(timeout, "timeout waiting for leave broadcast", finished);
    this.#membership.announceLeave(sent);
    if (!this.hasCompany) sent();
  }

  /** Announces what `delegate.meta()` returns now; `finished` as for `leave`. */
  updateMeta(timeout: Milliseconds, finished: (result: Result<void>) => void): void {
    const sent = this.#onceOrLate(timeout, "timeout waiting for update broadcast", finished);
    this.#membership.announce(this.#delegate.meta(), sent);
    if (!this.hasCompany) sent();
  }

  /** Sends at once what may be sent by now, instead of after this turn. */
  flushBroadcasts(): void {
    this.#gossiper.flush();
  }

  /** Pings the node at an address, if it has that name; `answered` runs only if it answers. */
  pingOnce(address: Address, name: string, answered: () => void): void {
    if (!this.#isRunning) return;
    const sequence = this.#acks.nextSequence();
    this.#acks.expect(sequence, this.#config.probeInterval, { ack: answered });
    this.#sender.sendBarePing(address, name, sequence);
  }

  /** Sends one message of the layer above in a datagram; `member` if it is known who is there. */
  sendUserMessage(to: Address, message: Uint8Array, member?: Member): void {
    this.#sender.sendUserMessage(to, message, member);
  }

  /** Sends one message of the layer above in a datagram under each key. */
  sendUnderEveryKey(to: Address, message: Uint8Array): void {
    this.#sender.sendUnderEveryKey(to, message);
  }

  /** Sends one message of the layer above in a datagram to who asked for it. */
  sendAnswer(asker: Asker, message: Uint8Array): void {
    this.#sender.sendAnswer(asker, message);
  }

  /** Sends one message of the layer above over a stream; `finished` once it is written. */
  sendReliably(
    to: Address,
    message: Uint8Array,
    finished: (result: Result<void>) => void,
  ): void {
    const writer = new MsgpackWriter("raw", message.length + 32);
    writeUserMessage(writer, message);
    const request = sealRequest(writer.view(), this.#envelope, this.#ports.random);
    this.#ports.transport.exchange(to, request, {
      timeout: this.#config.tcpTimeout,
      expectReply: false,
      done: (result) => finished(result.ok ? done : result),
    });
  }

  /** Forgets who is long gone and shuffles the probing order. */
  startProbeRound(): void {
    this.#prober.startRound();
  }

  /**
   * Whether anything is heard from an address.
   *
   * Parity: the reference asks only where members are that others claim, so that
   * whoever is outside can still fire events and exchange states.
   */
  #hears({ host }: Address, isStream: boolean): boolean {
    const { allowedNetworks } = this.#config;
    if (!allowedNetworks) return true;
    if (isStream ? allowedNetworks.allowsStream(host) : allowedNetworks.allowsPacket(host)) {
      return true;
    }
    const text = `Refusing a message: its sender is in no allowed network from=${host}`;
    reject(this.#ports, host, "network", text);
    return false;
  }

  #checkQueue(): void {
    const { clock, meter } = this.#ports;
    this.#queueCheck = clock.after(queueCheckInterval, () => {
      meter.sample("memberlist.queue.broadcasts", this.#broadcasts.length);
      this.#checkQueue();
    });
  }

  /** Returns what reports success, unless the time is over and failure was reported. */
  #onceOrLate(
    timeout: Milliseconds,
    complaint: string,
    finished: (result: Result<void>) => void,
  ): () => void {
    let isFinished = false;
    const finish = (result: Result<void>) => {
      if (isFinished) return;
      isFinished = true;
      timer.cancel();
      // In a turn of its own: the caller may be in the middle of building a packet.
      this.#ports.clock.after(0, () => finished(result));
    };
    const timer = this.#ports.clock.after(timeout, () => finish(failure(complaint)));
    return () => finish(done);
  }

  #pingOverStream(
    member: Member,
    sequence: number,
    timeout: Milliseconds,
    done: (outcome: StreamPingOutcome) => void,
  ): void {
    this.#writer.reset();
    writePing(this.#writer, this.#sender.ownPing(member.name, sequence));
    const request = sealRequest(this.#writer.view(), this.#envelope, this.#ports.random);
    this.#ports.transport.exchange(member.address, request, {
      timeout,
      expectReply: true,
      done: (result) => {
        if (!result.ok) return done(isRefusal(result.error) ? "refused" : "silent");
        done(this.#isAckOf(sequence, result.value) ? "answered" : "silent");
      },
    });
  }

  #isAckOf(sequence: number, reply: Uint8Array): boolean {
    try {
      const reader = new MsgpackReader(openReply(reply, this.#envelope));
      return reader.takeByte() === messageType.ack && readAck(reader).seq === sequence;
    } catch (error) {
      if (error instanceof WireError) return false;
      throw error;
    }
  }
}
