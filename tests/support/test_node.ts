/** What the parts of a Serf node share, for tests that drive one part. */

import { narrate } from "../../src/ports/narrator.ts";
import type { Observer, SerfFact } from "../../src/ports/observer.ts";
import { serfNarration } from "../../src/serf/narrator.ts";
import { memberlistConfig } from "../../src/memberlist/config.ts";
import type { Broadcast } from "../../src/memberlist/broadcasts/broadcast.ts";
import type { Member } from "../../src/memberlist/member.ts";
import type { Asker } from "../../src/memberlist/packets/asker.ts";
import { type Address, formatAddress } from "../../src/ports/address.ts";
import type { Random } from "../../src/ports/random.ts";
import type { Result } from "../../src/ports/result.ts";
import { serfDefaults, type SerfSettings } from "../../src/serf/config.ts";
import { LamportClocks } from "../../src/serf/lamport_clock.ts";
import type { MembershipLayer, SerfNode, SerfState } from "../../src/serf/node.ts";
import { type LaneName, SerfLanes } from "../../src/serf/serf_lanes.ts";
import { SimClock } from "../../src/sim/sim_clock.ts";
import { SimRandom } from "../../src/sim/sim_random.ts";
import { RecordingLog, RecordingMeter } from "./recorders.ts";

type Done = (result: Result<void>) => void;

/** One message that went straight to an address. */
export interface SentMessage {
  /** As `host:port`. */
  readonly to: string;
  readonly message: Uint8Array;
}

/** A membership layer that notes what it is asked for; the test says what comes of it. */
export class FakeMemberlist implements MembershipLayer {
  aliveCount = 3;
  hasCompany = true;
  /** The members that some are picked from. */
  peers: readonly Member[] = [];
  /** Exchanges and joins, in the order in which they were begun. */
  readonly exchanges: { readonly address: Address; readonly done: Done }[] = [];
  readonly pings: { readonly to: string; readonly answered: () => void }[] = [];
  readonly leaves: Done[] = [];
  readonly sent: SentMessage[] = [];

  exchange(address: Address, done: Done): void {
    this.exchanges.push({ address, done });
  }

  join(address: Address, done: Done): void {
    this.exchanges.push({ address, done });
  }

  leave(_timeout: number, done: Done): void {
    this.leaves.push(done);
  }

  /** Where states were exchanged, as `host:port`. */
  get tried(): string[] {
    return this.exchanges.map(({ address }) => formatAddress(address));
  }

  pingOnce(address: Address, name: string, answered: () => void): void {
    this.pings.push({ to: `${name} ${formatAddress(address)}`, answered });
  }

  member(name: string): Member | undefined {
    return this.peers.find((peer) => peer.name === name);
  }

  randomMembers(count: number, accept: (member: Member) => boolean): Member[] {
    return this.peers.filter(accept).slice(0, count);
  }

  sendUserMessage(to: Address, message: Uint8Array): void {
    this.sent.push({ to: formatAddress(to), message: message.slice() });
  }

  sendAnswer({ address }: Asker, message: Uint8Array): void {
    this.sendUserMessage(address, message);
  }

  /** Notes the message behind a byte 0. */
  sendUnderEveryKey(to: Address, message: Uint8Array): void {
    this.sendUserMessage(to, Uint8Array.of(0, ...message));
  }

  flushBroadcasts(): void {}
}

/** Lanes that remember what was added. */
class RecordingLanes extends SerfLanes {
  readonly added: Uint8Array[] = [];

  override add(name: LaneName, broadcast: Broadcast): void {
    this.added.push(broadcast.message);
    super.add(name, broadcast);
  }
}

/** A node called `self` on a virtual clock. */
export class TestNode implements SerfNode {
  readonly clock = new SimClock(1000);
  readonly random: Random;
  readonly log = new RecordingLog();
  readonly meter = new RecordingMeter();
  readonly facts: SerfFact[] = [];
  readonly observer: Observer<SerfFact> | undefined = narrate<SerfFact>({
    log: this.log,
    meter: this.meter,
    observer: { note: (fact) => void this.facts.push(fact) },
  }, serfNarration);
  readonly clocks = new LamportClocks();
  readonly memberlist = new FakeMemberlist();
  readonly config: SerfSettings;
  readonly lanes: RecordingLanes;
  current: SerfState = "alive";
  readonly state = () => this.current;

  constructor(settings: Partial<SerfSettings> = {}, random: Random = new SimRandom(1)) {
    const name = settings.name ?? "self";
    const advertise = { ip: Uint8Array.of(10, 0, 0, 1), port: 7946 };
    const memberlist = memberlistConfig({ name, advertise });
    this.config = { ...serfDefaults, name, tags: {}, memberlist, ...settings };
    this.random = random;
    this.lanes = new RecordingLanes(this, 10_000, () => this.memberlist.aliveCount);
  }
}
