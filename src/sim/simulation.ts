/**
 * A cluster of any size that forms, lives through what it is asked to, and is
 * measured: how soon it agrees, how soon it notices a crash, what it takes for failed by
 * mistake, how much it sends, how fast events spread.
 */

import { type ProfileName, profiles } from "../memberlist/config.ts";
import { minSuspicion } from "../memberlist/scaling.ts";
import type { Milliseconds } from "../ports/clock.ts";
import { shuffled } from "../ports/random.ts";
import type { SerfEvent } from "../serf/event.ts";
import { agreementBound } from "./agreement_bound.ts";
import { maxSimMembers, SimCluster, type SimMember } from "./sim_cluster.ts";
import { distributionOf } from "./distribution.ts";
import { Trace } from "./trace.ts";

/** What a simulation does. Shares are from 0 to 1, times virtual milliseconds. */
export interface SimulationOptions {
  readonly members: number;
  readonly seed: number;
  readonly profile: ProfileName;
  /** How long the cluster lives after it has formed. */
  readonly duration: Milliseconds;
  /** One way; chance adds as much again at most. */
  readonly latency: Milliseconds;
  readonly loss: number;
  readonly duplication: number;
  /** How long two halves do not reach each other; 0 for not at all. */
  readonly partition: Milliseconds;
  /** How many members are killed at once and stay down. */
  readonly crashes: number;
  /** How many others are killed and started again, spread over the time. */
  readonly restarts: number;
  /** How many members take long for every turn. */
  readonly slow: number;
  /** How many user events are fired each second, anywhere. */
  readonly eventsPerSecond: number;
  /** Gets what happens, line by line. */
  readonly onLine?: (line: string) => void;
}

/** What was measured. */
export type SimulationReport = ReturnType<typeof simulate>;

const maxCount = 1_000_000_000;
/** How long a slow member takes for each turn. */
const slowTurn: Milliseconds = 20;
/** A join storm that takes longer than this comes to nothing. */
const joinLimit: Milliseconds = 600_000;
/** How long a restarted member is down. */
const downtime: Milliseconds = 1_000;
/** When things happen, as shares of the duration. */
const crashAt = 0.1;
const partitionAt = 0.25;

/** Runs a simulation to its end. */
export function simulate(options: SimulationOptions) {
  return new Simulation(options).run();
}

/** Returns the profile of that name, `undefined` if there is none. */
export function profileNamed(name: string): ProfileName | undefined {
  return name === "lan" || name === "wan" || name === "local" ? name : undefined;
}

/** Says what is impossible about a simulation; `undefined` if nothing is. */
export function judgeSimulation(options: SimulationOptions): string | undefined {
  const { crashes, duration, latency, members, partition, restarts, seed, slow } = options;
  const counts = { members, seed, crash: crashes, restart: restarts, slow };
  for (const [name, count] of Object.entries({ ...counts, events: options.eventsPerSecond })) {
    const least = name === "members" ? 1 : 0;
    const most = name === "members" ? maxSimMembers : maxCount;
    if (!Number.isInteger(count) || count < least || count > most) {
      return `${name} has to be a whole number from ${least} to ${most}, not ${count}`;
    }
  }
  if (duration <= 0) return "the cluster has to live for some time";
  if (latency < 0 || partition < 0) return "no time can be negative";
  if (crashes + restarts >= members && crashes + restarts > 0) {
    return `${crashes} crashes and ${restarts} restarts leave none of ${members} members alone: ` +
      "at least one has to run all the time";
  }
  if (slow > members) return `${slow} slow members are more than the ${members} that there are`;
  if (partitionAt * duration + partition > duration) {
    return `a partition of ${partition / 1000} s does not fit: it begins after a quarter of the ` +
      `${duration / 1000} s that the cluster lives`;
  }
  return undefined;
}

class Simulation {
  readonly #options: SimulationOptions;
  readonly #cluster: SimCluster;
  readonly #trace: Trace;
  /** Until when a failure of a member is no mistake, by its number. */
  readonly #excusedUntil: Float64Array;
  readonly #grace: Milliseconds;
  /** Members that are killed at some time, restarted or not. */
  readonly #unsteady = new Set<number>();
  readonly #victims = new Set<number>();
  readonly #firedAt = new Map<string, Milliseconds>();
  readonly #detections: Milliseconds[] = [];
  readonly #deliveries: Milliseconds[] = [];
  #crashedAt: Milliseconds = 0;
  #cutEndsAt: Milliseconds = -Infinity;
  #falsePositives = 0;

  constructor(options: SimulationOptions) {
    const { duplication, latency, loss, members, profile, restarts, seed } = options;
    this.#options = options;
    this.#cluster = new SimCluster({
      members,
      seed,
      profile,
      link: { latency, jitter: latency, loss, duplication },
      keepsEvents: false,
      // Only a member that starts again would read it.
      keepsSnapshots: restarts > 0,
      onEvent: (member, event) => this.#hear(member, event),
    });
    const { clock, network } = this.#cluster;
    this.#trace = new Trace(clock, options.onLine);
    network.observe((from, to, packet) => this.#trace.addPacket(from, to, packet));
    this.#excusedUntil = new Float64Array(members).fill(-Infinity);
    // A suspicion from the time of trouble may still run out afterwards.
    const { probeInterval, suspicionMaxTimeoutMult, suspicionMult } = profiles[profile];
    this.#grace = 2 * probeInterval +
      suspicionMaxTimeoutMult * minSuspicion(suspicionMult, members, probeInterval);
  }

  run() {
    const { duration, members, profile, seed } = this.#options;
    const cluster = this.#cluster;
    const { clock, network } = cluster;
    cluster.form();
    const joinedAfter = cluster.settle(joinLimit);
    this.#trace.add("cluster", joinedAfter === undefined ? "has not formed" : "has formed");

    const before = { ...network.tally };
    this.#book();
    clock.advance(duration);
    const joinBytes = before.packetBytes + before.exchangeBytes;
    const bytes = network.tally.packetBytes + network.tally.exchangeBytes - joinBytes;
    const packets = network.tally.packetsSent - before.packetsSent;
    const memberSeconds = members * duration / 1000;

    const agreementLimit = agreementBound(profiles[profile], {
      members,
      down: members - cluster.running().length,
      reconnectInterval: 30_000,
    });
    const agreedAfter = cluster.settle(agreementLimit);
    this.#trace.add("cluster", agreedAfter === undefined ? "does not agree" : "agrees");
    const steady = members - this.#unsteady.size;
    return {
      members,
      seed,
      profile,
      duration,
      /** From the first join until all agreed; `undefined` if they never did. */
      joinedAfter,
      /** What all members together sent until then. */
      joinBytes,
      joinPackets: before.packetsSent,
      /** For each survivor and victim, how long until one knew of the other's crash. */
      detection: distributionOf(this.#detections),
      /** How many of those pairs never came about. */
      undetected: this.#victims.size * steady - this.#detections.length,
      /** How often a running member was taken for failed while the network was whole. */
      falsePositives: this.#falsePositives,
      /** From the end of all that was asked for until all agreed; `undefined` if they never did. */
      agreedAfter,
      /** How long that might take at most, by the protocol's own intervals. */
      agreementLimit,
      /** What one member sends each second, datagrams and streams, once the cluster has formed. */
      bytesPerMemberSecond: bytes / memberSeconds,
      packetsPerMemberSecond: packets / memberSeconds,
      eventsFired: this.#firedAt.size,
      /** How long until a member delivered an event, for members that ran all the time. */
      delivery: distributionOf(this.#deliveries),
      /** How many of those deliveries never came about. */
      undelivered: this.#firedAt.size * steady - this.#deliveries.length,
      traceHash: this.#trace.hash,
    };
  }

  #book(): void {
    const { crashes, duration, eventsPerSecond, partition, restarts, slow } = this.#options;
    const { clock, members, random } = this.#cluster;
    const order = shuffled(members.map(({ index }) => index), random);
    const victims = order.slice(0, crashes);
    for (const index of victims) this.#victims.add(index);
    for (const index of order.slice(0, crashes + restarts)) this.#unsteady.add(index);
    for (const index of order.slice(members.length - slow)) {
      members[index]!.process!.turnCost = slowTurn;
      this.#trace.add(members[index]!.name, "is slow from now on");
    }

    if (crashes > 0) {
      clock.after(crashAt * duration, () => {
        this.#crashedAt = clock.now();
        for (const index of victims) this.#kill(index);
      });
    }
    for (const [i, index] of order.slice(crashes, crashes + restarts).entries()) {
      clock.after((i + 1) / (restarts + 1) * (duration - downtime), () => this.#restart(index));
    }
    if (partition > 0) clock.after(partitionAt * duration, () => this.#cut(partition));
    const events = Math.floor(eventsPerSecond * duration / 1000);
    for (let i = 0; i < events; i++) {
      clock.after((i + random.uniform()) * duration / events, () => this.#fire(`event-${i}`));
    }
  }

  #kill(index: number): void {
    this.#trace.add(this.#cluster.member(index).name, "crash");
    this.#excusedUntil[index] = Infinity;
    this.#cluster.crash(index);
  }

  #restart(index: number): void {
    const { clock } = this.#cluster;
    this.#kill(index);
    clock.after(downtime, () => {
      this.#trace.add(this.#cluster.member(index).name, "restart");
      this.#excusedUntil[index] = clock.now() + this.#grace;
      this.#cluster.start(index);
    });
  }

  #cut(duration: Milliseconds): void {
    const { clock } = this.#cluster;
    this.#trace.add("network", "two halves are cut off from each other");
    this.#cutEndsAt = clock.now() + duration + this.#grace;
    this.#cluster.partition(({ index }) => index % 2);
    clock.after(duration, () => {
      this.#trace.add("network", "is whole again");
      this.#cluster.heal();
    });
  }

  #fire(name: string): void {
    const { clock, members, random } = this.#cluster;
    const member = members[random.below(members.length)]!;
    const core = member.core ?? this.#cluster.running()[0]!.core!;
    this.#firedAt.set(name, clock.now());
    core.userEvent(name, undefined, { coalesce: false });
  }

  #hear(viewer: SimMember, event: SerfEvent): void {
    this.#trace.addEvent(viewer.name, event);
    if (event.type === "user") {
      const firedAt = this.#firedAt.get(event.name);
      if (firedAt === undefined || this.#unsteady.has(viewer.index)) return;
      this.#deliveries.push(this.#cluster.clock.now() - firedAt);
    } else if (event.type === "member-failed") {
      for (const { name } of event.members) this.#judgeFailure(viewer, name);
    }
  }

  #judgeFailure(viewer: SimMember, name: string): void {
    const { clock } = this.#cluster;
    const subject = Number(name.slice(name.lastIndexOf("-") + 1));
    if (this.#victims.has(subject) && this.#excusedUntil[subject] === Infinity) {
      if (this.#unsteady.has(viewer.index)) return;
      this.#detections.push(clock.now() - this.#crashedAt);
      return;
    }
    // What one half believes of the other reaches the victims' own half once the cut is mended.
    const excusedUntil = Math.max(this.#excusedUntil[subject]!, this.#cutEndsAt);
    if (clock.now() > excusedUntil) this.#falsePositives++;
  }
}
