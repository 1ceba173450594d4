/**
 * The parts of a membership layer, wired as in a core, with everything written
 * down that is sent, queued or reported. The node is called `self`, at 10.0.0.1.
 */

import { MsgpackReader } from "../../src/bytes/msgpack_reader.ts";
import { Acks } from "../../src/memberlist/detection/acks.ts";
import { Awareness } from "../../src/memberlist/membership/awareness.ts";
import { BroadcastQueue } from "../../src/memberlist/broadcasts/broadcast_queue.ts";
import { memberlistConfig, type MemberlistSettings } from "../../src/memberlist/config.ts";
import type { Member } from "../../src/memberlist/member.ts";
import { gossipTuning } from "../../src/memberlist/gossip_tuning.ts";
import { membershipNarration } from "../../src/memberlist/narrator.ts";
import { Membership } from "../../src/memberlist/membership/membership.ts";
import { Outbox } from "../../src/memberlist/broadcasts/outbox.ts";
import { PacketSender } from "../../src/memberlist/packets/packet_sender.ts";
import { Roster } from "../../src/memberlist/membership/roster.ts";
import { SlicedWork } from "../../src/memberlist/sliced_work.ts";
import { type Address, addressFromBytes, formatAddress } from "../../src/ports/address.ts";
import type { Log } from "../../src/ports/log.ts";
import { narrate } from "../../src/ports/narrator.ts";
import type { MembershipFact, Observer } from "../../src/ports/observer.ts";
import type { ExchangeOptions, Transport } from "../../src/ports/transport.ts";
import { SimClock } from "../../src/sim/sim_clock.ts";
import { SimRandom } from "../../src/sim/sim_random.ts";
import { type Alive, readAlive, readDead, readSuspect } from "../../src/wire/claims.ts";
import { messageType } from "../../src/wire/message_type.ts";
import { type Envelope, openPacket } from "../../src/wire/packet.ts";
import { PacketUnpacker } from "../../src/wire/packet_unpacker.ts";
import { readAck, readIndirectPing, readNack, readPing } from "../../src/wire/pings.ts";
import { plainEnvelope } from "../../scripts/lab/plain_envelope.ts";
import { RecordingDelegate, RecordingLog, RecordingMeter } from "./recorders.ts";

/** The versions that members of today advertise. */
export const modernVersions = Uint8Array.of(1, 5, 2, 2, 5, 5);

/** A claim that a member is alive; its address follows from the first letter of its name. */
export function aliveClaim(node: string, incarnation: number, rest: Partial<Alive> = {}): Alive {
  const host = node.charCodeAt(0) & 0xff;
  return {
    node,
    incarnation,
    ip: Uint8Array.of(10, 0, 0, host),
    port: 7946,
    meta: undefined,
    versions: modernVersions,
    ...rest,
  };
}

/** Says what a message is: `alive b 2`, `ping b #7`, `user 0102`. */
export function describeMessage(message: Uint8Array): string {
  const reader = new MsgpackReader(message);
  return describe(reader.takeByte(), reader);
}

/** Says what the messages of a plain datagram are. */
export function describePacket(packet: Uint8Array, envelope: Envelope = plainEnvelope): string[] {
  const messages: string[] = [];
  new PacketUnpacker({
    receiveMessage: (type, body) => messages.push(describe(type, body)),
    receiveUnreadable: (error) => messages.push(`unreadable: ${error.message}`),
  }).unpack(openPacket(packet, envelope));
  return messages;
}

function describe(type: number, body: MsgpackReader): string {
  switch (type) {
    case messageType.ping: {
      const { node, seq } = readPing(body);
      return `ping ${node} #${seq}`;
    }
    case messageType.indirectPing: {
      const { nack, node, seq, targetIp, targetPort } = readIndirectPing(body);
      const target = formatAddress(addressFromBytes(targetIp, targetPort));
      return `indirect ping ${node} at ${target} #${seq}${nack ? ", nack wanted" : ""}`;
    }
    case messageType.ack: {
      const { payload, seq } = readAck(body);
      return `ack #${seq} ${payload?.toHex() ?? "nil"}`;
    }
    case messageType.nack:
      return `nack #${readNack(body).seq}`;
    case messageType.alive: {
      const { incarnation, node } = readAlive(body);
      return `alive ${node} ${incarnation}`;
    }
    case messageType.suspect: {
      const { from, incarnation, node } = readSuspect(body);
      return `suspect ${node} ${incarnation} from ${from}`;
    }
    case messageType.dead: {
      const { from, incarnation, node } = readDead(body);
      return `dead ${node} ${incarnation} from ${from}`;
    }
    case messageType.user:
      return `user ${body.takeRest().toHex()}`;
    default:
      return `type ${type}`;
  }
}

/** A transport that keeps what it is given. */
export class RecordingTransport implements Transport {
  readonly packets: { readonly to: string; readonly packet: Uint8Array }[] = [];
  readonly exchanges: {
    readonly to: string;
    readonly request: Uint8Array;
    readonly options: ExchangeOptions;
  }[] = [];

  sendPacket(to: Address, packet: Uint8Array): void {
    this.packets.push({ to: formatAddress(to), packet: packet.slice() });
  }

  exchange(to: Address, request: Uint8Array, options: ExchangeOptions): void {
    this.exchanges.push({ to: formatAddress(to), request: request.slice(), options });
  }

  /** The datagrams sent since the last call: `10.0.0.98:7946: ping b #1, alive c 2`. */
  take(envelope?: Envelope): string[] {
    return this.packets.splice(0).map(({ to, packet }) =>
      `${to}: ${describePacket(packet, envelope).join(", ")}`
    );
  }
}

/** The state machine and what surrounds it, with the own node announced at incarnation 1. */
export class MemberlistParts {
  readonly clock = new SimClock(1_000_000);
  readonly random = new SimRandom(1);
  readonly log = new RecordingLog();
  readonly meter = new RecordingMeter();
  readonly delegate = new RecordingDelegate();
  readonly transport = new RecordingTransport();
  /** Every fact, in order. */
  readonly facts: MembershipFact[] = [];
  readonly observer: Observer<MembershipFact> | undefined;
  readonly config: MemberlistSettings;
  readonly envelope: Envelope;
  readonly roster: Roster;
  readonly awareness: Awareness;
  readonly broadcasts: BroadcastQueue;
  readonly acks: Acks;
  readonly membership: Membership;
  readonly sender: PacketSender;
  readonly work: SlicedWork;

  constructor(overrides: Partial<MemberlistSettings> = {}, envelope: Partial<Envelope> = {}) {
    const { clock, delegate, log, meter, random, transport } = this;
    const identity = { name: "self", advertise: { ip: Uint8Array.of(10, 0, 0, 1), port: 7946 } };
    this.config = memberlistConfig(identity, "lan", { compression: false, ...overrides });
    this.envelope = { ...plainEnvelope, ...envelope };
    this.roster = new Roster(random);
    this.awareness = new Awareness(this.config.awarenessMaxMultiplier);
    this.observer = this.observerFor(log);
    const { observer } = this;
    this.broadcasts = new BroadcastQueue(this.config.retransmitMult, () => this.roster.size);
    this.acks = new Acks(clock);
    const { awareness, broadcasts, config, roster } = this;
    const base = {
      clock,
      random,
      transport,
      log,
      meter,
      observer,
      config,
      envelope: this.envelope,
    };
    this.work = new SlicedWork(base);
    this.membership = new Membership({
      ...base,
      roster,
      broadcasts,
      awareness,
      listener: delegate,
      challenge: (to, claim) => this.sender.sendSuspect(to, claim),
    });
    this.sender = new PacketSender({
      ...base,
      roster,
      outbox: new Outbox(broadcasts, delegate.lanes, gossipTuning.userShare),
    });
    this.membership.announce(new Uint8Array(0));
    this.forget();
  }

  /** Returns what keeps facts, and tells `log` and the meter of them. */
  observerFor(log: Log): Observer<MembershipFact> | undefined {
    const observer = { note: (fact: MembershipFact) => void this.facts.push(fact) };
    return narrate({ log, meter: this.meter, observer }, membershipNarration("self"));
  }

  /** Adds members, alive at incarnation 1. */
  addMembers(...names: readonly string[]): void {
    for (const name of names) this.membership.alive(aliveClaim(name, 1));
    this.forget();
  }

  /** A member as the roster has it now, in one line: `suspect 2`. */
  standing(name: string): string {
    const member = this.roster.get(name);
    return member ? `${member.state} ${member.incarnation}` : "unknown";
  }

  member(name: string): Member {
    const member = this.roster.get(name);
    if (!member) throw new Error(`There is no member ${name}`);
    return member;
  }

  /** What was queued since the last call, described. */
  takeBroadcasts(): string[] {
    const queued: string[] = [];
    this.broadcasts.take(0, 1e6, (message) => queued.push(describeMessage(message)));
    this.broadcasts.clear();
    return queued.sort();
  }

  /** What the layer above heard since the last call. */
  takeHeard(): string[] {
    return this.delegate.heard.splice(0);
  }

  /** Forgets all that was queued, reported and logged. */
  forget(): void {
    this.broadcasts.clear();
    this.delegate.heard.length = 0;
    this.log.lines.length = 0;
    this.meter.counters.clear();
    this.facts.length = 0;
  }
}
